"""The play: a job that is paid, a provider that vanishes, two results that are disputed
(`workbond.demo.disputes`), and an auditor who checks it all."""

from __future__ import annotations

import json
import signal
import subprocess
import tomllib
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbond.chain.rules import runs_until
from workbond.chain.types import State, word
from workbond.demo.climate import lay_out, merge, plot, table
from workbond.demo.disputes import BOND, PROVIDER_STAKE, play_disputes
from workbond.demo.outcome import JobOutcome, outcomes, records
from workbond.demo.stage import DemoFailed, Stage
from workbond.jobs import JobRecord
from workbond.money import tokens

TOKEN = 10**18
REQUESTER_FREE = 30 * TOKEN
PROVIDERS = ("provider-1", "provider-2")
# The second job does the first one's work eight times: long enough to be killed in the middle.
REPEATS = 8
RUN_FOR_S = 900  # time for the worst case of so many tasks on one core, else nobody accepts

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Played:
    """What came of it."""

    chain: dict[str, Any]
    jobs: list[JobOutcome]
    ledger: dict[str, Any]
    table: str
    plot: Path

    def to_json(self) -> dict[str, Any]:
        return {
            "chain": self.chain,
            "jobs": [job.to_json() for job in self.jobs],
            "ledger": self.ledger,
            "plot": str(self.plot),
        }


def play(out: Path, tell: Tell) -> Played:
    """Play all of it; the plot, the outputs and the logs stay in `out`.

    Raises:
        DemoFailed: anything did not come out as the protocol promises.
    """
    with Stage(out) as stage:
        tell(
            f"A local chain runs at {stage.anvil.url}. On it, the market:\n"
            f"{stage.market.address}. Nobody owns it:\n"
            "no account can pause, change or drain it."
        )
        stage.enter("requester", free=REQUESTER_FREE)
        addresses = {name: stage.enter(name, free=0, staked=PROVIDER_STAKE) for name in PROVIDERS}
        tell(
            f"\nThe requester deposits {tokens(REQUESTER_FREE)}; two providers stake "
            f"{tokens(PROVIDER_STAKE)} each\nand wait for jobs, each in a process of its own."
        )
        with ExitStack() as stack:
            nodes = {name: stack.enter_context(_provider(stage, name)) for name in PROVIDERS}
            shown, picture = _paid_job(stage, out, addresses, tell)
            _broken_job(stage, out, nodes, addresses, tell)
            play_disputes(stage, out / "climate-job", addresses[PROVIDERS[0]], tell)
        return _audited(stage, shown, picture, tell)


def _provider(stage: Stage, name: str) -> Any:
    words = ("provider", "run", "--cores", "1", "--min-price", "1000", "--listen", "127.0.0.1:0")
    return stage.process(name, *words, "--yes")


def _paid_job(stage: Stage, out: Path, addresses: dict[str, str], tell: Tell) -> tuple[str, Path]:
    """Act one: the climate job is posted, executed, checked and paid."""
    job_file = lay_out(out / "climate-job")
    tell(
        "\n1. A job that is paid\n"
        "   The requester posts 48 tasks, a month of Seattle's weather each, and locks\n"
        "   the most that they can cost. A provider locks its bond, executes them, and\n"
        "   seals the result on the chain."
    )
    posted = stage.command("requester", "job", "submit", str(job_file), "--yes", "--wait")
    job_id = posted["id"]
    record = _record(stage, job_id)
    name = next(n for n, a in addresses.items() if a == record.live_job().provider)
    tell(f"   It was {name}. The requester fetches the outputs and checks each one.")
    results = out / "outputs"
    stage.command("requester", "job", "fetch", job_id, "--out", str(results), "--force")
    rows = merge([path.read_bytes() for path in sorted(results.glob("*.out"))])
    if len(rows) != record.request.tasks:
        raise DemoFailed(f"{len(rows)} months were fetched, not {record.request.tasks}")
    picture = out / "climate.svg"
    picture.write_text(plot(rows), encoding="utf-8")
    stage.command("requester", "job", "approve", job_id, "--yes")
    tell("   All 48 are what was sealed: the requester approves, the provider is paid.")
    return table(rows), picture


