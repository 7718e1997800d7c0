"""The test can fail: models that are wrong in one small thing are noticed, and soon.

Each wrong model is driven like the right one. If one of them agreed with the contracts, either the
contracts would share its mistake, or the driver would not look where it is.
"""

from dataclasses import replace

import pytest

from . import demands, offers, rules, validity
from .driver import Episode, explain, run
from .errors import require
from .hashing import job_id, offer_digest
from .keys import recover
from .market import Market
from .pair import Classes
from .rules import Rejection, Slash, rejection, release_slash, unit_price
from .signers import Signers
from .words import ZERO32, Job, Offer, Request, State

EPISODES, STEPS = 48, 500


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


class OffersBindOnceMore(Market):
    def require_usable(self, offer: Offer, signature: bytes) -> bytes:
        digest = offer_digest(self.domain, offer)
        self.offer_uses[digest] = self.offer_uses.get(digest, 0) - 1
        try:
            return super().require_usable(offer, signature)
        finally:
            self.offer_uses[digest] += 1


class RevokedOffersBind(Market):
    def cancel_offer(self, caller: str, offer: Offer) -> None:
        uses = {**self.offer_uses}
        super().cancel_offer(caller, offer)
        self.offer_uses = uses


class CountersForgotten(Market):
    def require_counter(self, author: str, given: int) -> None:
        pass


class RevokedRequestsComeBack(Market):
    def cancel(self, caller: str, request: Request) -> None:
        super().cancel(caller, request)
        if self.events[-1][0] == "OrderCancelled":
            del self.records[job_id(self.domain, request)]


class FilledWithTip(Market):
    def bind(self, request: Request, provider: str, price: int, tip: int) -> Job:
        return super().bind(request, provider, price, request.tip)


class TipToProvider(Market):
    def match_orders(self, caller: str, request: Request, *rest: object) -> bytes:
        id_ = super().match_orders(caller, request, *rest)
        self.accounts[caller].free -= request.tip
        self.accounts[self.records[id_].job.provider].free += request.tip
        return id_


class SignaturesUnchecked(Market):
    def require_signed(self, signer: str, digest: bytes, signature: bytes) -> None:
        pass


class OffersAskedEveryTime(Market):
    def require_usable(self, offer: Offer, signature: bytes) -> bytes:
        self.known.clear()
        return super().require_usable(offer, signature)


class OffersKnownForEver(Market):
    def begin(self, now: int, block: int) -> None:
        known = {*self.known}
        super().begin(now, block)
        self.known |= known


class BatchStopsAtRefusal(Market):
    def attempt(self, number: int, id_: bytes, call: object, *args: object) -> None:
        if not any(event[0] == "EntrySkipped" for event in self.events):
            super().attempt(number, id_, call, *args)


class AnybodyActs(Market):
    def require_acts_for(self, caller: str, owner: str) -> None:
        pass


class NobodyElseActs(Market):
    def require_acts_for(self, caller: str, owner: str) -> None:
        require(caller == owner, "NotAllowed", caller, owner)


class DelegateApproves(Market):
    def approve(self, caller: str, id_: bytes, job: Job, root: bytes, total_units: int) -> None:
        if self.delegates.get(job.requester) == caller:
            caller = job.requester
        super().approve(caller, id_, job, root, total_units)


class DemandsAgain(Market):
    def demand(self, caller: str, id_: bytes, job: Job, pairs: tuple[int, ...]) -> None:
        if job == self.record(id_).job and rules.unanswered(job) == 0:
            job = replace(job, demand_hash=ZERO32)
            self.records[id_].job = job
        super().demand(caller, id_, job, pairs)


class WindowsStay(Market):
    def answer(self, caller: str, id_: bytes, job: Job, *rest: object) -> None:
        super().answer(caller, id_, job, *rest)
        self.records[id_].job = replace(self.records[id_].job, window_end=job.window_end)


