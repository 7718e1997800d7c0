"""The play's disputes: a provider that lies is found out, and one that does not is made whole."""

from __future__ import annotations

import json
import subprocess
import tomllib
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

from workbond.chain.cases import Phase, challenge_bond
from workbond.chain.types import State, word
from workbond.demo.stage import DemoFailed, Stage
from workbond.money import tokens
from workbond.words import duration

WORK = 10**18
VERIFIERS = ("verifier-1", "verifier-2", "verifier-3")
SAMPLER = VERIFIERS[0]  # executes every claim again, the others serve their seats only
LIAR, ACCUSER = "provider-3", "accuser"
PROVIDER_STAKE, SEAT_STAKE, WALLET = 100 * WORK, 100 * WORK, 20 * WORK
SEATS = 3
BOND, CASE_FEE = 40 * WORK, 4 * WORK
YEAR = "2012"
WINDOW_S = 600  # real seconds at most in which a verifier finds out

Tell = Callable[[str], None]
Process = subprocess.Popen[bytes]


def play_disputes(stage: Stage, folder: Path, honest: str, tell: Tell) -> None:
    """Acts three and four; `folder` holds the climate job, `honest` is the address of a provider
    at work.

    Raises:
        DemoFailed: something did not happen in time, or not as it must.
    """
    for name in VERIFIERS:
        stage.enter(name, wallet=WALLET, seat_stake=SEAT_STAKE)
    liar = stage.enter(LIAR, staked=PROVIDER_STAKE)
    stage.enter(ACCUSER, wallet=WALLET)
    skipped = stage.wait_next_epoch()
    with ExitStack() as stack:
        verifiers = [stack.enter_context(_verifier(stage, name)) for name in VERIFIERS]
        tell(
            "\n3. A provider that lies\n"
            f"   Three verifiers stake {tokens(SEAT_STAKE)} each in the committee. They are drawn\n"
            f"   from the next day on (the demo moves the clock by {duration(skipped)}).\n"
            f"   The requester posts a year of weather for {LIAR} alone, which changes\n"
            "   a digit in one of its outputs and seals that: no hash shows it."
        )
        lying = ("provider", "run", "--cores", "1", "--min-price", "1000")
        with stage.process(
            LIAR, *lying, "--listen", "127.0.0.1:0", "--yes", program="workbond.demo.corrupt"
        ):
            job_id = _claimed(stage, folder, liar)
            stage.until(
                "the verifier's challenge",
                lambda: stage.market.state_of(job_id) is State.DISPUTED,
                *verifiers,
            )
            tell(
                f"   {SAMPLER} executes the job again, finds another result, and challenges\n"
                f"   the claim with a bond of {tokens(challenge_bond(CASE_FEE, BOND))}."
            )
            _heard(stage, job_id, verifiers, tell)
        tell(
            "   All found another result than was claimed. The bond goes to the\n"
            "   committee, the requester and who was right first; the rest is burned."
        )
        tell(
            "\n4. An honest provider that is wrongly accused\n"
            f"   The same job for {stage.names[honest]}. Somebody challenges its result, with one\n"
            "   of its own invention."
        )
        job_id = _claimed(stage, folder, honest)
        made_up = ("--root", "0x" + "11" * 32, "--units", "1")
        stage.command(ACCUSER, "job", "challenge", "0x" + job_id.hex(), *made_up, "--yes")
        _heard(stage, job_id, verifiers, tell)
        stage.until(
            "the payment of the honest provider",
            lambda: stage.market.state_of(job_id) is State.SETTLED,
        )
        tell(
            "   All found what was claimed: the accuser's bond pays them, and the rest of it\n"
            "   the provider, which settles its job and is paid for it too."
        )


def _verifier(stage: Stage, name: str) -> AbstractContextManager[Process]:
    share = "100%" if name == SAMPLER else "0%"
    return stage.process(name, "verifier", "run", "--cores", "1", "--sample", share, "--yes")


def _claimed(stage: Stage, folder: Path, provider: str) -> bytes:
    """A job of twelve months for `provider`, which has sealed a result when this returns."""
    job = tomllib.loads((folder / "job.toml").read_text("utf-8"))
    months = sorted(f"inputs/{path.name}" for path in (folder / "inputs").glob(f"{YEAR}*.csv"))
    job |= {"inputs": months, "providers": provider}
    job["price"]["bond"] = str(BOND // WORK)
    job["timing"]["challenge_for_s"] = WINDOW_S
    # No lottery, so that the challenge opens the case and nothing else.
    job["judging"] = {"seats": SEATS, "case_fee": str(CASE_FEE // WORK), "audit_rate": "0%"}
    path = folder / "judged-job.json"
    path.write_text(json.dumps(job, indent=2), encoding="utf-8")
    posted = stage.command("requester", "job", "submit", str(path), "--yes", "--wait")
    job_id = word(posted["id"])
    state = stage.market.state_of(job_id)
    if state not in (State.CLAIMED, State.DISPUTED):
        raise DemoFailed(f"job {posted['id']} is {state.label} and not claimed")
    return job_id


def _heard(stage: Stage, job_id: bytes, verifiers: Iterable[Process], tell: Tell) -> None:
    """The case of the job, from the draw of its seats to its end."""
    committee, nodes = stage.committee, tuple(verifiers)

    def phase() -> Phase:
        return committee.case_of(job_id).phase

    stage.until("the draw of the seats", lambda: phase() is Phase.VOTING, *nodes)
    case, every_seat = committee.case_of(job_id), (1 << SEATS) - 1
    names = [stage.names[holder] for holder in committee.seating_of(job_id, 0).verifiers]
    stage.until(
        "the seats' commitments",
        lambda: committee.seating_of(job_id, 0).round.committed == every_seat,
        *nodes,
    )
    skipped = stage.wait_past(case.deadline)
    stage.until(
        "the seats' votes",
        lambda: committee.seating_of(job_id, 0).round.revealed == every_seat,
        *nodes,
    )
    skipped += stage.wait_past(case.appeals_until)
    stage.until("the verdict", lambda: phase() is Phase.CLOSED, *nodes)
    tell(
        f"   {SEATS} seats are drawn by stake: {', '.join(names)}.\n"
        "   Each executes the job, commits to what it found, and reveals it. Nobody\n"
        f"   appeals (the demo moves the clock by {duration(skipped)}, through all phases)."
    )