def _broken_job(
    stage: Stage,
    out: Path,
    nodes: dict[str, subprocess.Popen[bytes]],
    addresses: dict[str, str],
    tell: Tell,
) -> None:
    """Act two: a provider is killed after it accepted; its bond makes the requester whole."""
    victim = PROVIDERS[1]
    tell(
        "\n2. A provider that vanishes\n"
        f"   The requester posts a longer job, for {victim} alone. It accepts,\n"
        "   and is killed."
    )
    job_file = _longer_job(out / "climate-job", addresses[victim])
    posted = stage.command("requester", "job", "submit", str(job_file), "--yes")
    job_id = word(posted["id"])

    def accepted() -> bool:
        return stage.market.state_of(job_id) != State.OPEN

    stage.until("the second job's acceptance", accepted, nodes[victim])
    nodes[victim].send_signal(signal.SIGKILL)
    nodes[victim].wait()
    record = _record(stage, posted["id"])
    if record.state != State.RUNNING:
        raise DemoFailed(f"the second job is {record.state.label} when its provider is killed")
    skipped = stage.wait_past(runs_until(record.live_job()))
    tell(
        f"   Its time runs out (the demo moves the chain's clock by {skipped} s). Anyone may\n"
        "   end the job now: the requester does, and gets its escrow back and a part of\n"
        "   the bond."
    )
    stage.command("requester", "job", "end", posted["id"], "--yes")


def _longer_job(folder: Path, provider: str) -> Path:
    """The climate job, `REPEATS` times as long, for `provider` alone; as JSON, for a change."""
    job = tomllib.loads((folder / "job.toml").read_text("utf-8"))
    months = sorted(f"inputs/{path.name}" for path in (folder / "inputs").glob("*.csv"))
    job |= {"inputs": months * REPEATS, "providers": provider}
    job["price"]["flat"] = "1"
    job["judging"] = {"resolver": "none"}  # its end needs no judge
    job["timing"]["run_for_s"] = RUN_FOR_S
    path = folder / "longer-job.json"
    path.write_text(json.dumps(job, indent=2), encoding="utf-8")
    return path


def _audited(stage: Stage, shown: str, picture: Path, tell: Tell) -> Played:
    """Act five: the ledgers are rebuilt from events alone and compared with the contracts."""
    tell(
        "\n5. An auditor who trusts nothing but the chain\n"
        "   It rebuilds every balance and every job from events alone, and compares them\n"
        "   with the contract's storage."
    )
    audit = stage.command("requester", "audit", "ledger")
    ledger = {key: audit[key] for key in ("matches_storage", "solvent")}
    jobs = outcomes(stage.market, stage.committee, stage.first_block, stage.names)
    played = Played(
        chain={
            "id": stage.chain.chain_id,
            "client": stage.chain.client_version,
            "market": stage.market.address,
            "committee": stage.committee.address,
            "token": stage.token.address,
            "block": audit["block"],
        },
        jobs=jobs,
        ledger=ledger,
        table=shown,
        plot=picture,
    )
    _require_promises(played)
    return played


def _require_promises(played: Played) -> None:
    """The demo passes only if all of it held."""
    ends = [(job.state, job.verdict) for job in played.jobs]
    settled, void = State.SETTLED.label, State.VOID.label
    wanted = [(settled, None), (void, None), (void, "Rejected"), (settled, "Upheld")]
    if ends != wanted:
        raise DemoFailed(f"the jobs ended as {ends}, not as {wanted}")
    paid, broken, lied, accused = played.jobs
    whole = [gain for gain in accused.got if gain.who == PROVIDERS[0] and gain.amount > 0]
    promises = {
        "the first job's provider is paid for its units": paid.paid > 0 and paid.units > 0,
        "an honest provider loses nothing": paid.slashed == accused.slashed == 0,
        "nobody is paid for a broken job": broken.paid == lied.paid == 0,
        "a vanished provider is slashed": broken.slashed > 0,
        "a lying provider loses its whole bond": lied.slashed == BOND,
        "the slashed bond is paid out to the last unit": lied.rewarded == 0,
        "the requester is compensated": broken.compensated > 0 and lied.compensated > 0,
        "who found the lie out is rewarded": lied.challenger > 0,
        "a provider that is wrongly accused is paid": accused.paid > 0,
        "and gets more than its payment": sum(gain.amount for gain in whole) > accused.paid,
        "the ledger from events matches storage": played.ledger["matches_storage"] is True,
        "the market owns all it owes": played.ledger["solvent"] is True,
    }
    for promise, held in promises.items():
        if not held:
            raise DemoFailed(f"this did not hold: {promise}")


def _record(stage: Stage, job_id: str) -> JobRecord:
    return records(stage.market, stage.first_block)[word(job_id)]