class PaidInSpiteOfDemand(Market):
    def finalize(self, caller: str, id_: bytes, job: Job, root: bytes, total_units: int) -> None:
        self.require_record(id_, job, State.CLAIMED)
        self.require_from(job.window_end)
        self.require_before(rules.grace_end(job))
        self.settle(id_, job, root, total_units, approved=False)


class VoidWaitsForTheGrace(Market):
    def void(self, caller: str, id_: bytes, job: Job) -> None:
        self.require_record(id_, job, State.CLAIMED)
        self.require_from(rules.grace_end(job))
        super().void(caller, id_, job)


class ChallengerKeepsTheFee(Market):
    def uphold(
        self, id_: bytes, job: Job, challenger: str, to_resolver: int, *, timed_out: bool
    ) -> None:
        to_resolver = 0 if timed_out else job.case_fee
        super().uphold(id_, job, challenger, to_resolver, timed_out=timed_out)


class CasesComeTwice(Market):
    def dispute(self, caller: str, id_: bytes, job: Job) -> None:
        if job.case_done and job == self.record(id_).job:
            job = replace(job, window_end=self.now + 1)
            self.records[id_].job = job
        super().dispute(caller, id_, job)


class AnybodyJudges(Market):
    def resolve(self, caller: str, id_: bytes, job: Job, *rest: object) -> None:
        super().resolve(job.resolver, id_, job, *rest)


class WindowsStayAfterCases(Market):
    def uphold(self, id_: bytes, job: Job, *rest: object, **more: object) -> None:
        super().uphold(id_, job, *rest, **more)
        self.records[id_].job = replace(self.records[id_].job, window_end=job.window_end)


