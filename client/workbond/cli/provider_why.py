"""`workbond provider why`: each open job, and whether the given terms would take it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from workbond.cli.group import sectioned
from workbond.cli.node_words import last_said
from workbond.cli.options import Settings, suggest, table_options, with_settings
from workbond.cli.output import emit, note, printable, say, short_id, table
from workbond.cli.provider_terms import (
    SECTIONS,
    TERMS,
    make_terms,
    node_home,
    provider_address,
)
from workbond.money import format_amount, rounded, tokens, unit
from workbond.words import capital, duration, plural

if TYPE_CHECKING:
    from workbond.chain.market import Market
    from workbond.orders import SignedOrder
    from workbond.provider.terms import Terms
    from workbond.provider.why import Answer, Verdict

ROWS_MAX = 40


@click.command(cls=sectioned(SECTIONS | {"Where it looks": ("owner", "books")}))
@with_settings("rpc", "deployments", "account", "json")
@table_options("provider", (*TERMS, "owner", "books"))
def why(settings: Settings, chosen: dict[str, Any]) -> None:
    """Show for each open job whether it would be taken, and why not.

    Asks the chain, and order books with --book; no node needs to run, and no job's blobs are
    fetched. Give the same options as to `provider run`, or others to see what they would change.

    \b
    Examples:
      workbond provider why --account provider --min-price 1000
      workbond provider why --account provider --min-price 500 --json
      workbond provider why --account provider --book https://book.example.org
    """
    from workbond.provider.experience import Experience
    from workbond.provider.statusfile import is_running, read
    from workbond.provider.why import ask

    place = settings.place()
    terms = make_terms(chosen, place.deployment)
    address = provider_address(settings, chosen)
    home = node_home(settings, address)
    first_block = place.deployment.market.block
    orders = _in_books(place.market, chosen["books"])
    node = last_said(read, home)
    answer = ask(place.market, address, first_block, terms, Experience(home), node, orders)
    if settings.json:
        emit(_json(address, terms, answer))
        return
    _say_answer(address, terms, answer, chosen["books"])
    if answer.verdicts and answer.verdicts[0].refusal is None and not is_running(home):
        suggest(settings, "workbond provider run")
    else:
        suggest(settings, "workbond provider status")


def _in_books(market: Market, urls: tuple[str, ...]) -> list[SignedOrder]:
    """The signed requests that books list; a note for each book that can't be used."""
    if not urls:
        return []
    from workbond.executor.profile import PROFILE_ID
    from workbond.provider.orderbooks import Errand, OrderBooks

    books = OrderBooks(urls, market.connection.chain_id, market.address, PROFILE_ID)
    books.visit(Errand())
    for book in books.books:
        if book.problem:
            note(f"Note: {printable(book.problem)}")
    return books.requests()


def _say_answer(address: str, terms: Terms, answer: Answer, books: tuple[str, ...]) -> None:
    verdicts = answer.verdicts
    say(f"Provider {address} asks for {tokens(terms.min_price)} per 10^12 units")
    if not verdicts:
        quiet = (
            "none was posted in the last 90 days"
            if answer.quiet_s is None
            else f"the last one was posted {duration(answer.quiet_s)} ago"
        )
        say(
            f"No job is open at all: {quiet}"
            + ("; no book that answers lists one." if books else ".")
        )
        return
    rows = [
        [
            short_id(v.record.id) + (" (signed)" if v.is_signed else ""),
            format_amount(rounded(v.most)),
            format_amount(rounded(v.price)),
            format_amount(v.expected.per_hour // 10**14 * 10**14),
            v.code,
            _detail(v),
        ]
        for v in verdicts[:ROWS_MAX]
    ]
    headers = ["job", "pays up to", "price now", "per hour", "verdict", ""]
    say(table(headers, rows, right=headers[1:4]))
    if len(verdicts) > ROWS_MAX:
        say(f"... and {plural(len(verdicts) - ROWS_MAX, 'more job')}: see --json")
    say(
        f"{plural(len(verdicts), 'open job')}, the last posted {duration(answer.quiet_s or 0)} "
        f"ago. Amounts are {unit()}; per hour is what this machine can expect."
    )
    fitting = sum(v.refusal is None for v in verdicts)
    if fitting:
        say(
            f"{fitting} of them {'fits' if fitting == 1 else 'fit'}, as far as requests tell: the "
            "first is taken first."
        )
    for reason in answer.reasons:
        text = f"{reason.hint}. " if reason.hint else ""
        say(f"{reason.code} {reason.jobs}: {text}{capital(reason.advice)}.")


def _detail(verdict: Verdict) -> str:
    if verdict.refusal is None:
        return ""
    detail = verdict.refusal.detail
    detail = detail if len(detail) <= 100 else detail[:97] + "..."
    return f"{detail} (said by the node)" if verdict.by_node else detail


def _json(address: str, terms: Terms, answer: Answer) -> dict[str, Any]:
    return {
        "address": address,
        "block": answer.head.number,
        "now": answer.head.timestamp,
        "min_price": str(terms.min_price),
        "min_flat": str(terms.min_flat),
        "quiet_s": answer.quiet_s,
        "jobs": [
            {
                "id": f"0x{v.record.id.hex()}",
                "signed": v.is_signed,
                "requester": v.record.request.requester,
                "tasks": v.record.request.tasks,
                "max_payment": str(v.most),
                "unit_price": str(v.price),
                "bond": str(v.record.request.bond),
                "expected_payment": str(v.expected.pay),
                "expected_ms": str(v.expected.ms),
                "expected_per_hour": str(v.expected.per_hour),
                "code": v.code,
                "detail": None if v.refusal is None else v.refusal.detail,
                "may_fit_later": None if v.refusal is None else v.refusal.passing,
                "said_by_node": v.by_node,
            }
            for v in answer.verdicts
        ],
        "reasons": [
            {"code": r.code, "jobs": r.jobs, "hint": r.hint, "advice": r.advice}
            for r in answer.reasons
        ],
    }
