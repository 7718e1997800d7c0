"""`workbond job challenge` and `appeal`: having a committee decide about a result."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from workbond.cli.asking import Bill, yes_option
from workbond.cli.job_common import desk_of, emit_status, job_argument, sources_option
from workbond.cli.options import Settings, sending, suggest, with_settings
from workbond.cli.output import say, short_id
from workbond.cli.waiting import FETCH_MAX_S
from workbond.errors import UsageError
from workbond.money import tokens
from workbond.words import plural

if TYPE_CHECKING:
    from workbond.jobs import JobRecord
    from workbond.requester.challenge import Price
    from workbond.requester.desk import Desk

WORD_DIGITS = 64
UNITS_MAX = 2**63 - 1


def word_of(text: str) -> bytes:
    """The root of a result's tree."""
    digits = text.removeprefix("0x")
    try:
        found = bytes.fromhex(digits)
    except ValueError:
        found = b""
    if len(digits) != WORD_DIGITS or len(found) != WORD_DIGITS // 2:
        raise UsageError(f"--root {text[:80]!r} is no hash: give 0x and 64 hexadecimal digits")
    return found


@click.command()
@job_argument
@click.option(
    "--manifest",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Take the right result from this result manifest; don't execute.",
)
@click.option(
    "--root",
    type=word_of,
    metavar="HASH",
    help="Take the result with this root, and --units; don't execute.",
)
@click.option("--units", type=click.IntRange(0, UNITS_MAX), metavar="N", help="See --root.")
@click.option(
    "--timeout",
    "timeout_s",
    type=click.IntRange(1, FETCH_MAX_S),
    metavar="SECONDS",
    help="Give up executing after that; default: when it can't be challenged any more.",
)
@sources_option
@yes_option
@with_settings("rpc", "deployments", "account", "password", "private", "json")
def challenge(
    settings: Settings,
    job_id: str,
    manifest: Path | None,
    root: bytes | None,
    units: int | None,
    timeout_s: int | None,
    gateways: tuple[str, ...],
    yes: bool,
) -> None:
    """Say that a result is wrong, for a bond.

    Executes all of the job here first, twice if it finds another result than was claimed, and
    challenges with that. Anyone may, until the time for checking is over; further challenges may
    join an open case until its first seats have committed. Takes the case fee and 10% of the
    provider's bond, from the balance in the committee and the wallet. They come back unless the
    claim is found right, or another result than yours; if the provider was wrong, whoever had the
    right result first gets 30% of its bond.

    \b
    Examples:
      workbond job challenge last
      workbond job challenge 0x3f2a91 --from https://gateway.example
      workbond job challenge 0x3f2a91 --manifest my-result.json
    """
    from workbond.requester import challenge as library

    if manifest is not None and (root is not None or units is not None):
        raise UsageError("--manifest stands against --root and --units: drop one")
    if (root is None) != (units is None):
        raise UsageError("--root and --units belong together: give both")
    desk, found = desk_of(settings, job_id)
    record = desk.job(found)
    case = library.require_challengeable(desk, record)
    owner = settings.address()
    until_s = record.live_job().window_end if case is None else case.case.deadline
    opening = _opening(settings, desk, record, owner, manifest, root, units)
    if opening is None:
        wall_s = timeout_s or max(1, until_s - desk.now_s())
        opening = _executed(settings, desk, record, owner, gateways, wall_s)
        record = desk.job(found)
        case = library.require_challengeable(desk, record)
    plan = library.plan_challenge(desk, record, owner, opening, joins=case is not None)
    bill = _bill(desk, owner, plan.bond, "in the case")
    fee, count = library.challenge_fee(desk, owner, plan)
    bill.fee(desk.market.connection.balance(owner), fee, count)
    bill.say("It comes back unless the claim is found right, or another result than yours.")
    question = f"{'Join the case' if plan.joins else 'Challenge'} for {tokens(plan.bond.amount)}?"
    bill.ask(question, yes=yes, json=settings.json)
    signer = settings.signer()
    with sending():
        sent = library.challenge(desk, signer, plan)
    if settings.json:
        emit_status(desk, found, sent[-1])
        return
    say(f"Challenged the result of job {short_id(found)} with the seal 0x{plan.seal.hex()}.")
    suggest(settings, f"workbond job watch {_name_for(owner, record)}")


@click.command()
@job_argument
@yes_option
@with_settings("rpc", "deployments", "account", "password", "json")
def appeal(settings: Settings, job_id: str, yes: bool) -> None:
    """Have a case heard by more seats, prepaid.

    Once the seats of a round have voted, anyone may ask within 6 hours for a round of twice as many
    seats and one more. Without, the last tally stands. What the round does not cost comes back; if
    it turns the verdict, the rest comes back too, out of the penalties of the seats that were
    wrong, as far as they reach.

    \b
    Example:
      workbond job appeal 0x3f2a91
    """
    from workbond.requester import challenge as library

    desk, found = desk_of(settings, job_id)
    record, owner = desk.job(found), settings.address()
    plan = library.plan_appeal(desk, record, owner)
    bill = _bill(desk, owner, plan.price, "in the case")
    fee, count = library.appeal_fee(desk, owner, plan)
    bill.fee(desk.market.connection.balance(owner), fee, count)
    bill.say_first(f"Job {short_id(found)}: {plan.case.words(record, desk.now_s())}.")
    bill.say("What the round does not cost comes back. If it turns the verdict, the rest does too,")
    bill.say("as far as the penalties of the seats that were wrong reach.")
    seats = plural(plan.seats, "seat")
    bill.ask(f"Appeal to {seats} for {tokens(plan.price.amount)}?", yes=yes, json=settings.json)
    signer = settings.signer()
    with sending():
        sent = library.appeal(desk, signer, plan)
    if settings.json:
        emit_status(desk, found, sent[-1])
        return
    say(f"Appealed: {seats} decide about the result of job {short_id(found)}.")
    suggest(settings, f"workbond job watch {_name_for(owner, record)}")


def _name_for(account: str, record: JobRecord) -> str:
    """The job's id as the account can give it: only its requester's jobs may be shortened."""
    own = account == record.request.requester
    return short_id(record.id) if own else f"0x{record.id.hex()}"


def _opening(
    settings: Settings,
    desk: Desk,
    record: JobRecord,
    owner: str,
    manifest: Path | None,
    root: bytes | None,
    units: int | None,
) -> bytes | None:
    """The result that the options name; None if there is none: it is to be executed."""
    from workbond.requester import recheck

    if manifest is not None:
        return recheck.opening_of(record, manifest)
    if root is not None and units is not None:
        return recheck.opening_from(root, units)
    return None


def _executed(
    settings: Settings,
    desk: Desk,
    record: JobRecord,
    owner: str,
    gateways: tuple[str, ...],
    wall_s: int,
) -> bytes:
    from workbond.requester.recheck import execute_again, opens

    opening = execute_again(desk, record, owner, settings.signer, gateways, within_s=wall_s)
    if opens(record, opening):
        raise UsageError(
            f"the result of job {short_id(record.id)} is right: this machine finds the same, and a "
            "challenge would lose its bond"
        )
    if not settings.json:
        say(f"This machine finds another result than was claimed: 0x{opening.hex()}.")
    return opening


def _bill(desk: Desk, owner: str, price: Price, where: str) -> Bill:
    bill = Bill()
    if price.lacking:
        bill.pot("in the wallet", price.wallet, -price.lacking)
    if price.amount > price.lacking:
        bill.pot("free in the committee", price.free, price.lacking - price.amount)
    bill.pot(where, 0, price.amount)
    return bill