class AnswersMoveJudgedWindows(Market):
    def answer(self, caller: str, id_: bytes, job: Job, *rest: object) -> None:
        super().answer(caller, id_, job, *rest)
        shown = self.records[id_].job
        if shown.answered == rules.ALL_ANSWERED:
            end = max(shown.window_end, self.now + job.challenge_for // 2)
            self.records[id_].job = replace(shown, window_end=end)


class SilentUntilACaseEnds(Market):
    def answer(self, caller: str, id_: bytes, job: Job, *rest: object) -> None:
        self.require_state(id_, State.CLAIMED)
        super().answer(caller, id_, job, *rest)


class PermitsMustBeGood(Market):
    def deposit_with_permit(self, caller: str, amount: int, *signed: object) -> None:
        allowed = dict(self.token.allowances)
        self.token.permit(self.address, caller, self.address, amount, *signed)
        self.token.nonces[caller] -= 1
        self.token.allowances.update(allowed)
        super().deposit_with_permit(caller, amount, *signed)


class PermitsForEver(Market):
    def deposit_with_permit(self, caller: str, amount: int, *signed: object) -> None:
        nonce = self.token.nonces[caller]
        super().deposit_with_permit(caller, amount, *signed)
        self.token.nonces[caller] = nonce


WRONG_STEPS = {
    "offer used once too often": OffersBindOnceMore,
    "revoked offer that binds": RevokedOffersBind,
    "counter that revokes nothing": CountersForgotten,
    "revoked request that comes back": RevokedRequestsComeBack,
    "tip of a filled request": FilledWithTip,
    "tip that the provider gets": TipToProvider,
    "signature of anybody": SignaturesUnchecked,
    "offer whose key is asked for each entry": OffersAskedEveryTime,
    "offer whose key is known in later transactions": OffersKnownForEver,
    "batch that stops at a refusal": BatchStopsAtRefusal,
    "claim or answer by anybody": AnybodyActs,
    "delegate that may do nothing": NobodyElseActs,
    "delegate that approves": DelegateApproves,
    "second demand": DemandsAgain,
    "last answer that leaves no time": WindowsStay,
    "payment in spite of a demand": PaidInSpiteOfDemand,
    "void that waits for the grace": VoidWaitsForTheGrace,
    "fee of a failed challenge": ChallengerKeepsTheFee,
    "second case": CasesComeTwice,
    "verdict of anybody": AnybodyJudges,
    "window that a verdict leaves open": WindowsStayAfterCases,
    "answer that moves a judged window": AnswersMoveJudgedWindows,
    "answer that waits for a verdict": SilentUntilACaseEnds,
    "permit that must be good": PermitsMustBeGood,
    "permit that can be used again": PermitsForEver,
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


def unchallenged(job: Job, challenged: bool) -> Rejection:
    return rejection(job, True)


def feeless(job: Job, challenged: bool) -> Rejection:
    return Rejection(0, *rejection(replace(job, case_fee=0), challenged)[1:])


def rounded_up(request: Request, now: int) -> int:
    exact = unit_price(request, now)
    rising = request.ramp_start < now < request.ramp_end
    return min(exact + rising, request.max_unit_price)


def uncapped(job: Job, units: int) -> int:
    return rules.price_of(job.flat, units, job.unit_price)


def by_any_spelling(self: Signers, signer: str, digest: bytes, signature: bytes) -> bool:
    return len(signature) == 65 and recover(digest, signature) == signer


def by_no_code(*anything: object) -> bool:
    return False


def lock_without_half_a_window(request: Request) -> int:
    return request.challenge_for + rules.ANSWER_FOR_S + request.case_for + rules.GRACE_S


def all_fits(*anything: object) -> None:
    pass


def last_lone(index: int, size: int) -> tuple[str, ...]:
    """Sides of a tree whose last lone node is paired with a copy of itself."""
    return tuple("left" if index >> i & 1 else "right" for i in range((size - 1).bit_length()))


WRONG_RULES = {
    "other spelling of a signature": (Signers, "by_key", by_any_spelling),
    "wallets that bind nobody": (Signers, "by_code", by_no_code),
    "offers without limits": (offers, "require_fits", all_fits),
    "lock without half a window": (offers, "lock_for", lock_without_half_a_window),
    "answer time of an hour": (rules, "ANSWER_FOR_S", rules.HOUR_S),
    "ninth pair": (rules, "MAX_PAIRS", 9),
    "fees that nobody gets back": (rules, "unanswered", lambda job: 0),
    "other shape of a tree": (demands, "sides", last_lone),
    "any chunk": (demands, "chunk_root", lambda chunk, *place: bytes(32)),
    "sums without end": (demands, "OVERFLOW", 0),
    "reward of the caller": (rules, "CALLER_PERCENT", 2),
    "penalty of an expired job": (rules, "EXPIRE_PERCENT", 24),
    "release that burns nothing": (rules, "release_slash", unburned),
    "share of a challenger that nobody is": (rules, "rejection", unchallenged),
    "rejected claim that pays for no case": (rules, "rejection", feeless),
    "ramp rounded up": (rules, "unit_price", rounded_up),
    "payment beyond maxUnits": (rules, "payment", uncapped),
    "grace of an hour": (rules, "GRACE_S", rules.HOUR_S),
    "list that admits anybody": (rules, "is_allowed", lambda *anybody: True),
    "bound on a tip": (validity, "TIP_SHARE", 41),
    "longest run": (validity, "MAX_RUN_FOR_S", 30 * rules.DAY_S + 1),
}


def divergence(model_class: type[Market], steps: int = STEPS) -> Episode:
    """The first episode in which such a model is noticed."""
    for seed in range(0, 2 * EPISODES, 2):
        episode = run(seed, steps, Classes(market=model_class))
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
    text = explain(divergence(ApprovedByAnybody, steps=100))
    calls = [line for line in text.splitlines() if line.startswith("  t=")]
    assert "NotAllowed" in text
    assert 2 <= len(calls) <= 12
    starts = ("accept", "matchOrders", "matchBatch", "fill", "fillAndClaim")
    assert any(f" {name}(" in text for name in starts)
    assert " approve(" in calls[-1]
