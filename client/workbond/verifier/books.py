"""The node's books: what it saw, did and earned, told in the journal and in `status.json`.

Nothing here decides anything, and nothing that goes wrong here stops the work.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from workbond.chain.abi import Event
from workbond.chain.answers import Block
from workbond.chain.cases import Outcome
from workbond.chain.committee import Committee
from workbond.chain.market import Market
from workbond.errors import ChainError
from workbond.money import tokens
from workbond.provider import statusfile as file
from workbond.provider.health import Health
from workbond.provider.journal import Journal, Level
from workbond.verifier import statusfile
from workbond.verifier.statusfile import DUTIES_MAX, Counts, Duty, VerifierStatus

STATUS_S = 3.0  # at least between two writings of the status file


@dataclass
class Share:
    """What a case brought or took."""

    earned: int = 0
    lost: int = 0


@dataclass
class Tally:
    """Counted by the node's parts; see `statusfile.Counts`."""

    right: int = 0
    wrong: int = 0
    challenged: int = 0
    committed: int = 0
    revealed: int = 0
    missed: int = 0
    unavailable: int = 0
    cranks: int = 0
    money: Share = field(default_factory=Share)


class Books:
    """Told by the node's parts what happens.

    Args:
        home: the node's directory.
        market: the market that it follows.
        committee: whose verifier it is.
        us: its address.
        journal: told how cases ended.
    """

    def __init__(
        self, home: Path, market: Market, committee: Committee, us: str, journal: Journal
    ) -> None:
        self._home, self._market, self._committee = home, market, committee
        self._us, self._journal = us, journal
        self._health = Health(market.connection)
        self._shares: dict[bytes, Share] = {}
        self._started_at = int(time.time())
        self._written = float("-inf")
        self.tally = Tally()

    # ──────────────────────────────── the chain ───────────────────────────────

    def answered(self, head: Block) -> None:
        """The RPC answered a whole turn's questions."""
        self._health.answered(head)

    def failed(self, problem: str) -> None:
        """A turn failed, which is mostly the RPC's."""
        self._health.failed(problem)

    @property
    def outage_s(self) -> float:
        """Seconds without the chain since the start."""
        return self._health.outage_s

    def noticed(self, events: Iterable[Event]) -> None:
        """Takes in what happened in cases."""
        for event in events:
            args = event.args
            if event.name == "CaseClosed":
                self._closed(args["id"], Outcome(min(args["outcome"], max(Outcome))))
            elif event.name == "SeatSettled" and args["verifier"] == self._us:
                self._share(args["id"], args["fee"], args["penalty"])
            elif event.name == "CrankPaid" and args["account"] == self._us:
                self._share(args["id"], args["amount"], 0)
            elif event.name == "ChallengeSettled" and args["challenger"] == self._us:
                self._share(args["id"], 0, args["bond"] - args["returned"])
            elif event.name == "CaseResolved" and args["challenger"] == self._us:
                self._share(args["id"], args["toChallenger"], 0)

    def _share(self, case_id: bytes, earned: int, lost: int) -> None:
        share = self._shares.setdefault(case_id, Share())
        share.earned += earned
        share.lost += lost

    def _closed(self, case_id: bytes, outcome: Outcome) -> None:
        share = self._shares.pop(case_id, None)
        if share is None:  # none of ours
            return
        self.tally.money.earned += share.earned
        self.tally.money.lost += share.lost
        lost = f", lost {tokens(share.lost)}" if share.lost else ""
        self._journal.say(
            f"job 0x{case_id.hex()}: {_WORDS[outcome]}; earned {tokens(share.earned)}{lost}",
            "VERDICT",
            level=Level.ERROR if share.lost else Level.INFO,
            job=case_id,
            numbers={"earned": str(share.earned), "lost": str(share.lost)},
        )

    # ──────────────────────────────── telling ─────────────────────────────────

    def write(
        self, doing: str, claims: int, cases: int, duties: Iterable[Duty], *, now: bool = False
    ) -> None:
        """Replaces the status file, unless that was done a moment ago."""
        if not now and time.monotonic() - self._written < STATUS_S:
            return
        self._written = time.monotonic()
        try:
            file.write(self._home, self._status(doing, claims, cases, duties))
        except ChainError:  # not even the chain's id is known yet
            return
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else type(error).__name__
            text = f"the status file could not be written: {why}"
            self._journal.remark("status file", text, level=Level.WARNING)

    def _status(
        self, doing: str, claims: int, cases: int, duties: Iterable[Duty]
    ) -> VerifierStatus:
        return VerifierStatus(
            version=statusfile.VERSION,
            verifier=self._us,
            market=self._market.address,
            committee=self._committee.address,
            chain_id=self._market.connection.chain_id,
            pid=os.getpid(),
            started_at=self._started_at,
            written_at=int(time.time()),
            doing=doing,
            rpc=self._health.told(),
            claims=claims,
            cases=cases,
            counts=self._counts(),
            duties=tuple(duties)[:DUTIES_MAX],
        )

    def _counts(self) -> Counts:
        tally = self.tally
        return Counts(
            right=tally.right,
            wrong=tally.wrong,
            challenged=tally.challenged,
            committed=tally.committed,
            revealed=tally.revealed,
            missed=tally.missed,
            unavailable=tally.unavailable,
            cranks=tally.cranks,
            earned=str(tally.money.earned),
            lost=str(tally.money.lost),
        )


_WORDS = {
    Outcome.UPHELD: "its claim was upheld",
    Outcome.REJECTED: "its claim was rejected",
    Outcome.UNDECIDED: "its case ended without a majority; the claim stands",
    Outcome.ABANDONED: "its case was abandoned; bonds are back, nobody else is paid",
}
