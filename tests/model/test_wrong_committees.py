"""The test can fail where claims are judged, too: committees that are wrong in one small thing are
noticed, and soon (see test_wrong_models.py)."""

from dataclasses import replace

import pytest

from .committee import bills, rules, voting
from .committee.bills import Bill
from .committee.blocks import Blocks
from .committee.stakes import Stake, Stakes
from .committee.verdicts import Committee
from .committee.words import Case, Challenge, Docket, Outcome, Phase, Round
from .driver import run
from .errors import require, require_range
from .pair import Classes
from .rules import MAX_AMOUNT
from .words import NOBODY, ZERO32, Job, Request

EPISODES, STEPS = 48, 500


class CommitsByAnybody(Committee):
    def commit(
        self, caller: str, id_: bytes, seats: tuple[int, ...], commitments: tuple[bytes, ...]
    ) -> None:
        rounds = self.docket(id_).rounds[-1:]
        holders = [v for r in rounds for s, v in enumerate(r.verifiers) if s == [*seats, -1][0]]
        super().commit([*holders, caller][0], id_, seats, commitments)


class EarlyReveals(Committee):
    def reveal(self, caller: str, id_: bytes, *rest: object) -> None:
        head, now = self.docket(id_).head, self.now
        early = head.phase == Phase.VOTING and now < head.deadline
        self.market.now = head.deadline if early else now
        try:
            super().reveal(caller, id_, *rest)  # type: ignore[arg-type]
        finally:
            self.market.now = now


class SeatsCommitTwice(Committee):
    def commit(
        self, caller: str, id_: bytes, seats: tuple[int, ...], commitments: tuple[bytes, ...]
    ) -> None:
        if self.docket(id_).head.phase == Phase.VOTING:
            last = self.dockets[id_].rounds[-1]
            for seat in range(rules.MAX_SEATS):
                last.committed &= ~(1 << seat) if seat in seats else -1
        super().commit(caller, id_, seats, commitments)


class JoinsLater(Committee):
    def challenge(self, caller: str, request: Request, job: Job, seal: bytes) -> bytes:
        id_ = self.id_of(request)
        head = self.docket(id_).head
        round_, head.round = head.round, 0
        try:
            return super().challenge(caller, request, job, seal)
        finally:
            head.round = round_


class AuditsOfAll(Committee):
    def audit(self, caller: str, request: Request, job: Job) -> bytes:
        before, rules.is_drawn = rules.is_drawn, lambda *anything: True
        try:
            return super().audit(caller, request, job)
        finally:
            rules.is_drawn = before


class ChallengersAreTipped(Committee):
    def challenge(self, caller: str, request: Request, job: Job, seal: bytes) -> bytes:
        id_ = super().challenge(caller, request, job, seal)
        docket = self.dockets[id_]
        docket.opener = docket.opener if docket.opener != NOBODY else caller
        return id_


class SeedsOfYesterday(Committee):
    def is_missed(self, case: Case) -> bool:
        return super().is_missed(replace(case, epoch=self.epoch))


class EndlessDraws(Committee):
    def request_seed(self, id_: bytes, case: Case) -> None:
        super().request_seed(id_, case)
        case.deadline = self.now + rules.DRAW_FOR_S


class RedrawsAddUp(Committee):
    def appeal(self, caller: str, id_: bytes, job: Job) -> None:
        redraws = self.docket(id_).head.redraws
        super().appeal(caller, id_, job)
        self.dockets[id_].head.redraws = redraws


class AppealsBeforeAllIsHeard(Committee):
    def is_complete(self, docket: Docket) -> bool:
        return self.now >= docket.head.deadline


class AbandonsTooSoon(Committee):
    def abandon(self, caller: str, id_: bytes) -> None:
        record = self.market.record(id_)
        state, record.state = record.state, 0
        try:
            super().abandon(caller, id_)
        finally:
            record.state = state


class LeavingIsSpared(Committee):
    def punish(self, owner: str, penalty: int) -> int:
        return super().punish(owner, min(penalty, self.staked(owner)))


class SmallStakesStay(Committee):
    def unstake(self, caller: str, amount: int) -> None:
        least, self.min_stake = self.min_stake, 0
        try:
            super().unstake(caller, amount)
        finally:
            self.min_stake = least


