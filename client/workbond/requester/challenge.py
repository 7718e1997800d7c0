"""Saying on the chain that a claim is wrong, and asking for a further round.

    plan = plan_challenge(desk, record, address, opening)
    challenge(desk, signer, plan)

Both take money of the account's in the committee; what lacks there is deposited from its wallet.
"""

from __future__ import annotations

from dataclasses import dataclass

from workbond.accounts import Signer
from workbond.chain import cases, funds
from workbond.chain.cases import Policy
from workbond.chain.committee import Committee
from workbond.chain.token import Token
from workbond.chain.transactions import Fee, Receipt
from workbond.chain.types import State
from workbond.errors import UsageError
from workbond.jobs import JobRecord
from workbond.money import format_amount, tokens
from workbond.requester.cases import CaseView, case_of, is_ours
from workbond.requester.desk import Desk
from workbond.requester.labels import state_label
from workbond.requester.recheck import opens
from workbond.tree import seal
from workbond.words import duration

CHALLENGE_GAS = 320_000  # opening a case; can't be estimated before its bond is deposited
APPEAL_GAS = 200_000


@dataclass(frozen=True)
class Price:
    """What is taken in the committee, and how much of it must be deposited there before."""

    amount: int
    free: int
    wallet: int

    @property
    def lacking(self) -> int:
        return max(0, self.amount - self.free)


@dataclass(frozen=True)
class Challenge:
    """A challenge, ready to be sent: `joins` tells that the case is open already."""

    record: JobRecord
    seal: bytes
    bond: Price
    joins: bool


@dataclass(frozen=True)
class Appeal:
    """An appeal, ready to be sent: `seats` of round `round` (from 1), prepaid by `price`."""

    record: JobRecord
    case: CaseView
    round: int
    seats: int
    price: Price


def require_committee(desk: Desk, record: JobRecord) -> Committee:
    """The job's resolver, if it is the deployment's committee; else raises `UsageError`."""
    name = f"job 0x{record.id.hex()}"
    if not any(record.request.resolver[2:].strip("0")):
        raise UsageError(f"nobody judges the result of {name}: its request names no resolver")
    if desk.committee is None or not is_ours(desk, record):
        raise UsageError(
            f"the result of {name} is judged by {record.request.resolver}, which is not this "
            "deployment's committee: ask there"
        )
    return desk.committee


def require_challengeable(desk: Desk, record: JobRecord) -> CaseView | None:
    """Raises `UsageError` unless the job's claim can be challenged now; returns its open case."""
    require_committee(desk, record)
    name, now_s = f"job 0x{record.id.hex()}", desk.now_s()
    if record.state == State.DISPUTED:
        case = case_of(desk, record)
        if case is None or not case.takes_challenges(now_s):
            raise UsageError(
                f"the case of {name} takes no further challenge: see `workbond job status "
                f"0x{record.id.hex()}`"
            )
        return case
    if record.state != State.CLAIMED:
        raise UsageError(f"{name} is {state_label(record)}: only a claimed result is challenged")
    job = record.live_job()
    if now_s >= job.window_end:
        over = "its case is over" if job.case_done else "the time for that is over"
        raise UsageError(f"the result of {name} can't be challenged any more: {over}")
    course_s = Policy.decode(record.request.policy).course_s(record.request.run_for)
    if not course_s <= job.case_for <= cases.MAX_COURSE_S:
        raise UsageError(
            f"the committee takes no case of {name}: one could take {course_s} s, the request "
            f"leaves it {job.case_for} s, and at most {cases.MAX_COURSE_S} s are taken"
        )
    return None


def plan_challenge(
    desk: Desk, record: JobRecord, challenger: str, opening: bytes, *, joins: bool = False
) -> Challenge:
    """The challenge of `challenger`, who found `opening` (D).

    Raises:
        UsageError: the claim says the same; it was challenged so before; or its bond can't be paid.
    """
    if opens(record, opening):
        raise UsageError(
            f"the result of job 0x{record.id.hex()} is what you found too: a challenge would lose "
            "its bond"
        )
    job, sealed = record.live_job(), seal(challenger, record.id, opening)
    case = case_of(desk, record) if joins else None
    if case is not None and any(one.seal == sealed for one in case.challenges):
        raise UsageError(
            f"account {challenger} has challenged with this result already, once is enough: see "
            f"`workbond job watch 0x{record.id.hex()}`"
        )
    price = _price(desk, record, challenger, cases.challenge_bond(job.case_fee, job.bond))
    return Challenge(record, sealed, price, joins)


