"""Appealing a tally that contradicts what we found, where stake or a bond of ours depends on it.

Rounds grow from 3 to 31 seats, so a small majority of colluding seats seldom outlasts them; who
asked for a round that changed the verdict is repaid from the penalties. It still costs money that
may be lost, so nothing is appealed unless the owner says how much it may cost.
"""

from __future__ import annotations

from collections import OrderedDict

from workbond.chain import cases
from workbond.chain.answers import Block
from workbond.chain.committee import Committee
from workbond.jobs import JobRecord
from workbond.money import tokens
from workbond.provider.journal import Journal, Level
from workbond.verifier.acts import Acts
from workbond.verifier.bounds import Bounds
from workbond.verifier.docket import OpenCase
from workbond.verifier.examiner import Examiner
from workbond.verifier.purse import Purse
from workbond.verifier.turns import patience_s
from workbond.verifier.watch import Watch
from workbond.words import duration, plural

REMEMBERED = 1_000


class Appeals:
    """The tallies that `us` appeals.

    Args:
        us: the verifier's address.
        committee: whose tallies they are.
        watch: knows the cases.
        examiner: knows what the jobs' results are.
        purse: pays for further rounds.
        acts: sends the transactions.
        bounds: how much they may cost.
        stagger_s: the longest that it waits for others, in chain time.
        journal: told about it.
    """

    def __init__(
        self,
        us: str,
        committee: Committee,
        watch: Watch,
        examiner: Examiner,
        purse: Purse,
        acts: Acts,
        bounds: Bounds,
        stagger_s: int,
        journal: Journal,
    ) -> None:
        self._stagger_s = stagger_s
        self._since: OrderedDict[str, int] = OrderedDict()  # when a tally was first seen
        self._us, self._committee = us, committee
        self._watch, self._examiner = watch, examiner
        self._purse, self._acts = purse, acts
        self._bounds, self._journal = bounds, journal

    def tend(self, head: Block) -> None:
        """Appeals what is to be appealed at block `head`: where no result has most seats, nobody's
        stake is lost, and only money of ours can be won back or more."""
        docket = self._watch.docket
        for each in docket.open():
            if docket.is_ours(each.id) and each.case.is_appealable(
                each.seating.round, head.timestamp
            ):
                record = self._watch.record(each.id)
                found = None if record is None else self._examiner.found(record)
                if record is None or found in (None, each.seating.winner):
                    continue
                if each.seating.winner is not None or self._has_money(each):
                    self._appeal(each, record, head.timestamp)

    def _is_our_turn(self, each: OpenCase, act: str, now_s: int) -> bool:
        """Others may have found the same; their time has come when we first saw the tally."""
        since = self._since.setdefault(act, now_s)
        if len(self._since) > REMEMBERED:
            self._since.popitem(last=False)
        return now_s - since >= patience_s(self._us, act, each.parties, self._stagger_s)

    def _appeal(self, each: OpenCase, record: JobRecord, now_s: int) -> None:
        case, job, winner = each.case, record.live_job(), each.seating.winner
        key = f"appeal {each.id.hex()} {case.round}"
        if self._acts.rests(key):
            return
        price = cases.appeal_price(job.case_fee, case.first_seats, case.round + 1)
        tally = "no result has most seats" if winner is None else "most seats found another one"
        if self._spent(each) + price > self._bounds.appeal:
            left = duration(max(0, case.appeals_until - now_s))
            self._journal.remark(
                (each.id, "appeal"),
                f"job 0x{each.id.hex()}: outvoted, {tally}; a further round would take "
                f"{tokens(price)}, more than --max-appeal allows; anyone can ask for it within "
                f"{left}: `workbond job appeal`",
                str(case.round),
                code="OUTVOTED",
                level=Level.ERROR,
                job=each.id,
                numbers={"price": str(price), "round": case.round},
            )
            return
        if not self._is_our_turn(each, key, now_s):
            return
        if not self._purse.has(each.id, price, "a further round"):
            return
        args = (each.id, job.to_tuple())
        if self._acts.attempt(each.id, "appeal its tally", key, "appeal", *args) is None:
            return
        seats = plural(cases.seats_of(case.first_seats, case.round + 1), "seat")
        self._journal.say(
            f"job 0x{each.id.hex()}: outvoted, {tally}: asked for {seats} more, prepaid with "
            f"{tokens(price)}",
            "APPEALED",
            level=Level.WARNING,
            job=each.id,
            numbers={"price": str(price), "round": case.round + 1},
        )

    def _has_money(self, each: OpenCase) -> bool:
        return each.is_challenged_by(self._us) or self._spent(each) > 0

    def _spent(self, each: OpenCase) -> int:
        """What our appeals of the case prepaid so far."""
        rounds = (
            self._committee.seating_of(each.id, number).round
            for number in range(1, each.case.round + 1)
        )
        return sum(info.prepaid for info in rounds if info.appellant == self._us)