class StakesOfSomeSizeAlone(Committee):
    def unstake(self, caller: str, amount: int) -> None:
        rest = self.staked(caller) - amount
        if rest == 0:
            require_range("stake", rest, self.min_stake, MAX_AMOUNT)
        super().unstake(caller, amount)


class SeatsRevealOnce(Committee):
    def reveal(self, caller: str, id_: bytes, seats: tuple[int, ...], *rest: object) -> None:
        if self.docket(id_).head.phase == Phase.VOTING:
            revealed = self.dockets[id_].rounds[-1].revealed
            for seat in seats:
                once = seat >= rules.MAX_SEATS or not revealed >> seat & 1
                require(once, "SeatNotOpen", id_, seat)
        super().reveal(caller, id_, seats, *rest)  # type: ignore[arg-type]


class ForgottenEvent(Committee):
    def emit(self, name: str, *values: object) -> None:
        if name != "CrankPaid":
            super().emit(name, *values)


WRONG_STEPS = {
    "commit by anybody": CommitsByAnybody,
    "reveal while others commit": EarlyReveals,
    "second commit": SeatsCommitTwice,
    "challenge that joins a later round": JoinsLater,
    "audit without the lottery": AuditsOfAll,
    "tip of a challenger": ChallengersAreTipped,
    "seed that outlives its epoch": SeedsOfYesterday,
    "draws without an end": EndlessDraws,
    "redraws that add up over rounds": RedrawsAddUp,
    "appeal before all is heard": AppealsBeforeAllIsHeard,
    "case abandoned while the market waits": AbandonsTooSoon,
    "penalty that spares what leaves": LeavingIsSpared,
    "rest of a stake that is too small": SmallStakesStay,
    "last stake that stays": StakesOfSomeSizeAlone,
    "reveal that another one stops": SeatsRevealOnce,
    "forgotten event": ForgottenEvent,
}


def weighs_at_once(self: Stake, amount: int, epoch: int) -> None:
    self.staked += amount
    self.before, self.changed = self.staked, epoch


def turned_around(self: Stakes, ticket: int) -> str:
    number = ticket % self.total_active()
    for owner, stake in reversed(self.stakes.items()):
        number -= stake.active(self.epoch)
        if number < 0:
            return owner
    raise AssertionError


def same_in_every_round(seed: bytes, id_: bytes, round_: int, seat: int) -> int:
    return ticket_of(seed, id_, 0, seat)


at, require_lists = Blocks.at, voting.require_lists
ticket_of, winner_of, settle = rules.ticket_of, bills.winner_of, bills.settle
outcome_of, settle_challenges = bills.outcome_of, bills.settle_challenges


def most_of_the_revealed(round_: Round) -> bytes:
    spoken = [vote for seat, vote in enumerate(round_.votes) if round_.spoke(seat)]
    heard = Round(revealed=2 ** len(spoken) - 1, votes=spoken)
    return winner_of(heard)


def deaf_to_the_last(round_: Round) -> bytes:
    return winner_of(replace(round_, votes=round_.votes[:-1]))


def last_right_challenger(docket: Docket, *claim: object) -> Bill:
    turned = replace(docket, challenges=docket.challenges[::-1])
    bill = outcome_of(turned, *claim)  # type: ignore[arg-type]
    first = outcome_of(docket, *claim)  # type: ignore[arg-type]
    return bill if bill.outcome == Outcome.REJECTED else first


def without_penalties(*args: object) -> None:
    settle(*args[:-1], lambda *anybody: 0)  # type: ignore[arg-type]


def one_tip_for_all_rounds(
    bill: Bill, docket: Docket, id_: bytes, case_fee: int, *rest: object
) -> None:
    settle(bill, docket, id_, case_fee, *rest)  # type: ignore[arg-type]
    tip = rules.fees_of(case_fee, docket.head.first_seats).tip
    if bill.cranks:
        bill.cranks[-1] = bill.cranks[-1][0], tip


def rest_to_requester(bill: Bill, *rest: object) -> None:
    settle(bill, *rest)  # type: ignore[arg-type]
    bill.to_requester, bill.to_provider = bill.to_requester + bill.to_provider, 0


def no_repayment(bill: Bill, *rest: object) -> None:
    settle(bill, *rest)  # type: ignore[arg-type]
    lost = sum(repaid for _, _, repaid in bill.appeals)
    bill.appeals = [(who, returned, 0) for who, returned, _ in bill.appeals]
    bill.burned += lost