def challenge_fee(desk: Desk, challenger: str, plan: Challenge) -> tuple[Fee, int]:
    """What the network can take for it, and for how many transactions; raises as it would."""
    request, job = plan.record.request.to_tuple(), plan.record.live_job().to_tuple()
    args = (request, job, plan.seal)
    return _fee(desk, plan.record, challenger, plan.bond, CHALLENGE_GAS, "challenge", *args)


def challenge(desk: Desk, signer: Signer, plan: Challenge) -> list[Receipt]:
    """Deposits what lacks, and challenges; the receipts of all transactions."""
    committee = require_committee(desk, plan.record)
    sent = _deposit(desk, committee, signer, plan.bond)
    record = plan.record
    sent.append(committee.challenge(signer, record.request, record.live_job(), plan.seal))
    return sent


def plan_appeal(desk: Desk, record: JobRecord, appellant: str) -> Appeal:
    """The appeal of `appellant` against the tally of the open case's last round.

    Raises:
        UsageError: there is nothing to appeal, or not yet, or not any more; or it can't be paid.
    """
    require_committee(desk, record)
    name, now_s = f"job 0x{record.id.hex()}", desk.now_s()
    case = case_of(desk, record) if record.state == State.DISPUTED else None
    if case is None:
        raise UsageError(f"{name} is {state_label(record)}: there is no open case to appeal")
    if not case.is_appealable(now_s):
        raise UsageError(f"the case of {name} can't be appealed: {_why_not(case, now_s)}")
    job, round = record.live_job(), case.case.round + 1
    first = case.case.first_seats
    price = _price(desk, record, appellant, cases.appeal_price(job.case_fee, first, round))
    return Appeal(record, case, round, cases.seats_of(first, round), price)


def appeal_fee(desk: Desk, appellant: str, plan: Appeal) -> tuple[Fee, int]:
    """As `challenge_fee`."""
    args = (plan.record.id, plan.record.live_job().to_tuple())
    return _fee(desk, plan.record, appellant, plan.price, APPEAL_GAS, "appeal", *args)


def appeal(desk: Desk, signer: Signer, plan: Appeal) -> list[Receipt]:
    """Deposits what lacks, and appeals."""
    committee = require_committee(desk, plan.record)
    sent = _deposit(desk, committee, signer, plan.price)
    sent.append(committee.appeal(signer, plan.record.id, plan.record.live_job()))
    return sent


def _why_not(case: CaseView, now_s: int) -> str:
    if case.case.is_last_round:
        return "its round is the last one"
    if case.case.phase is not cases.Phase.VOTING:
        return "the seats of its round are not drawn yet"
    if not case.is_complete(now_s):
        return f"its seats still vote, for {duration(case.case.reveals_until - now_s)} at most"
    return "the time for that is over"


def _price(desk: Desk, record: JobRecord, account: str, amount: int) -> Price:
    """What `amount` takes of the account's money; raises `UsageError` if it has not enough."""
    committee, token = require_committee(desk, record), _token(desk)
    price = Price(amount, committee.verifier_of(account).free, token.balance(account))
    if price.lacking > price.wallet:
        free = desk.market.account_of(account).free
        short = price.lacking - price.wallet
        remedy = (
            f"`workbond account withdraw {format_amount(short)}` takes it out of the market first"
            if free >= short
            else f"get {format_amount(short)} more"
        )
        raise UsageError(
            f"this takes {tokens(amount)}, but account {account} has {tokens(price.free)} free in "
            f"the committee and {tokens(price.wallet)} in its wallet: {remedy}"
        )
    return price


def _fee(
    desk: Desk, record: JobRecord, sender: str, price: Price, gas: int, function: str, *args: object
) -> tuple[Fee, int]:
    committee = require_committee(desk, record)
    if not price.lacking:
        return committee.fee(sender, function, *args), 1
    fee, count = funds.deposit_fees(committee, _token(desk), sender, price.lacking)
    return Fee(fee.gas + gas, fee.max_fee_per_gas), count + 1


def _deposit(desk: Desk, committee: Committee, signer: Signer, price: Price) -> list[Receipt]:
    if not price.lacking:
        return []
    return funds.deposit(committee, _token(desk), signer, price.lacking)


def _token(desk: Desk) -> Token:
    return Token(desk.market.connection, desk.market.token_address)
