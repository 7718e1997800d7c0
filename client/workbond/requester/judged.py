"""Who judges a job's result, and on which terms: from what a job file and a command say, and
defaults by value at risk for the rest.

    job = judged(load_job_file(path), committee=deployment.committee.address)
    job.judging.case_fee

Whatever makes requests of jobs takes one that `judged` has settled.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from workbond import money
from workbond.chain import cases, rules
from workbond.chain.cases import Policy
from workbond.chain.types import ZERO_ADDRESS, ZERO_WORD, address
from workbond.errors import UsageError
from workbond.jobfile import JobFile, JobJudging
from workbond.money import tokens
from workbond.requester import judging
from workbond.requester.cautions import Caution, cautions
from workbond.requester.judging import AtStake, Terms
from workbond.words import exact_duration

COMMITTEE, NONE = "committee", "none"


@dataclass(frozen=True)
class Choice:
    """What a command's options say; None: as the job file has it, else by default."""

    resolver: str | None = None
    value: int | None = None
    audit_rate: int | None = None
    seats: int | None = None
    case_fee: int | None = None
    case_for_s: int | None = None


@dataclass(frozen=True)
class Door:
    """What a request says of its resolver."""

    resolver: str = ZERO_ADDRESS
    policy: bytes = ZERO_WORD
    case_for: int = 0
    case_fee: int = 0


def judged(
    job: JobFile, committee: str | None, choice: Choice | None = None, default: str = COMMITTEE
) -> JobFile:
    """The job with all of its `judging` settled.

    Args:
        job: the job file.
        committee: the address of the deployment's; None if it has none.
        choice: a command's options, which go before the job file.
        default: the resolver where neither names one: "committee" (if there is one), "none", or an
            address.

    Raises:
        UsageError: what was asked for contradicts itself, or can't be had.
    """
    given = {k: v for k, v in asdict(choice or Choice()).items() if v is not None}
    wanted = job.judging.model_copy(update=given)
    named = wanted.resolver
    asked = any(
        getattr(wanted, name) is not None
        for name in ("audit_rate", "seats", "case_fee", "case_for_s", "value")
    )
    resolver = named or default
    if resolver == NONE:
        if asked:
            raise UsageError(
                "with resolver none nobody judges the result: drop the audit rate, seats, case fee "
                "and time of a case, or name the committee"
            )
        return _unjudged(job)
    if resolver == COMMITTEE and committee is None:
        if asked or named:
            raise UsageError(
                "this market's deployment has no committee: name one's address with --resolver, "
                "or give --resolver none"
            )
        return _unjudged(job)
    found = committee if resolver == COMMITTEE else address(resolver)
    terms = _defaults(stake_of(job, wanted), wanted)
    if terms is None:
        if asked or named:
            raise UsageError(_why_not(job, wanted))
        return _unjudged(job)
    settled = JobJudging.model_construct(
        resolver=found,
        value=wanted.value,
        audit_rate=terms.audit_bps if wanted.audit_rate is None else wanted.audit_rate,
        seats=wanted.seats or terms.seats,
        case_fee=terms.case_fee if wanted.case_fee is None else wanted.case_fee,
        case_for_s=terms.case_for_s if wanted.case_for_s is None else wanted.case_for_s,
    )
    _check(job, settled)
    return job.model_copy(update={"judging": settled})


def door_of(job: JobFile) -> Door:
    """The request's resolver, policy, caseFor and caseFee for a settled job, or one that says
    nothing of a resolver.

    Raises:
        UsageError: its judging was not settled.
    """
    if job.judging in (JobJudging(), JobJudging(resolver=NONE)):
        return Door()
    resolver, terms = job.judging.resolver or "", job.judging
    values = (terms.seats, terms.audit_rate, terms.case_for_s, terms.case_fee)
    if not resolver.startswith("0x") or None in values:
        raise UsageError("the job's judging is not settled: see workbond.requester.judged")
    assert terms.seats is not None
    assert terms.audit_rate is not None
    policy = Policy(terms.seats, terms.audit_rate).encode()
    return Door(resolver, policy, terms.case_for_s or 0, terms.case_fee or 0)


def is_judged(job: JobFile) -> bool:
    """Whether a settled job names a resolver."""
    return door_of(job).resolver != ZERO_ADDRESS


def stake_of(job: JobFile, said: JobJudging | None = None) -> AtStake:
    """What is at stake in the job, by what its judging, or `said`, tells of it."""
    value = (said or job.judging).value
    return AtStake(job.max_payment, job.price.bond, job.timing.run_for_s, value)


