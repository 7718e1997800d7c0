"""`workbond order sign offer`: what a provider is ready to be bound to by anybody's match."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from workbond.cli.asking import Bill, yes_option
from workbond.cli.group import sectioned
from workbond.cli.job_common import desk_of
from workbond.cli.job_judging import SEATS, share
from workbond.cli.options import Settings, table_options, with_settings
from workbond.cli.order_common import (
    hand_out,
    matcher_option,
    output_option,
    require_clock,
    valid_for_option,
)
from workbond.cli.provider_terms import make_terms
from workbond.errors import UsageError
from workbond.money import format_amount, tokens
from workbond.words import duration, plural

if TYPE_CHECKING:
    from workbond.chain.types import Offer
    from workbond.provider.terms import Terms
    from workbond.requester.desk import Desk

SALT_BYTES = 32
VALID_FOR_S = 3_600
U32, U64 = 2**32 - 1, 2**64 - 1
TERMS = (
    *("min_price", "min_flat", "max_lock", "max_bond", "min_demand_fee"),
    *("cores", "max_memory", "units_per_second", "region"),
)
SECTIONS = {
    "Which jobs": ("spec", "any_spec", "requester", "profile"),
    "Who judges results": ("resolver", "seats", "audit_rate", "policy"),
    "What a job must offer": (
        *("min_price", "min_flat", "min_demand_fee", "max_lock", "min_run_for"),
        *("max_bond", "max_units", "max_tasks"),
    ),
    "What this machine gives": ("cores", "max_memory", "units_per_second", "region", "gpus"),
    "How long it holds": ("max_jobs", "valid_for_s", "matcher"),
}

_OPTIONS = (
    click.option("--spec", metavar="HASH", help="The only spec: 0x and the SHA-256 of its bytes."),
    click.option(
        "--any-spec",
        is_flag=True,
        help="Any spec, also one whose inputs turn out not to be had: you are bound to it.",
    ),
    click.option("--requester", metavar="ADDRESS", help="The only requester; default: anybody."),
    click.option("--profile", metavar="HASH", help="Execution profile; default: wasm-1."),
    click.option(
        "--resolver",
        metavar="WHO",
        help="Only jobs that this one judges: committee, none, or an address; default: none.",
    ),
    click.option("--seats", type=click.Choice(SEATS), help="With such a first round alone."),
    click.option(
        "--audit-rate", type=share, metavar="PERCENT", help="With such a share of audits alone."
    ),
    click.option("--policy", metavar="HASH", help="The same as the resolver's policy word."),
    click.option(
        "--min-run-for",
        type=click.IntRange(0, U32),
        metavar="SECONDS",
        help="Shortest time to run, whatever the units; default: what this machine may need.",
    ),
    click.option(
        "--max-units",
        type=click.IntRange(0, U64),
        metavar="N",
        help="Most units of all tasks; default: as many as the time to run allows.",
    ),
    click.option(
        "--max-tasks",
        type=click.IntRange(1, 65_536),
        metavar="N",
        help="Most tasks; default: 16 on each core.",
    ),
    click.option(
        "--gpus",
        type=click.IntRange(0, 1_024),
        metavar="N",
        default=0,
        show_default=True,
        help="Graphics processors of this machine; a hint for books.",
    ),
    click.option(
        "--max-jobs",
        type=click.IntRange(1, U32 - 1),
        metavar="N",
        default=1,
        show_default=True,
        help="How many jobs it makes over its life.",
    ),
)


def _offer_options(command: Any) -> Any:
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@click.command(cls=sectioned(SECTIONS))
@_offer_options
@valid_for_option("How long it holds.", VALID_FOR_S)
@matcher_option
@output_option
@yes_option
@with_settings("rpc", "deployments", "account", "password", "json")
@table_options("provider", TERMS)
def offer(
    settings: Settings, chosen: dict[str, Any], output: Path | None, yes: bool, **given: Any
) -> None:
    """Sign what a provider is ready to be bound to.

    Strangers will use it at the worst moment: the contract enforces every limit that stands here,
    and nothing else. Shows what is at stake and asks. It is safest for one --spec whose inputs you
    have; --any-spec binds you before you have seen the work. `workbond provider run --book` makes
    and renews such offers by itself.

    \b
    Examples:
      workbond order sign offer --min-price 1000 --any-spec --max-jobs 4
      workbond order sign offer --min-price 1000 --spec 0x6a09... --output o.json
      workbond order sign offer --min-price 1000 --any-spec --resolver committee \\
        --seats 3 --audit-rate 10%
    """
    from workbond.orders import sign_offer

    if (given["spec"] is None) == (not given["any_spec"]):
        raise UsageError(
            "give --spec HASH for work that you know, or --any-spec to be bound to work of any kind"
        )
    if chosen["min_price"] is None:
        raise UsageError("give --min-price: an offer without one works for nothing")
    desk, _ = desk_of(settings)
    require_clock(desk)
    owner, terms = settings.address(), make_terms(chosen)
    account = desk.market.account_of(owner)
    given |= _judging(desk, given)
    made = _offer(owner, account.counter, account.unbonded, desk.now_s(), terms, given)
    bill = offer_bill(made, account.unbonded)
    bill.ask("Sign it?", yes=yes, json=settings.json or output is None)
    signer = settings.signer()
    place = (desk.market.connection.chain_id, desk.market.address)
    signed = sign_offer(signer, made, *place, _details(terms, given["gpus"]))
    desk.drawer.keep(signed)
    hand_out(settings, signed, output)


def _offer(
    owner: str, counter: int, unlocked: int, now_s: int, terms: Terms, given: dict[str, Any]
) -> Offer:
    """A node's own standing offer, with what was given in place of its limits."""
    from dataclasses import replace

    from workbond.chain.types import address
    from workbond.provider.offering import standing_offer

    standing = standing_offer(
        terms,
        owner,
        unlocked // given["max_jobs"],
        counter,
        now_s + given["valid_for_s"],
        secrets.token_bytes(SALT_BYTES),
    )
    numbers = ("min_run_for", "max_units", "max_tasks", "max_jobs")
    changes: dict[str, Any] = {name: given[name] for name in numbers}
    for name in ("requester", "resolver", "matcher"):
        changes[name] = None if given[name] is None else address(given[name])
    for name in ("spec", "profile", "policy"):
        changes[name] = None if given[name] is None else _word32(name, given[name])
    return replace(standing, **{name: v for name, v in changes.items() if v is not None})


