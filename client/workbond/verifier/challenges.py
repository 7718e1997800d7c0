"""Looking for wrong claims, and challenging them.

Which claims are sampled follows from the job's id and a secret of the notebook: a provider can't
know it, and a restart changes nothing. A wrong claim found while serving a seat is challenged too,
as long as nobody did.
"""

from __future__ import annotations

from collections.abc import Iterator

from eth_hash.auto import keccak

from workbond.chain import cases
from workbond.chain.answers import Block
from workbond.chain.cases import ALL_BPS, MAX_COURSE_S, Policy
from workbond.errors import UsageError
from workbond.jobs import JobRecord
from workbond.money import tokens
from workbond.provider.journal import Journal, Level
from workbond.provider.terms import TASK_START_S
from workbond.tree import seal
from workbond.verifier.acts import Acts
from workbond.verifier.books import Tally
from workbond.verifier.bounds import Bounds
from workbond.verifier.examiner import Examiner, Want
from workbond.verifier.purse import Purse
from workbond.verifier.watch import Watch

CHALLENGE_GAS = 200_000  # and its deposit; can't be estimated before that is made
SEND_S = 60  # before a window's end: a deposit and a challenge must get into blocks
CHALLENGER_PERCENT = 30  # of what a rejected bond leaves beside the case fee


class Challenges:
    """The claims that `us` samples and challenges.

    Args:
        us: the verifier's address.
        watch: knows claims and cases.
        examiner: executes them.
        purse: pays for challenges.
        acts: sends the transactions.
        bounds: how much of it.
        secret: by which samples are chosen.
        journal: told about it.
        tally: counts challenges.
    """

    def __init__(
        self,
        us: str,
        watch: Watch,
        examiner: Examiner,
        purse: Purse,
        acts: Acts,
        bounds: Bounds,
        secret: bytes,
        journal: Journal,
        tally: Tally,
    ) -> None:
        self._tally = tally
        self._us, self._watch, self._examiner = us, watch, examiner
        self._purse, self._acts, self._bounds = purse, acts, bounds
        self._secret, self._journal = secret, journal

    def wants(self, now_s: int) -> Iterator[Want]:
        """Claims to be executed as samples."""
        for record in self._watch.claims.claimed():
            job = record.live_job()
            if (
                self.is_sampled(record)
                and job.provider != self._us
                and self._is_judgeable(record, now_s)
                and self._takes_s(record) < job.window_end - SEND_S - now_s
            ):
                yield Want(record, job.window_end - SEND_S)

    def is_sampled(self, record: JobRecord) -> bool:
        """Whether this claim is one of those that are looked at unasked."""
        if record.request.max_units > self._bounds.sample_units:
            return False
        drawn = int.from_bytes(keccak(self._secret + record.id), "big")
        return drawn % ALL_BPS < self._bounds.sample_bps

    def tend(self, head: Block) -> None:
        """Challenges what was found to be wrong."""
        if self._bounds.challenge_bond == 0:
            return
        now_s = head.timestamp
        for record in self._watch.claims.claimed():
            if self._examiner.is_wrong(record) and self._is_judgeable(record, now_s):
                self._challenge(record)
        for each in self._watch.docket.open():
            case = each.case
            early = case.round == 0 and (not each.is_voting or now_s < case.deadline)
            if early and not case.challenges:  # the lottery opened it: the reward is nobody's yet
                disputed = self._watch.record(each.id)
                if disputed is not None and self._examiner.is_wrong(disputed):
                    self._challenge(disputed)

    def _challenge(self, record: JobRecord) -> None:
        job, opening = record.live_job(), self._examiner.found(record)
        assert opening is not None
        key = f"challenge {record.id.hex()}"
        if job.provider == self._us or self._acts.rests(key):
            return
        bond = cases.challenge_bond(job.case_fee, job.bond)
        reward = (job.bond - job.case_fee) * CHALLENGER_PERCENT // 100
        most = self._bounds.challenge_bond
        if most is not None and bond > most:
            self._leave(record, f"its challenge takes {tokens(bond)}, above --max-challenge-bond")
            return
        if not self._purse.pays(reward, CHALLENGE_GAS):  # before a deposit, that costs gas as well
            self._leave(record, f"its reward of {tokens(reward)} is worth less than the gas")
            return
        if not self._purse.has(record.id, bond, "a challenge of its wrong claim"):
            return
        sealed = seal(self._us, record.id, opening)
        args = (record.request.to_tuple(), job.to_tuple(), sealed)
        if self._acts.attempt(record.id, "challenge it", key, "challenge", *args) is None:
            return
        self._tally.challenged += 1
        self._journal.say(
            f"job 0x{record.id.hex()}: challenged, with {tokens(bond)} of ours; if the committee "
            f"finds the same, they come back with {tokens(reward)} more",
            "CHALLENGED",
            job=record.id,
            numbers={"bond": str(bond), "reward": str(reward)},
        )

    def _leave(self, record: JobRecord, why: str) -> None:
        self._journal.remark(
            (record.id, "left"),
            f"job 0x{record.id.hex()}: not challenged though its claim is wrong: {why}",
            code="LEFT",
            level=Level.WARNING,
            job=record.id,
        )

    def _is_judgeable(self, record: JobRecord, now_s: int) -> bool:
        """Whether the committee would open a case of the claim now."""
        job, request = record.live_job(), record.request
        if job.case_done or now_s >= job.window_end:
            return False
        try:
            course_s = Policy.decode(request.policy).course_s(job.run_for)
        except UsageError:
            return False
        return course_s <= job.case_for <= MAX_COURSE_S

    def _takes_s(self, record: JobRecord) -> int:
        """How long executing it may take, as far as its request tells."""
        request, bounds = record.request, self._bounds
        at_once = min(bounds.cores, request.tasks)
        starting_s = TASK_START_S * request.tasks
        return int((starting_s + request.max_units / bounds.units_per_second) / at_once)
