"""`workbond provider status`: the node, what it saw and did; the stake and the live jobs."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import click

from workbond.cli.node_words import last_said, life_rows
from workbond.cli.options import Settings, suggest, table_options, with_settings
from workbond.cli.output import emit, printable, say, short_id, table
from workbond.cli.provider_terms import node_home, provider_address
from workbond.errors import ChainError
from workbond.money import format_amount, rounded, tokens, unit
from workbond.words import duration, plural

if TYPE_CHECKING:
    from workbond.chain.cases import Case
    from workbond.jobs import JobRecord
    from workbond.provider.status import Status
    from workbond.provider.statusfile import BookHealth, Counts, NodeStatus


@click.command()
@with_settings("rpc", "deployments", "account", "json")
@table_options("provider", ("owner",))
def status(settings: Settings, chosen: dict[str, Any]) -> None:
    """Show the node and its jobs, the stake, and what is live.

    Whether a node runs and reaches the chain, how many jobs it saw, and why it did not take them;
    then the stake and each live job's deadline, from the chain.

    \b
    Example:
      workbond provider status --account provider
    """
    from workbond.provider.status import read_status
    from workbond.provider.statusfile import is_running, read

    address = provider_address(settings, chosen)
    home = node_home(settings, address)
    node, running = last_said(read, home), is_running(home)
    found, problem = None, None
    try:
        place = settings.place()
        committee = place.deployment.committee
        found = read_status(
            place.market,
            address,
            place.deployment.market.block,
            "" if committee is None else committee.address,
        )
    except ChainError as error:  # what the node says of itself can be told all the same
        problem = error
    if settings.json:
        emit(_json(address, running, node, found))
    else:
        say(f"Provider {address}")
        _say_node(running, node)
        if found is not None:
            _say_chain(found)
            _suggest(settings, running, found)
    if problem is not None:
        raise problem


def _suggest(settings: Settings, running: bool, found: Status) -> None:
    if running:
        suggest(settings, "workbond provider why")
    elif found.account.staked:
        suggest(settings, "workbond provider run", "workbond provider why")
    else:
        suggest(settings, "workbond provider stake AMOUNT")


# ─────────────────────────────────── the node ─────────────────────────────────


def _say_node(running: bool, node: NodeStatus | None) -> None:
    now = int(time.time())
    rows = life_rows(running, node, now)
    if node is None:
        say(table(["", ""], rows))
        return
    if running:
        rows += [["order book", _book_words(book, now)] for book in node.books]
        if node.offers:
            promised = f"{node.offers}, which may lock {tokens(int(node.promised))} together"
            rows.append(["offers out", promised])
    rows.append(["jobs seen", _counts_words(node.jobs)])
    say(table(["", ""], rows))
    if node.jobs.not_taken:
        say("Not taken:")
        for each in node.jobs.not_taken:
            hint = f"  {printable(each.hint)}" if each.hint else ""
            say(f"  {each.code:<12} {each.jobs:>6,}{hint}")
    for job in node.ended[-3:]:
        what = "earned" if job.state == "Settled" else "lost"
        when = duration(max(0, now - job.at))
        say(f"{short_id(bytes.fromhex(job.id[2:]))} {what} {tokens(int(job.amount))} {when} ago")


def _book_words(book: BookHealth, now: int) -> str:
    label = printable(book.label)
    if book.problem:
        last = f"answered last {duration(max(0, now - book.seen_at))} ago: " if book.seen_at else ""
        return f"{label} is down: {last}{printable(book.problem)}"
    if not book.seen_at:
        return f"{label} was not called at yet"
    offers, requests = plural(book.offers, "offer"), plural(book.requests, "request")
    return f"{label}: {offers} of ours there, {requests} seen"


def _counts_words(counts: Counts) -> str:
    words = f"{counts.seen:,}: took {counts.took:,}"
    if counts.resumed:
        words += f" and {counts.resumed:,} from before"
    words += f"; done {counts.done:,}, earned {tokens(int(counts.earned))}"
    if counts.failed:
        words += f"; failed {counts.failed:,}, lost {tokens(int(counts.lost))}"
    if counts.undecided:
        words += f"; not decided yet {counts.undecided:,}"
    return words


# ────────────────────────────────── the chain ─────────────────────────────────


def _say_chain(found: Status) -> None:
    from workbond.audit.events import utc
    from workbond.provider.status import next_deadline

    account = found.account
    rows = [
        ["free", tokens(account.free), ""],
        ["staked", tokens(account.staked), f"of which {tokens(account.bonded)} locked by jobs"],
    ]
    if account.unbonding:
        left_s = account.matures_at - found.now_s
        leaves = f"leaves the stake in {duration(left_s)} of chain time"
        text = leaves if left_s > 0 else "has left the stake: workbond provider withdraw"
        rows.append(["unbonding", tokens(account.unbonding), text])
    if found.held:
        text = "free there, of failed challenges: workbond account withdraw AMOUNT --committee"
        rows.append(["committee", tokens(found.held), text])
    say(table(["", "", ""], rows))
    if found.jobs:
        say("Live jobs, most urgent first:")
    for record in found.jobs:
        waits_for, when_s = next_deadline(record)
        left_s = when_s - found.now_s
        left = f"{duration(left_s)} left" if left_s > 0 else f"{duration(-left_s)} ago"
        job = record.live_job()
        bond, price = format_amount(job.bond), format_amount(rounded(job.unit_price))
        say(f"  0x{record.id.hex()}")
        tasks = plural(record.request.tasks, "task")
        say(f"    {record.state.label}, {tasks}, {waits_for} {utc(when_s)} UTC ({left})")
        say(f"    bond {bond} {unit()}, at {price} {unit()} per 10^12 units")
        case = found.cases.get(record.id)
        if case is not None:
            say(f"    its case: {_case_words(case)}; all of the bond is at stake")
    if not found.jobs:
        say("No live jobs.")


def _case_words(case: Case) -> str:
    from workbond.chain.cases import Phase

    by = plural(case.challenges, "challenge") if case.challenges else "an audit"
    at = "are to be drawn" if case.phase is Phase.DRAWING else "vote"
    return f"opened by {by}, round {case.round + 1}, {case.seats} seats {at}"


def _json(
    address: str, running: bool, node: NodeStatus | None, found: Status | None
) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "address": address,
        "running": running,
        "node": None if node is None else node.model_dump(mode="json"),
    }
    if found is None:
        return shown
    amounts = ("free", "staked", "bonded", "unbonding")
    return shown | {
        **{name: str(getattr(found.account, name)) for name in amounts},
        "matures_at": found.account.matures_at,
        "now": found.now_s,
        "committee": str(found.held),
        "jobs": [_job_json(record, found.cases.get(record.id)) for record in found.jobs],
    }


def _job_json(record: JobRecord, case: Case | None) -> dict[str, Any]:
    from workbond.provider.status import next_deadline

    waits_for, deadline = next_deadline(record)
    job = record.live_job()
    return {
        "id": "0x" + record.id.hex(),
        "state": record.state.label,
        "tasks": record.request.tasks,
        "bond": str(job.bond),
        "unit_price": str(job.unit_price),
        "waits_for": waits_for,
        "deadline": deadline,
        "case": None if case is None else _case_json(case),
    }


def _case_json(case: Case) -> dict[str, Any]:
    return {
        "phase": case.phase.label,
        "round": case.round,
        "seats": case.seats,
        "challenges": case.challenges,
        "deadline": case.deadline,
    }