def _judging(desk: Desk, given: dict[str, Any]) -> dict[str, str | None]:
    """Resolver and policy as the offer has them: a match wants the request's to be the same."""
    from workbond.chain.cases import Policy
    from workbond.chain.types import ZERO_ADDRESS
    from workbond.requester.judged import COMMITTEE, NONE

    resolver, seats, rate = given["resolver"], given["seats"], given["audit_rate"]
    policy = given["policy"]
    chosen = seats is not None or rate is not None
    if resolver in (None, NONE):
        if chosen or policy is not None:
            raise UsageError("the policy of no resolver is none: give --resolver too")
        return {"resolver": ZERO_ADDRESS}
    if resolver == COMMITTEE:
        resolver = desk.committee_address
        if resolver is None:
            raise UsageError("this market's deployment has no committee: give an address")
    if policy is not None and chosen:
        raise UsageError("--policy stands against --seats and --audit-rate: drop one")
    if policy is None:
        if seats is None or rate is None:
            raise UsageError(
                "an offer fits requests of one policy alone: give --seats and --audit-rate"
            )
        policy = "0x" + Policy(int(seats), rate).encode().hex()
    return {"resolver": resolver, "policy": policy}


def _details(terms: Terms, gpus: int) -> Any:
    from workbond.orders import MachineDetails, OfferDetails

    return OfferDetails(
        machine=MachineDetails(
            cores=terms.cores,
            memory=terms.memory_bytes,
            gpus=gpus,
            region=terms.region,
            units_per_second=terms.units_per_second,
        )
    )


def offer_bill(made: Offer, unlocked: int) -> Bill:
    """What the signer of an offer is bound to: by one match, and by all that it allows."""
    from workbond.chain import rules
    from workbond.chain.types import ZERO_ADDRESS, ZERO_WORD

    jobs = plural(made.max_jobs, "job")
    most = min(unlocked, made.max_bond * made.max_jobs)
    late, void = rules.expired(made.max_bond).total, rules.voided(made.max_bond).total
    bill = Bill()
    bill.say_first(f"An offer for {jobs}, at {format_amount(made.min_unit_price)} per 10^12 units.")
    bill.pot("unlocked stake", unlocked, -most, "at most, while the jobs run")
    bill.say(f"Each match locks a bond of up to {tokens(made.max_bond)} until the job ends.")
    bill.say(
        f"A job that is not done in time costs up to {tokens(late)} of it, a result that is not "
        f"shown {tokens(void)}"
        + (
            f"; over all {jobs}, {tokens(min(unlocked, void * made.max_jobs))}."
            if made.max_jobs > 1
            else "."
        )
    )
    if not unlocked:
        bill.say("No stake is free: nothing that locks a bond can be matched with it.")
    if made.resolver != ZERO_ADDRESS:
        bill.say(f"A result that {made.resolver} finds wrong costs all of it.")
    if made.spec == ZERO_WORD:
        bill.say("ANY SPEC: you are bound before you have its inputs, and to whatever work it is.")
    bill.say(
        f"A bond stays locked for {duration(made.max_lock_for)} after the claim at most. Gas to "
        "submit is yours."
    )
    return bill


def _word32(name: str, text: str) -> bytes:
    """A hash on the command line."""
    from workbond.chain.types import word

    try:
        return word(text)
    except UsageError:
        raise UsageError(f"--{name} is {text[:70]!r}: give 0x and 64 hexadecimal digits") from None
