"""Whether a job suits a provider's terms. Pure decisions: what they need is passed in.

Each refusal has a code, so that owners can see why a node stays idle and tests can tell one
reason from another.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import Enum

from workbond.chain import cases, rules
from workbond.chain.types import ZERO_ADDRESS, ZERO_WORD, Account, Request
from workbond.errors import UsageError
from workbond.executor.profile import PROFILE_ID
from workbond.money import format_amount, tokens
from workbond.provider.terms import SUBMIT_S, Terms
from workbond.spec import Limits, Requirements, Spec

TASK_OWN_BYTES = 64 << 20  # a task process itself, beside its guest's memory

# https://european-union.europa.eu/principles-countries-history/eu-countries_en, as ISO 3166-1
EU = "at be bg cy cz de dk ee es fi fr gr hr hu ie it lt lu lv mt nl pl pt ro se si sk"


class Misfit(Enum):
    """Why a job is not taken; the value is the explanation."""

    PROFILE = "it is written for another execution profile than wasm-1"
    RESOLVER = "its resolver is neither the deployment's committee nor a --resolver"
    POLICY = "the committee could not judge it, or nobody would be paid for it"
    PROVIDERS = "its requester admits other providers only"
    CLOSED = "nobody can accept it any more"
    DEMAND = "it pays less than --min-demand-fee for a chunk of output on demand"
    PRICE = "it pays less than --min-price or --min-flat"
    BOND = "its bond is larger than --max-bond"
    STAKE = "it asks for more than the stake that is free: add some with `workbond provider stake`"
    LOCK = "its bond may stay locked longer than --max-lock"
    DEADLINE = "it can't be finished in time in the worst case planned for (--units-per-second)"
    UNITS = "its tasks may use more units than it pays for"
    REQUIREMENTS = "it requires more cores or memory than are given, or another region"
    MEMORY = "its tasks may need more memory at once than --max-memory"
    SIZE = "its program and inputs exceed --max-download, or its outputs --max-output"
    INPUTS = "its spec, program or inputs can't be fetched"
    SPEC = "its spec is invalid or contradicts the request"
    PROGRAM = "its program breaks the execution profile"
    MACHINE = "this machine fails to compile or hold it"
    GAS = "the account has too little gas coin for the transactions of a job"
    RPC = "the node's RPC failed when it was needed"
    SIGNER = "the account's signer refused, or did not answer, when it was to be accepted"
    SIGNATURE = "it, or what is said of it, is not signed by its requester"
    BOUNDS = "the market takes no such request"
    FUNDS = "its requester's free balance does not cover its escrow"
    REVOKED = "its requester revoked it"
    UNMATCHED = "nobody matched our offer for it, and only its matcher may"
    TAKEN = "another provider was faster, or it was cancelled"


@dataclass(frozen=True)
class Refusal:
    """A coded reason with its numbers; `passing` if the job may fit later.

    `numbers` are what the detail says, for programs and sums: base units, bytes, seconds.
    """

    reason: Misfit
    detail: str
    passing: bool = False
    numbers: Mapping[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.reason.name}: {self.reason.value} ({self.detail})"


class Refused(Exception):
    """Carries a `Refusal` out of the work that found it."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal


