"""Who got what of a job, and who lost what: read from the events of market and committee."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from workbond.chain.abi import Event


@dataclass(frozen=True)
class Gain:
    """`amount` base units, negative if they were lost; `who` is a name of the demo, empty where
    it is nobody's any more (burned)."""

    who: str
    what: str
    amount: int

    def to_json(self) -> dict[str, str]:
        return {"who": self.who, "for": self.what, "amount": str(self.amount)}


def gains(events: Iterable[Event], requester: str, names: Mapping[str, str]) -> list[Gain]:
    """What one job's events, of both contracts and in their order, gave and took.

    Args:
        events: of the job.
        requester: its address.
        names: of the accounts, by address; others go by their address.
    """
    found: dict[tuple[str, str], int] = {}
    for event in events:
        read = _READERS.get(event.name)
        for account, what, amount in read({"requester": requester, **event.args}) if read else ():
            key = names.get(account, account), what
            found[key] = found.get(key, 0) + amount
    return [Gain(who, what, amount) for (who, what), amount in found.items() if amount]


Part = tuple[str, str, int]
NOBODY = ""


def _accepted(args: dict[str, Any]) -> Iterator[Part]:
    yield args["requester"], "its escrow, back", args["refund"]


def _settled(args: dict[str, Any]) -> Iterator[Part]:
    yield args["provider"], "its work", args["payment"]
    yield args["requester"], "its escrow, back", args["refund"]


def _voided(args: dict[str, Any]) -> Iterator[Part]:
    yield args["provider"], "its bond, lost", -args["slashed"]
    yield args["requester"], "its escrow, back", args["refund"]
    yield args["requester"], "the bond, for a job that failed", args["compensation"]
    yield args["caller"], "the bond, for ending the job", args["reward"]
    yield NOBODY, "the bond, burned", args["burned"]


def _resolved(args: dict[str, Any]) -> Iterator[Part]:
    yield args["challenger"], "the bond, as the first who was right", args["toChallenger"]
    yield args["requester"], "its case fee, back", args["feeRefund"]


def _cranked(args: dict[str, Any]) -> Iterator[Part]:
    yield args["account"], "turning cranks", args["amount"]


def _seated(args: dict[str, Any]) -> Iterator[Part]:
    yield args["verifier"], "seats", args["fee"]
    yield args["verifier"], "penalties of seats", -args["penalty"]


def _challenge_settled(args: dict[str, Any]) -> Iterator[Part]:
    yield args["challenger"], "its challenge's bond, lost", args["returned"] - args["bond"]


def _appeal_settled(args: dict[str, Any]) -> Iterator[Part]:
    yield args["appellant"], "its appeal, repaid by penalties", args["repaid"]


def _closed(args: dict[str, Any]) -> Iterator[Part]:
    yield args["requester"], "what the case left of its fee", args["toRequester"]
    yield args["provider"], "what the case left of the challenge's bond", args["toProvider"]
    yield NOBODY, "penalties and forfeits, burned", args["burned"]


_READERS = {
    "JobAccepted": _accepted,
    "JobSettled": _settled,
    "JobVoided": _voided,
    "CaseResolved": _resolved,
    "CrankPaid": _cranked,
    "SeatSettled": _seated,
    "ChallengeSettled": _challenge_settled,
    "AppealSettled": _appeal_settled,
    "CaseClosed": _closed,
}
