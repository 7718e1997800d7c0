"""What the commands of `workbond job` say of a job that was signed and is none yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbond.cli.job_why import say_paragraph
from workbond.cli.output import printable, say

if TYPE_CHECKING:
    from workbond.jobs import JobRecord
    from workbond.requester.books import BookAnswer
    from workbond.requester.desk import Desk
    from workbond.requester.standing import OrderStanding


def look(desk: Desk, record: JobRecord) -> tuple[OrderStanding, list[BookAnswer]]:
    """How the order stands by the chain, and what its books say."""
    from workbond.requester import books
    from workbond.requester.standing import standing_of

    kept = desk.drawer.find(record.id)
    assert kept is not None, "the record was made from it"
    standing = standing_of(desk, kept.signed)
    return standing, books.ask(kept.books, record.id) if standing.code.lives else []


def unmatched_json(standing: OrderStanding, answers: list[BookAnswer]) -> dict[str, Any]:
    """For `--json`, beside the status."""
    return {"order": standing.to_json(), "books": [answer.to_json() for answer in answers]}


def say_unmatched(standing: OrderStanding, answers: list[BookAnswer]) -> None:
    """Why it is no job yet: by the chain first, then each book's coded reasons."""
    say_paragraph(f"By the chain: {standing.code.name}, {standing.words}.")
    for answer in answers:
        say()
        say(printable(answer.url))
        if answer.listing is None:
            say_paragraph(answer.problem, "  ", "  ")
            continue
        code = f" ({answer.listing.code})" if answer.listing.code else ""
        say(f"  {answer.listing.state.value}{code}")
        for reason in answer.listing.reasons:
            count = f" ({reason.count:,})" if reason.count else ""
            say_paragraph(reason.text, f"  {reason.code}{count}: ", "    ")
    if not answers and standing.code.lives:
        say("No book has it: send it with `workbond order send`.")