def check_request(
    request: Request,
    terms: Terms,
    provider: str,
    account: Account,
    now_s: int,
    admitted: Collection[str] = (),
) -> Refusal | None:
    """What the request alone tells.

    Args:
        request: the open job.
        terms: the provider's.
        provider: its address.
        account: its balances; stake that open offers promise counts as bonded.
        now_s: the latest block's time; an acceptance lands a second later at the earliest.
        admitted: the addresses of the list whose root `request.providers` is, if it is known.
    """
    soon_s = now_s + 1
    if request.profile != PROFILE_ID:
        return Refusal(Misfit.PROFILE, f"profile 0x{request.profile.hex()[:16]}...")
    if request.resolver not in {ZERO_ADDRESS, terms.committee, *terms.resolvers}:
        return Refusal(Misfit.RESOLVER, f"resolver {request.resolver}")
    problem = unjudged(request, terms.committee)
    if problem:
        return Refusal(Misfit.POLICY, problem)
    if not _admits(request.providers, provider, admitted):
        return Refusal(Misfit.PROVIDERS, f"providers 0x{request.providers.hex()}")
    if soon_s >= request.open_until:
        return Refusal(
            Misfit.CLOSED,
            f"it was open until {request.open_until}, now {now_s}",
            numbers={"open_until": request.open_until, "now": now_s},
        )
    locked_s = rules.lock_for(request)
    if locked_s > terms.lock_s:
        return Refusal(
            Misfit.LOCK,
            f"{locked_s} s with a window of {request.challenge_for} s, at most {terms.lock_s} s",
            numbers={"wanted": locked_s, "most": terms.lock_s},
        )
    if request.run_for < SUBMIT_S:
        return Refusal(
            Misfit.DEADLINE,
            f"{request.run_for} s, and submitting needs {SUBMIT_S:g} s",
            numbers={"needed": int(SUBMIT_S), "allowed": request.run_for},
        )
    if request.demand_fee < terms.min_demand_fee:
        return Refusal(
            Misfit.DEMAND,
            f"{tokens(request.demand_fee)}, wanted {format_amount(terms.min_demand_fee)}",
            numbers={"offered": request.demand_fee, "wanted": terms.min_demand_fee},
        )
    return _check_price(request, terms, soon_s) or _check_stake(request, terms, account)


def check_gas(balance: int, needed: int) -> Refusal | None:
    """Whether `balance` covers a whole job's transactions (wei): without gas for the claim, an
    accepted job would cost a quarter of its bond."""
    if balance >= needed:
        return None
    return Refusal(
        Misfit.GAS,
        f"{format_amount(balance)} gas coin, a job may need {format_amount(needed)}",
        passing=True,
        numbers={"missing": needed - balance},
    )


def check_spec(spec: Spec, request: Request, terms: Terms) -> Refusal | None:
    """What the spec tells in addition, once it was fetched."""
    limits, tasks = spec.limits, request.tasks
    if tasks * limits.units > request.max_units:
        return Refusal(
            Misfit.UNITS,
            f"{tasks} tasks of {limits.units} units, paid {request.max_units}",
            numbers={"needed": tasks * limits.units, "paid": request.max_units},
        )
    if tasks * limits.output > terms.output_bytes:
        return Refusal(
            Misfit.SIZE,
            f"{tasks} outputs of up to {limits.output} bytes, at most {terms.output_bytes} in all",
            numbers={"needed": tasks * limits.output, "most": terms.output_bytes},
        )
    needed_s = terms.run_s(tasks, limits.units, limits.memory, limits.output)
    if needed_s > request.run_for:
        return Refusal(
            Misfit.DEADLINE,
            f"{needed_s:.0f} s, and it allows {request.run_for} s",
            numbers={"needed": round(needed_s), "allowed": request.run_for},
        )
    return _check_memory(limits, tasks, terms) or _check_machine(spec.requirements, terms)


def unjudged(request: Request, committee: str) -> str:
    """Why nobody would judge the result, or only who gains by a wrong verdict; empty: it can be.

    Of other resolvers than the `committee` no rules are known.
    """
    if request.resolver == ZERO_ADDRESS:
        return ""
    if not request.bond or not request.case_fee:
        return f"bond {format_amount(request.bond)}, case fee {tokens(request.case_fee)}"
    if request.resolver != committee:
        return ""
    try:
        policy = cases.Policy.decode(request.policy)
    except UsageError as error:
        return str(error)
    course_s = policy.course_s(request.run_for)
    if not course_s <= request.case_for <= cases.MAX_COURSE_S:
        return (
            f"a case may take {course_s} s, and it leaves {request.case_for} s of at most "
            f"{cases.MAX_COURSE_S} s"
        )
    if not cases.seat_fee(request.case_fee, policy.seats):
        return f"a case fee of {request.case_fee} base units for {policy.seats} seats"
    return ""


