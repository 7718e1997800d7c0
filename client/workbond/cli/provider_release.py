"""`workbond provider release`: giving a running job back by hand."""

from __future__ import annotations

import click

from workbond.cli.asking import Bill, yes_option
from workbond.cli.options import Settings, sending, with_settings
from workbond.cli.output import emit, say
from workbond.money import tokens


@click.command(short_help="Give a running job back, at less than expiring costs.")
@click.argument("job", metavar="JOB")
@yes_option
@with_settings("rpc", "deployments", "account", "password", "json")
def release(settings: Settings, job: str, yes: bool) -> None:
    """Give a running job back, which costs less than letting it expire.

    A node does so by itself; an operator's can't, and says so. JOB is the job's id, or its first
    digits.

    \b
    Example:
      workbond provider release 0x3f5e1a --account owner
    """
    from workbond.chain import rules
    from workbond.chain.types import State
    from workbond.errors import UsageError
    from workbond.jobs import id_digits, only_id
    from workbond.provider.status import read_status

    digits = id_digits(job)
    place, owner = settings.place(), settings.address()
    found = read_status(place.market, owner, place.deployment.market.block)
    records = {record.id: record for record in found.jobs if record.state is State.RUNNING}
    record = records[only_id(digits, records, f" that runs for {owner}")]
    live = record.live_job()
    if found.now_s >= rules.runs_until(live):
        raise UsageError(
            f"job 0x{record.id.hex()} can't be given back any more, its time is over: end it with "
            f"`workbond job end 0x{record.id.hex()}`"
        )
    lost = rules.released(live, found.now_s).total
    bill = Bill()
    account = found.account
    bill.pot("staked", account.staked, -lost, "rising until the deadline to a fifth of the bond")
    bill.pot("locked by live jobs", account.bonded, -live.bond)
    fee = place.market.fee(owner, "release", record.id, live.to_tuple())
    bill.fee(place.connection.balance(owner), fee)
    bill.say(f"Left to expire, it would cost {tokens(rules.expired(live.bond).total)}.")
    bill.ask(f"Give job 0x{record.id.hex()} back?", yes=yes, json=settings.json)
    signer = settings.signer()
    with sending():
        receipt = place.market.release(signer, record.id, live)
    (event,) = (event for event in receipt.events if event.name == "JobVoided")
    if settings.json:
        emit(
            {
                "id": f"0x{record.id.hex()}",
                "state": State.VOID.label,
                "lost": str(event.args["slashed"]),
                "transactions": ["0x" + receipt.tx_hash.hex()],
            }
        )
        return
    say(f"Given back for {tokens(event.args['slashed'])}; the rest of its bond is free.")