def silence_is_wrong(bill: Bill, docket: Docket, *rest: object) -> None:
    """All penalties in one pool."""
    settle(bill, docket, *rest)  # type: ignore[arg-type]
    silent = sum(lost for seat, _, lost in bill.seats if seat.vote is None)
    right = [i for i, (seat, _, _) in enumerate(bill.seats) if seat.vote == bill.winner]
    if silent and right:
        bill.burned -= silent
        seat, fee, lost = bill.seats[right[0]]
        bill.seats[right[0]] = seat, fee + silent, lost


def all_bonds_return(bill: Bill, docket: Docket, *rest: object) -> None:
    settle_challenges(bill, docket, *rest)  # type: ignore[arg-type]
    if bill.outcome == Outcome.REJECTED:
        bill.challenges, bill.burned = [(one, one.bond) for one in docket.challenges], 0


def even_empty_ones(seats: tuple[int, ...], other: tuple[bytes, ...]) -> None:
    if seats or other:
        require_lists(seats, other)


def right_by_chance(challenge: Challenge, id_: bytes, winner: bytes) -> bool:
    return bills.seal_over(challenge.challenger, id_, winner) != ZERO32


WRONG_RULES = {
    "stake that weighs at once": (Stake, "change", weighs_at_once),
    "verifiers in another order": (Stakes, "holder", turned_around),
    "same seats in every round": (rules, "ticket_of", same_in_every_round),
    "hashes of 256 blocks": (Blocks, "at", lambda s, n, now: at(Blocks(False), n, now)),
    "majority of those who reveal": (bills, "winner_of", most_of_the_revealed),
    "last seat that counts for nothing": (bills, "winner_of", deaf_to_the_last),
    "latest right challenger": (bills, "outcome_of", last_right_challenger),
    "any seal": (bills, "is_right", right_by_chance),
    "no penalties": (bills, "settle", without_penalties),
    "one tip for closing all rounds": (bills, "settle", one_tip_for_all_rounds),
    "bonds that pay the requester": (bills, "settle", rest_to_requester),
    "appeal that is not repaid": (bills, "settle", no_repayment),
    "penalties for silence that others get": (bills, "settle", silence_is_wrong),
    "wrong challenges that return": (bills, "settle_challenges", all_bonds_return),
    "size of a tip": (rules, "TIP_PERCENT", 4),
    "size of a challenge": (rules, "CHALLENGE_PERCENT", 11),
    "size of a penalty": (rules, "PENALTY_FEES", 4),
    "seventeenth challenge": (rules, "MAX_CHALLENGES", 17),
    "fourth redraw": (rules, "MAX_REDRAWS", 4),
    "seed of the next block": (rules, "SEED_DELAY", 1),
    "time for reveals": (rules, "REVEAL_FOR_S", 2 * 3600 + 1),
    "time for appeals": (rules, "APPEAL_FOR_S", 6 * 3600 + 1),
    "time for draws": (rules, "DRAW_FOR_S", 4 * 3600 - 1),
    "shortest time for commits": (rules, "MIN_COMMIT_FOR_S", 3601),
    "longest case": (rules, "MAX_CASE_FOR_S", 28 * 86_400 + 1),
    "stake that leaves a second early": (rules, "LEAVES_FOR_S", 29 * 86_400 - 1),
    "more rounds": (rules, "rounds_of", lambda seats: 5 - rules.FIRST_SEATS.index(seats)),
    "empty lists": (voting, "require_lists", even_empty_ones),
}


def require_noticed(committee: type[Committee]) -> None:
    for seed in range(1, 2 * EPISODES, 2):
        if run(seed, STEPS, Classes(committee=committee)).divergence:
            return
    pytest.fail("model and contracts agree")


@pytest.mark.parametrize("wrong", WRONG_STEPS)
def test_a_committee_with_a_wrong_step_is_noticed(wrong: str) -> None:
    require_noticed(WRONG_STEPS[wrong])


@pytest.mark.parametrize("wrong", WRONG_RULES)
def test_a_committee_with_a_wrong_rule_is_noticed(
    wrong: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(*WRONG_RULES[wrong])
    require_noticed(Committee)