def region_fits(wanted: str, own: str) -> bool:
    """Whether a machine in `own` is in the region `wanted` ("" asks for none)."""
    country = own[:2]
    return wanted in ("", own, country) or (wanted == "eu" and country in EU.split())


def _check_price(request: Request, terms: Terms, soon_s: int) -> Refusal | None:
    if request.flat < terms.min_flat:
        paid, wanted = tokens(request.flat), format_amount(terms.min_flat)
        numbers = {"flat": request.flat, "min_flat": terms.min_flat}
        return Refusal(Misfit.PRICE, f"flat {paid}, wanted {wanted}", numbers=numbers)
    price = rules.unit_price(request, soon_s)
    if price >= terms.min_price:
        return None
    rises = request.max_unit_price >= terms.min_price
    highest = f", rising to {format_amount(request.max_unit_price)}" if rises else " at most"
    offered = price if rises else request.max_unit_price
    return Refusal(
        Misfit.PRICE,
        f"{tokens(offered)} per 10^12 units{highest}, wanted {format_amount(terms.min_price)}",
        passing=rises,
        numbers={
            "offered": offered,
            "highest": request.max_unit_price,
            "min_price": terms.min_price,
        },
    )


def _check_stake(request: Request, terms: Terms, account: Account) -> Refusal | None:
    if terms.max_bond is not None and request.bond > terms.max_bond:
        return Refusal(
            Misfit.BOND,
            f"bond {tokens(request.bond)}, at most {format_amount(terms.max_bond)}",
            numbers={"wanted": request.bond, "most": terms.max_bond},
        )
    if account.unbonded < request.bond:
        return Refusal(
            Misfit.STAKE,
            f"bond {tokens(request.bond)}, unlocked stake {format_amount(account.unbonded)}",
            passing=True,
            numbers={"missing": request.bond - account.unbonded},
        )
    if account.staked < request.min_stake:
        return Refusal(
            Misfit.STAKE,
            f"stake of {tokens(request.min_stake)} wanted, there are "
            f"{format_amount(account.staked)}",
            passing=True,
            numbers={"missing": request.min_stake - account.staked},
        )
    return None


def _check_memory(limits: Limits, tasks: int, terms: Terms) -> Refusal | None:
    at_once = min(tasks, terms.cores)
    needed = at_once * (limits.memory + TASK_OWN_BYTES)
    if needed <= terms.memory_bytes:
        return None
    return Refusal(
        Misfit.MEMORY,
        f"{at_once} tasks at once need {needed} bytes, given {terms.memory_bytes}",
        numbers={"needed": needed, "given": terms.memory_bytes},
    )


def _check_machine(wanted: Requirements, terms: Terms) -> Refusal | None:
    if wanted.cores > terms.cores or wanted.memory > terms.memory_bytes:
        return Refusal(
            Misfit.REQUIREMENTS,
            f"{wanted.cores} cores and {wanted.memory} bytes, given {terms.cores} and "
            f"{terms.memory_bytes}",
            numbers={"cores": wanted.cores, "memory": wanted.memory},
        )
    if not region_fits(wanted.region, terms.region):
        return Refusal(
            Misfit.REQUIREMENTS, f"region {wanted.region!r}, this is {terms.region or 'not told'!r}"
        )
    return None


def _admits(providers: bytes, provider: str, admitted: Collection[str]) -> bool:
    """A Merkle root needs a proof, which only the whole list gives."""
    if providers == ZERO_WORD or provider in admitted:
        return True
    return providers == bytes.fromhex(provider[2:]).rjust(32, b"\0")
