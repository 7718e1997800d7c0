"""`workbond job cancel` and `end`: the ways out of a job that is not paid by approving it."""

from __future__ import annotations

import click

from workbond.cli.asking import yes_option
from workbond.cli.job_bills import ending_bill
from workbond.cli.job_common import (
    desk_of,
    emit_status,
    job_argument,
    requester_of,
    sources_option,
)
from workbond.cli.job_money import say_receipt
from workbond.cli.options import Settings, sending, suggest, with_settings
from workbond.cli.order_common import say_answers
from workbond.cli.output import say, short_id
from workbond.words import capital


@click.command()
@job_argument
@yes_option
@with_settings("rpc", "deployments", "account", "password", "json")
def cancel(settings: Settings, job_id: str, yes: bool) -> None:
    """Take back a job that nobody has accepted.

    The whole escrow comes back. One that was only signed is revoked on the chain, and withdrawn
    from its books; nothing was locked for it.

    \b
    Example:
      workbond job cancel 0x3f2a91
    """
    from workbond.requester import exits
    from workbond.requester.signed import withdraw

    desk, found = desk_of(settings, job_id)
    record = desk.job(found)
    bill = ending_bill(desk, settings.address(), record, exits.prepare_cancel(record))
    bill.ask(f"Cancel job {short_id(found)}?", yes=yes, json=settings.json)
    signer = settings.signer()
    answers = withdraw(desk, signer, record) if not record.events else []
    with sending():
        sent = exits.cancel(desk, signer, record)
    if settings.json:
        emit_status(desk, found, sent)
        return
    if not record.events:
        say_answers(settings, answers)
        say(f"Job {short_id(found)} is revoked: nobody can match it any more.")
        return
    say_receipt(desk, found)
    suggest(settings, "workbond account balance")


@click.command(short_help="End a job whose time is over; anyone may.")
@job_argument
@sources_option
@yes_option
@with_settings("rpc", "deployments", "account", "password", "private", "json")
def end(settings: Settings, job_id: str, gateways: tuple[str, ...], yes: bool) -> None:
    """End a job whose time is over, so that no money stays locked; anyone may.

    \b
    Calls what is due by the chain's time:
      cancel    nobody accepted the job in time: the escrow goes back
      expire    no result in time: escrow and 24% of the bond to the requester,
                1% to you
      finalize  the time for checking is over: the provider is paid
      close     the case about its result is over: its verdict counts, and a tip
                is yours in the committee
      timeout   nobody decided in time: the result stands
      abandon   after that: bonds and prepaid rounds of the case go back
      void      the seal was not opened within a day after that, or demanded
                output was not shown within a day: escrow and 49% of the bond
                to the requester, 1% to you

    \b
    Example:
      workbond job end 0x3f2a91
    """
    from workbond.requester import exits
    from workbond.requester.status import due_words

    desk, found = desk_of(settings, job_id)
    record = desk.job(found)
    ending = exits.prepare_end(desk, record, gateways, requester_of(settings, record))
    bill = ending_bill(desk, settings.address(), record, ending)
    bill.say_first(f"{capital(due_words(record, ending.exit))}.")
    bill.ask(f"Call `{ending.exit}` to end the job?", yes=yes, json=settings.json)
    signer = settings.signer()
    with sending():
        sent = exits.call(desk, signer, ending)
    if settings.json:
        emit_status(desk, found, sent)
        return
    say_receipt(desk, found)
    suggest(settings, "workbond account balance")
