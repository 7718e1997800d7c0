"""`workbond job why`: the reasons for which nobody takes an open job, and what they rest on."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from workbond.cli.job_common import desk_of, job_argument
from workbond.cli.options import Settings, suggest, with_settings
from workbond.cli.output import emit, printable, say, short_address, short_id, table
from workbond.errors import ChainError, UsageError
from workbond.money import format_amount, unit
from workbond.sizes import rough_size
from workbond.words import capital, duration, plural

if TYPE_CHECKING:
    from workbond.jobs import JobRecord
    from workbond.requester.desk import Desk
    from workbond.requester.status import Status
    from workbond.requester.why.facts import Facts
    from workbond.requester.why.fitting import Fit
    from workbond.requester.why.reasons import Reason

WAITING_S = 20  # of chain time: `status` explains a job that waits longer
WIDTH, INDENT = 78, "   "
SHOWN_PROVIDERS = 20


@click.command()
@job_argument
@with_settings("rpc", "deployments", "account", "json")
def why(settings: Settings, job_id: str) -> None:
    """Explain why nobody has taken an open job.

    Compares it with recent acceptances, known providers' cards and stakes, and asks whether they
    and the job's own inputs are online. What a provider wants beyond that it tells nobody. Of a
    signed job that is not matched yet, its books tell coded reasons.

    \b
    Example:
      workbond job why last
    """
    from workbond.chain.types import State
    from workbond.requester.cases import case_of
    from workbond.requester.status import status_of
    from workbond.requester.why.judge import judge
    from workbond.requester.why.survey import survey

    desk, found = desk_of(settings, job_id)
    record = desk.job(found)
    if not record.events:
        _why_unmatched(settings, desk, record)
        return
    if record.state != State.OPEN:
        words = status_of(record, desk.now_s(), case_of(desk, record)).words
        raise UsageError(
            f"job 0x{found.hex()} is {record.state.label} ({words}): only an open job waits for a "
            f"provider; see `workbond job status {short_id(found)}`"
        )
    facts = survey(desk, found, record.request, record.gateway)
    reasons = judge(facts)
    if settings.json:
        emit(_to_json(facts, reasons))
        return
    waits = "" if facts.waits_s is None else f" has waited for {duration(facts.waits_s)}"
    say(f"Job {short_id(found)}{waits or ' waits'}.")
    say_reasons(reasons)
    _say_facts(facts)
    ended = facts.now_s >= record.request.open_until
    suggest(settings, f"workbond job {'end' if ended else 'watch'} {short_id(found)}")


def _why_unmatched(settings: Settings, desk: Desk, record: JobRecord) -> None:
    """Of a job that was only signed: its order by the chain, and each book's reasons."""
    from workbond.cli.job_unmatched import look, say_unmatched, unmatched_json

    standing, answers = look(desk, record)
    if settings.json:
        head = {"id": "0x" + record.id.hex(), "now": standing.now_s}
        emit(head | unmatched_json(standing, answers))
        return
    say(f"Job {short_id(record.id)} is signed, and no job yet.")
    say_unmatched(standing, answers)
    lives = standing.code.lives
    suggest(settings, f"workbond job watch {short_id(record.id)}" if lives else "workbond job list")


def reasons_of(desk: Desk, shown: Status) -> tuple[Reason, ...] | None:
    """Why the job of a status waits, looked up quickly; None if it doesn't, or not for long."""
    from workbond.chain.types import State
    from workbond.requester.why.lookout import reasons_now

    record = shown.record
    if record.state != State.OPEN:
        return None
    try:
        posted_s = desk.market.connection.block(record.events[0].block_number).timestamp
        if shown.now_s - posted_s < WAITING_S:
            return None
        return reasons_now(desk, record.id, record.request, record.gateway)
    except ChainError:  # the status itself is known
        return None


def say_reasons(reasons: Sequence[Reason]) -> None:
    """The reasons as numbered paragraphs, each with what to do."""
    from workbond.requester.why.reasons import NOTHING_SEEN

    if not reasons:
        say(f"{capital(NOTHING_SEEN)}.")
    for number, reason in enumerate(reasons, 1):
        lead = f"{number}. {reason.code.name} ({reason.weight.label}): "
        say_paragraph(f"{reason.text}.", lead, INDENT)
        say_paragraph(f"{reason.remedy}.", f"{INDENT}To do: ", INDENT)


def say_paragraph(text: str, lead: str = "", indent: str = "") -> None:
    """Text in lines that fit a terminal of 80 columns, after `lead`; further ones are indented."""
    say(
        textwrap.fill(
            lead + printable(text),
            WIDTH,
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
        )
    )


def _say_facts(facts: Facts) -> None:
    from workbond.requester.why.fitting import fits_of

    fits = fits_of(facts)
    if fits:
        say()
        rows = [_row(fit) for fit in fits[:SHOWN_PROVIDERS]]
        free = f"{unit()} free"
        headers = ["provider", "cores", "memory", "region", free, "online", "lacks"]
        say(table(headers, rows, right=["cores", "memory", free]))
        if len(fits) > SHOWN_PROVIDERS:
            say(f"... and {len(fits) - SHOWN_PROVIDERS} more")
    say()
    deals = plural(len(facts.deals), "acceptance")
    text = (
        f"Seen: {deals} within the last {plural(facts.blocks, 'block')}, "
        f"{plural(facts.announced, 'announced provider')}."
    )
    if facts.spec is None and facts.spec_problem is None:
        text += " The job's spec could not be had: its requirements were not looked at."
    if not facts.complete:
        text += " There is more history than was read."
    say_paragraph(text)


def _row(fit: Fit) -> list[object]:
    candidate = fit.candidate
    hardware = None if candidate.card is None else candidate.card.hardware
    state = "busy" if candidate.busy and fit.online else "yes" if fit.online else "no"
    return [
        short_address(candidate.address),
        "" if hardware is None else hardware.cores,
        "" if hardware is None else rough_size(hardware.memory),
        "" if candidate.card is None else candidate.card.region or "-",
        format_amount(candidate.account.unbonded // 10**15 * 10**15),
        state,
        ", ".join(sorted(code.name for code in fit.obstacles)) or "nothing",
    ]


def _to_json(facts: Facts, reasons: Sequence[Reason]) -> dict[str, Any]:
    from workbond.requester.why.fitting import fits_of

    return {
        "id": "0x" + facts.job_id.hex(),
        "now": facts.now_s,
        "waits_s": facts.waits_s,
        "reasons": [reason.to_json() for reason in reasons],
        "providers": [_provider_json(fit) for fit in fits_of(facts)],
        "accepted": [
            {
                "id": "0x" + deal.job_id.hex(),
                "provider": deal.provider,
                "unit_price": str(deal.unit_price),
                "accepted_at": deal.accepted_at,
                "waited_s": deal.took_s,
            }
            for deal in facts.deals
        ],
        "announced": facts.announced,
        "blocks": facts.blocks,
        "complete": facts.complete,
        "spec_known": facts.spec is not None,
        "inputs_problem": facts.inputs_problem,
    }


def _provider_json(fit: Fit) -> dict[str, Any]:
    candidate = fit.candidate
    return {
        "address": candidate.address,
        "card": None if candidate.card is None else candidate.card.model_dump(mode="json"),
        "staked": str(candidate.account.staked),
        "unlocked": str(candidate.account.unbonded),
        "gateway_answers": candidate.answers,
        "active_at": candidate.active_s,
        "busy": candidate.busy,
        "online": fit.online,
        "obstacles": sorted(code.name for code in fit.obstacles),
    }
