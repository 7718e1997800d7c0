"""`workbond job submit --book`: a job as a signed order, without a transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from workbond.cli.job_bills import signing_bill
from workbond.cli.job_taken import Waiting, last_word, say_next, say_taken
from workbond.cli.options import Settings, sending
from workbond.cli.order_common import require_clock, say_answers
from workbond.cli.output import emit, note, printable, say
from workbond.cli.waiting import wait_end
from workbond.errors import BookError
from workbond.money import tokens

if TYPE_CHECKING:
    from workbond.jobfile import JobFile
    from workbond.jobs import JobRecord
    from workbond.orders import SignedOrder
    from workbond.requester.books import BookAnswer
    from workbond.requester.desk import Desk


@dataclass(frozen=True)
class Signing:
    """Who gets the signed job: books or a file.

    `admitted` are the only providers that may take it, if any; after `post_after_s` seconds without
    a match it is posted; `direct` is for its one provider, which takes it itself.
    """

    books: tuple[str, ...] = ()
    admitted: tuple[str, ...] = ()
    post_after_s: int | None = None
    output: Path | None = None
    direct: bool = False


def submit_signed(
    settings: Settings, desk: Desk, job: JobFile, signing: Signing, waiting: Waiting
) -> None:
    """Shows what a match can lock, asks, signs, sends, and serves the inputs until they are had."""
    from workbond.chain.types import State
    from workbond.requester import books, signed
    from workbond.requester import submit as library
    from workbond.requester.order import check_funds, cost_of, posting_fee
    from workbond.requester.pack import pack
    from workbond.requester.status import status_of

    require_clock(desk)
    urls = books.check_books(signing.books)
    signed.admitted_by(signing.admitted)
    owner, cost = settings.address(), cost_of(job)
    account = desk.market.account_of(owner)
    check_funds(owner, account, cost.escrow)
    bill = signing_bill(job, cost, account.free, direct=signing.direct)
    if signing.post_after_s is not None:
        fee = posting_fee(desk.market, owner, job, waiting.url)
        bill.fee(desk.market.connection.balance(owner), fee)
        bill.say("Only posting it takes gas coin.")
    question = f"Sign it? It can lock {tokens(cost.escrow)}"
    bill.ask(question, yes=waiting.yes, json=settings.json)
    signer = settings.signer()
    package = pack(job, desk.store)
    with waiting.inputs(package) as url:
        drafted = signed.draft(desk, owner, job, package, url, admitted=signing.admitted)
        with library.explaining_ctrl_c(desk, drafted.id), last_word(settings, desk, drafted.id):
            order = signed.sign(desk, signer, drafted)
            _say_signed(settings, order, url, served=waiting.serves)
            answers = _hand_over(settings, desk, order, urls, signing.output)
            ends = wait_end(waiting.wait_s)
            record = desk.job(order.id)
            if waiting.serves or waiting.wait or signing.post_after_s is not None:
                record = _until_taken(settings, desk, order, urls, signing, ends)
                say_taken(settings, record)
            claimed = waiting.wait and record.state == State.RUNNING
            if waiting.serves and _needs_inputs(settings, record, urls):
                claimed = True
            if claimed:
                record = library.until_claimed(desk, record, ends=ends)
    if settings.json:
        sent = {"spec": package.spec.cid, "books": [answer.to_json() for answer in answers]}
        emit(status_of(record, desk.now_s()).to_json() | sent)
    else:
        say_next(settings, record)


def _hand_over(
    settings: Settings,
    desk: Desk,
    order: SignedOrder,
    urls: Sequence[str],
    output: Path | None,
) -> list[BookAnswer]:
    """Sends the order to its books and writes its file; raises `BookError` if nobody has it."""
    from workbond.cli.order_files import write_order
    from workbond.requester import books, matching

    if output is not None:
        write_order(output, order)
    answers = books.send(urls, order)
    desk.drawer.keep(order, tuple(a.url for a in answers if a.listing is not None))
    if output is None and not matching.rests(answers):
        told = "; ".join(answer.words for answer in answers)
        raise BookError(f"no book took the job, and nothing is locked: {told}")
    say_answers(settings, answers)
    return answers


def _until_taken(
    settings: Settings,
    desk: Desk,
    order: SignedOrder,
    urls: Sequence[str],
    signing: Signing,
    ends: float | None,
) -> JobRecord:
    """Waits for the match, or posts the job after all."""
    from workbond.chain.types import Request
    from workbond.requester import submit as library
    from workbond.requester.matching import until_matched

    until_s = None if signing.post_after_s is None else desk.now_s() + signing.post_after_s
    record = until_matched(desk, order, urls, until_s=until_s, ends=ends, tell_why=_tell)
    if record is not None:
        return record
    request = order.order
    assert isinstance(request, Request)
    posting = library.Posting(order.id, request, desk.job(order.id).gateway)
    with sending():
        library.post(desk, settings.signer(), posting)
    (note if settings.json else say)("Nobody matched it: it is posted now.")
    return library.until_taken(desk, posting, ends=ends, tell_why=note)


def _tell(line: str) -> None:
    note(printable(line))


def _needs_inputs(settings: Settings, record: JobRecord, urls: Sequence[str]) -> bool:
    """Whether the provider may still fetch, which is then said."""
    from workbond.requester.matching import still_needs_inputs

    if not still_needs_inputs(record, urls):
        return False
    if not settings.json:
        say("Serving its inputs until the result is there: its provider may still fetch them.")
    return True


def _say_signed(settings: Settings, order: SignedOrder, url: str, *, served: bool) -> None:
    if settings.json:
        note(f"Signed job 0x{order.id.hex()}.")
        return
    say(f"Signed job 0x{order.id.hex()}")
    say("Nothing is locked before it is matched.")
    where = f"Serving its inputs at {printable(url)}" if served else f"Its inputs are at {url}"
    say(f"{printable(where)}.")
