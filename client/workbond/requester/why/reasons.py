"""The coded reasons for which an open job may wait; docs/jobs.md has a table of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum

NOTHING_SEEN = (
    "nothing wrong can be seen; providers may be busy, or want more than they tell anybody"
)


class Code(Enum):
    """What a reason is about; the value is a short explanation.

    Names that a provider's `Misfit` has too mean the same there.
    """

    CLOSED = "nobody can accept it any more"
    PROFILE = "it is written for another execution profile than providers have"
    RESOLVER = "it names another resolver than nodes admit by default"
    POLICY = "its committee could not judge it, or nobody would be paid for it"
    SPEC = "its spec is invalid or contradicts the request"
    UNITS = "its tasks may use more units than it pays for"
    SIZE = "its outputs may exceed what nodes store by default"
    INPUTS = "its inputs can't be fetched"
    LOCK = "its challenge window locks the bond longer than nodes accept by default"
    DEADLINE = "it can't be finished in time in the worst case that nodes plan for"
    NOBODY = "no provider is known on this market"
    OFFLINE = "no provider that could take it is online"
    PROVIDERS = "it admits certain providers only"
    STAKE = "it asks for more than the stake that providers have free"
    REQUIREMENTS = "it requires more cores or memory than are offered, or another region"
    MEMORY = "its tasks may need more memory at once than providers give"
    PRICE = "it pays less than other jobs that were taken"
    BUSY = "the providers that could take it are executing other jobs"


class Weight(IntEnum):
    """How far a reason explains the waiting; lower is heavier."""

    SURE = 0
    """No known provider with default options takes the job as long as this holds."""
    LIKELY = 1
    """It probably explains the waiting."""
    PARTLY = 2
    """It keeps some providers away."""

    @property
    def label(self) -> str:
        return self.name.lower()


@dataclass(frozen=True)
class Reason:
    """One reason: a sentence with numbers (no final full stop), and what the requester can do."""

    code: Code
    weight: Weight
    text: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.code.name}: {self.text}"

    def to_json(self) -> dict[str, str]:
        return {
            "code": self.code.name,
            "weight": self.weight.label,
            "text": self.text,
            "remedy": self.remedy,
        }
