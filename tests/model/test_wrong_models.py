"""The test can fail: models that are wrong in one small thing are noticed, and soon.

Each wrong model is driven like the right one. If one of them agreed with the contracts, either the
contracts would share its mistake, or the driver would not look where it is.
"""

import pytest

from . import rules, validity
from .driver import Episode, explain, run
from .hashing import job_id
from .market import Market
from .rules import Slash, release_slash, unit_price
from .words import Job, Request, State

EPISODES, STEPS = 6, 500


class ApprovedByAnybody(Market):
    def approve(self, caller: str, id_: bytes, job: Job, root: bytes, total_units: int) -> None:
        super().approve(job.requester, id_, job, root, total_units)


class FinalizedForEver(Market):
    def finalize(self, caller: str, id_: bytes, job: Job, root: bytes, total_units: int) -> None:
        self.require_record(id_, job, State.CLAIMED)
        self.require_from(job.window_end)
        self.settle(id_, job, root, total_units, approved=False)


class CancelledIdsComeBack(Market):
    def cancel(self, caller: str, request: Request) -> None:
        super().cancel(caller, request)
        del self.records[job_id(self.domain, request)]


class BondsLeave(Market):
    def unstake(self, caller: str, amount: int) -> None:
        account = self.accounts[caller]
        bonded, account.bonded = account.bonded, 0
        try:
            super().unstake(caller, amount)
        finally:
            account.bonded = bonded


class BondsCountTwice(Market):
    def accept(self, caller: str, request: Request, proof: tuple[bytes, ...]) -> None:
        account = self.accounts[caller]
        bonded, account.bonded = account.bonded, 0
        try:
            super().accept(caller, request, proof)
        finally:
            account.bonded += bonded


class OneSecondMore(Market):
    def require_before(self, time: int) -> None:
        super().require_before(time + 1)


class StaleCooldown(Market):
    def unstake(self, caller: str, amount: int) -> None:
        matures_at = self.accounts[caller].matures_at
        super().unstake(caller, amount)
        self.accounts[caller].matures_at = matures_at or self.accounts[caller].matures_at


class ForgottenEvent(Market):
    def emit(self, name: str, *values: object) -> None:
        if name != "StakeWithdrawn":
            super().emit(name, *values)


class SwappedInEvent(Market):
    def emit(self, name: str, *values: object) -> None:
        if name == "JobSettled":
            values = (*values[:3], values[4], values[3], *values[5:])
        super().emit(name, *values)


WRONG_STEPS = {
    "approval by anybody": ApprovedByAnybody,
    "claim that is finalized after the grace": FinalizedForEver,
    "cancelled id that comes back": CancelledIdsComeBack,
    "stake that leaves with its bonds": BondsLeave,
    "stake that two jobs lock": BondsCountTwice,
    "second too many": OneSecondMore,
    "cooldown that does not restart": StaleCooldown,
    "forgotten event": ForgottenEvent,
    "swapped pair in an event": SwappedInEvent,
}


def unburned(job: Job, now: int) -> Slash:
    slash = release_slash(job, now)
    return Slash(slash.to_requester + slash.burned, 0, 0)


def rounded_up(request: Request, now: int) -> int:
    exact = unit_price(request, now)
    rising = request.ramp_start < now < request.ramp_end
    return min(exact + rising, request.max_unit_price)


def uncapped(job: Job, units: int) -> int:
    return rules.price_of(job.flat, units, job.unit_price)


WRONG_RULES = {
    "reward of the caller": (rules, "CALLER_PERCENT", 2),
    "penalty of an expired job": (rules, "EXPIRE_PERCENT", 24),
    "release that burns nothing": (rules, "release_slash", unburned),
    "ramp rounded up": (rules, "unit_price", rounded_up),
    "payment beyond maxUnits": (rules, "payment", uncapped),
    "grace of an hour": (rules, "GRACE_S", rules.HOUR_S),
    "list that admits anybody": (rules, "is_allowed", lambda *anybody: True),
    "bound on a tip": (validity, "TIP_SHARE", 41),
    "longest run": (validity, "MAX_RUN_FOR_S", 30 * rules.DAY_S + 1),
}


def divergence(model_class: type[Market]) -> Episode:
    """The first episode in which such a model is noticed."""
    for seed in range(EPISODES):
        episode = run(seed, STEPS, model_class)
        if episode.divergence:
            return episode
    pytest.fail("model and contracts agree")


@pytest.mark.parametrize("wrong", WRONG_STEPS)
def test_a_model_with_a_wrong_step_is_noticed(wrong: str) -> None:
    divergence(WRONG_STEPS[wrong])


@pytest.mark.parametrize("wrong", WRONG_RULES)
def test_a_model_with_a_wrong_rule_is_noticed(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(*WRONG_RULES[wrong])
    divergence(Market)


def test_a_divergence_is_explained_by_a_short_trace() -> None:
    """Whoever reads CI's log sees the calls that matter, the last of them the one that differs."""
    text = explain(divergence(ApprovedByAnybody))
    calls = [line for line in text.splitlines() if line.startswith("  t=")]
    assert "NotAllowed" in text
    assert 3 <= len(calls) <= 12
    names = [name for name in ("post", "accept", "submit", "approve") if f" {name}(" in text]
    assert names == ["post", "accept", "submit", "approve"]
    assert " approve(" in calls[-1]