def cautions_of(
    job: JobFile, least_stake: int | None = None, committee: str | None = None
) -> list[Caution]:
    """What of a settled job's terms lies outside the recommended ranges.

    Args:
        job: the job.
        least_stake: of the committee's verifiers, if it is known.
        committee: the address of the deployment's, if it is known; another's is not known to be
            one, and warned of.
    """
    if not is_judged(job):
        return []
    said = job.judging
    found = []
    if committee is not None and said.resolver != committee:
        text = (
            f"{said.resolver} is not the committee of this market's deployment: providers refuse "
            "it unless told otherwise, as it alone decides about their bond"
        )
        found.append(Caution("RESOLVER", text))
    terms = Terms(said.seats or 0, said.audit_rate or 0, said.case_fee or 0, said.case_for_s or 0)
    return found + cautions(terms, stake_of(job), job.timing.challenge_for_s, least_stake)


def judging_json(job: JobFile) -> dict[str, Any] | None:
    """A settled job's judging, for programs; None if nobody judges it."""
    if not is_judged(job):
        return None
    terms = job.judging
    assert terms.seats is not None
    return {
        "resolver": terms.resolver,
        "value": None if terms.value is None else str(terms.value),
        "audit_rate_bps": terms.audit_rate,
        "seats": terms.seats,
        "case_fee": str(terms.case_fee),
        "case_for_s": terms.case_for_s,
        "seat_fee": str(cases.seat_fee(terms.case_fee or 0, terms.seats)),
        "challenge_bond": str(cases.challenge_bond(terms.case_fee or 0, job.price.bond)),
    }


def _defaults(stake: AtStake, wanted: JobJudging) -> Terms | None:
    """The recommended terms with the seats and the fee that are `wanted`; None where no case fits,
    or none can be paid for."""
    terms = judging.defaults(stake)
    if wanted.seats is not None or wanted.case_fee is not None:
        seats, fee = wanted.seats or terms.seats, wanted.case_fee
        if fee is None:
            fee = judging.least_case_fee(stake, seats) or stake.bond // rules.MAX_CASE_FEE_SHARE
        rate = judging.default_audit_bps(stake, seats, fee)
        terms = Terms(seats, rate, fee, judging.course_s(stake, seats))
    payable = stake.bond // rules.MAX_CASE_FEE_SHARE
    paid = cases.seat_fee(payable, terms.seats)
    return terms if paid and terms.case_for_s <= cases.MAX_COURSE_S else None


def _unjudged(job: JobFile) -> JobFile:
    none = JobJudging.model_construct(resolver=NONE)
    return job.model_copy(update={"judging": none})


def _why_not(job: JobFile, wanted: JobJudging) -> str:
    """Why no committee can judge the job."""
    least = Policy(wanted.seats or cases.ROUND_SEATS[-1], 0).course_s(job.timing.run_for_s)
    if least > cases.MAX_COURSE_S:
        return (
            f"timing.run_for_s: seats have as long to execute as the provider, and a case could "
            f"take {exact_duration(least)}, more than the {exact_duration(cases.MAX_COURSE_S)} of "
            "a committee: lower it, choose more --seats, or give --resolver none"
        )
    return (
        f"price.bond: a bond of {tokens(job.price.bond)} pays no case, whose fee is at most "
        f"1/{rules.MAX_CASE_FEE_SHARE} of it: raise it, or give --resolver none"
    )


def _check(job: JobFile, terms: JobJudging) -> None:
    """What the market or the committee would refuse, told before anything is asked."""
    assert terms.seats is not None
    fee, most = terms.case_fee or 0, job.price.bond // rules.MAX_CASE_FEE_SHARE
    if fee > most:
        raise UsageError(
            f"a case fee of {tokens(fee)} is more than 1/{rules.MAX_CASE_FEE_SHARE} of the bond: "
            f"give at most {tokens(most)}, or raise the bond"
        )
    if not cases.seat_fee(fee, terms.seats):
        raise UsageError(
            f"a case fee of {tokens(fee)} pays {terms.seats} seats nothing: give more, or "
            "--resolver none"
        )
    least_s = Policy(terms.seats, 0).course_s(job.timing.run_for_s)
    case_for_s = terms.case_for_s or 0
    if not least_s <= case_for_s <= cases.MAX_COURSE_S:
        raise UsageError(
            f"a case may take {case_for_s} s, but one of {terms.seats} seats needs {least_s} s "
            f"with all its appeals, and a committee takes at most {cases.MAX_COURSE_S} s: give "
            "another --case-for, or lower timing.run_for_s"
        )
    if job.max_payment + job.price.tip + fee > money.AMOUNT_MAX:
        raise UsageError(
            "price: the payment, the tip and the case fee together are more than the market can "
            "hold (2^96 - 1 base units): lower the price or the units"
        )
