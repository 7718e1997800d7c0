"""Whole cases before a committee of many verifiers, transaction by transaction, for
benchmarks/gas.py.

As in benchmarks/lives.py, balances that a transaction touches are non-zero before it. The seats of
a round belong to as many different verifiers, each with transactions of its own: one that holds
several commits and reveals for all of them at once, for less.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from lives import CALLER, DEPLOYER, OPENING, PROVIDER, REQUESTER, ROOT, WORK, Gas, Lives

from workbond import tree
from workbond.accounts import Signer
from workbond.accounts.keys import signer_of
from workbond.chain import anvil, cases
from workbond.chain.cases import EPOCH_S, ROUND_SEATS, Policy
from workbond.chain.committee import Committee
from workbond.chain.contract import Contract
from workbond.chain.transactions import Receipt
from workbond.chain.types import Job, Request

STAKE = 1_000 * WORK
FIRST_KEY = 10**9
CASE_FEE = 2 * WORK
TRUTH = tree.opening_digest(ROOT, 1)  # what the seats find where the provider was wrong
SALT = OPENING
MOST_BPS = cases.ALL_BPS - 1  # the lottery chooses nearly every claim, and is asked
CASE_AT_S = 3_600  # after midnight: no case of the benchmark goes on into another epoch


@dataclass(frozen=True)
class Case:
    """A case under way; `job` is the record while it is disputed."""

    request: Request
    job: Job
    id: bytes


class Cases:
    """A committee and its verifiers, and cases driven through it."""

    def __init__(self, lives: Lives) -> None:
        self.lives, self.connection = lives, lives.connection
        self.token = lives.token
        self.committee = Committee(self.connection, lives.committee)
        self.verifiers: dict[str, Signer] = {}
        self.connection.rpc("anvil_autoImpersonateAccount", True)
        for person in (DEPLOYER, REQUESTER, PROVIDER, CALLER):
            self.token.approve(person, self.committee.address, 2**256 - 1)
            self.committee.deposit(person, 1_000 * WORK)

    # ────────────────────────────────── verifiers ─────────────────────────────

    def join(self, number: int) -> Receipt:
        """Verifiers join until there are `number`; the last one's stake."""
        self.connection.rpc("evm_setAutomine", False)
        newcomer = self._newcomer()
        while len(self.verifiers) < number:
            self._send(newcomer, self.committee, "stake", STAKE)
            newcomer = self._newcomer()
        while int(self.connection.rpc("txpool_status")["pending"], 16):
            anvil.mine(self.connection)
        self.connection.rpc("evm_setAutomine", True)
        return self.committee.stake(newcomer, STAKE)

    def _newcomer(self) -> Signer:
        """Somebody with gas coin, and twice the stake in the committee: that its free balance stays
        above zero."""
        newcomer = signer_of("0x" + (FIRST_KEY + len(self.verifiers)).to_bytes(32).hex())
        self.verifiers[newcomer.address] = newcomer
        anvil.set_balance(self.connection, newcomer.address, 10**20)
        self._send(DEPLOYER, self.token, "transfer", newcomer.address, 2 * STAKE)
        self._send(newcomer, self.token, "approve", self.committee.address, 2**256 - 1)
        self._send(newcomer, self.committee, "deposit", 2 * STAKE)
        return newcomer

    def _send(self, sender: Signer, contract: Contract, function: str, *args: Any) -> None:
        """What is not measured: the node signs."""
        data = "0x" + contract.abi.call_data(function, args).hex()
        sent = {"from": sender.address, "to": contract.address, "data": data, "gas": hex(10**6)}
        self.connection.rpc("eth_sendTransaction", sent)

    def add(self) -> Receipt:
        """The first verifier adds to its stake, on another day."""
        self.next_day()
        return self.committee.stake(next(iter(self.verifiers.values())), WORK)

    def next_day(self) -> None:
        """Moves the clock on, so that new stakes are drawn."""
        day = self.connection.now_s() // EPOCH_S + 1
        anvil.set_time(self.connection, day * EPOCH_S + CASE_AT_S)

    # ──────────────────────────────────── cases ───────────────────────────────

    def slashed(self, votes: Sequence[bytes | None] = (TRUTH,) * 3) -> Gas:
        """A wrong claim is challenged; `votes` of the three seats, None for silence."""
        case = self._claimed(3)
        gas, case = self._challenged(case, TRUTH, 3)
        return gas | self._voted(case, votes) | self._closed(case)

    def upheld(self) -> Gas:
        """A right claim is challenged, and the challenger's bond pays for it."""
        gas, case = self._challenged(self._claimed(3), TRUTH, 3)
        return gas | self._voted(case, (OPENING,) * 3) | self._closed(case)

    def audited(self) -> Gas:
        """The lottery opens the case of a right claim."""
        case = self._claimed(3, MOST_BPS)
        anvil.mine(self.connection, 3)  # the lottery's block
        gas, case = self._opened(
            "audit", lambda: self.committee.audit(CALLER, case.request, case.job), case, 3
        )
        return gas | self._voted(case, (OPENING,) * 3) | self._closed(case)

    def appealed(self) -> Gas:
        """The seats deny a right claim three times, and find it right in the last round."""
        opened, case = self._challenged(self._claimed(3), TRUTH, 3)
        gas: Gas = {"challenge": opened.pop("challenge")}
        for seats, further in pairwise(ROUND_SEATS):
            gas |= _as_one(f"round of {seats}", opened | self._voted(case, (TRUTH,) * seats))
            opened = self._appealed(case, further)
            gas |= {f"appeal to {further}": opened.pop("appeal")}
        gas |= _as_one("round of 31", opened | self._voted(case, (OPENING,) * 31))
        return gas | self._closed(case, at_once=True)

    def drawn(self, seats: int) -> int:
        """Gas of a draw of so many seats, of whoever they are."""
        gas, _ = self._challenged(self._claimed(seats), TRUTH, 1)
        return gas["draw"]

    # ────────────────────────────────── their parts ───────────────────────────

    def _claimed(self, seats: int, audit_bps: int = 0) -> Case:
        self.next_day()
        policy = Policy(seats, audit_bps)
        plain = self.lives.request()
        request = replace(
            plain,
            resolver=self.committee.address,
            policy=policy.encode(),
            case_for=policy.course_s(plain.run_for),
            case_fee=CASE_FEE,
        )
        _, job = self.lives.claimed(self.lives.accepted(request), request)
        return Case(request, job, self.lives.job_id(request))

    def _challenged(self, case: Case, found: bytes, distinct: int) -> tuple[Gas, Case]:
        seal = tree.seal(CALLER.address, case.id, found)

        def send() -> Receipt:
            return self.committee.challenge(CALLER, case.request, case.job, seal)

        return self._opened("challenge", send, case, distinct)

    def _appealed(self, case: Case, distinct: int) -> Gas:
        def send() -> Receipt:
            return self.committee.appeal(PROVIDER, case.id, case.job)

        return self._opened("appeal", send, case, distinct)[0]

    def _opened(
        self, name: str, send: Callable[[], Receipt], case: Case, distinct: int
    ) -> tuple[Gas, Case]:
        """Sends what opens a round, and draws its seats: again, until `distinct` ones have a
        verifier for themselves."""
        while True:
            taken = anvil.snapshot(self.connection)
            opened = send()
            anvil.mine(self.connection, cases.SEED_AFTER_BLOCKS + 1)
            drawn = self.committee.draw(CALLER, case.id)
            if len(set(drawn.events[0].args["verifiers"])) >= distinct:
                break
            anvil.revert(self.connection, taken)
            anvil.mine(self.connection)
        if not case.job.disputed_at:
            at = self.connection.block(opened.block_number).timestamp
            case = replace(case, job=case.job.disputed(at))
        return {name: opened.gas_used, "draw": drawn.gas_used}, case

    def _voted(self, case: Case, votes: Sequence[bytes | None]) -> Gas:
        """Every seat but those of None commits and reveals, each for itself."""
        found = self.committee.case_of(case.id)
        holders = self.committee.seating_of(case.id, found.round).verifiers
        commits = reveals = 0
        spoken = [(seat, vote) for seat, vote in enumerate(votes) if vote is not None]
        for seat, vote in spoken:
            hidden = cases.commitment(
                self.committee.address, case.id, found.round, seat, vote, SALT
            )
            sent = self.committee.commit(self.verifiers[holders[seat]], case.id, [seat], [hidden])
            commits += sent.gas_used
        anvil.set_time(self.connection, found.deadline)
        for seat, vote in spoken:
            holder = self.verifiers[holders[seat]]
            sent = self.committee.reveal(holder, case.id, [seat], [vote], [SALT])
            reveals += sent.gas_used
        return {f"{len(spoken)} commits": commits, f"{len(spoken)} reveals": reveals}

    def _closed(self, case: Case, *, at_once: bool = False) -> Gas:
        if not at_once:
            anvil.set_time(self.connection, self.committee.case_of(case.id).appeals_until)
        return {"close": self.committee.close(CALLER, case.id, case.job).gas_used}


def _as_one(name: str, gas: Gas) -> Gas:
    return {name: sum(gas.values())}
