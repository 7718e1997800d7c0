"""The committee's books, rebuilt from events alone, and held against what it owns and stores.

Beside its own events it needs the market's records (`..audit`) and the timestamps of blocks.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

from ..audit import Audit
from ..rules import SINK
from ..words import ZERO32
from . import rules
from .stakes import Stake
from .treasury import Purse
from .verdicts import Committee
from .words import Case, Challenge, Docket, Outcome, Phase, Round, Verifier

PREFIX = "committee."


@dataclass
class Till:
    """What a case has taken in and paid out in the transaction that closes it."""

    income: int = 0  # from the market
    penalties: int = 0
    forfeited: int = 0
    paid: int = 0


class CommitteeAudit:
    """A ledger and all cases."""

    def __init__(self, address: str, market: Audit) -> None:
        self.address, self.market = address, market
        self.now = 0
        self.purses: defaultdict[str, Purse] = defaultdict(Purse)
        self.stakes: dict[str, Stake] = {}
        self.dockets: dict[bytes, Docket] = {}
        self.held: Counter[bytes] = Counter()  # by case: challenge bonds and prepaid rounds
        self.tills: defaultdict[bytes, Till] = defaultdict(Till)
        self.given = 0  # by other resolvers' verdicts

    def read(self, event: tuple[object, ...], now: int) -> None:
        """Follow one event, of either contract, in a block of that time."""
        name, *values = event
        self.now = now
        if name == "CaseResolved":
            self.on_market(*values)
        elif str(name).startswith(PREFIX):
            getattr(self, f"on_{str(name).removeprefix(PREFIX)}")(*values)

    def check(self, committee: Committee, owners: Iterable[str], now: int) -> None:
        """Compare with the committee's balance in the market, and with what it stores."""
        self.now = now
        for owner in owners:
            stored, told = committee.verifier(owner), self.verifier(owner)
            assert stored == told, f"{owner}: storage {stored}, events tell {told}"
        owed = sum(purse.free + purse.leaving for purse in self.purses.values())
        owed += sum(stake.staked for stake in self.stakes.values()) + self.held.total()
        has = self.market.accounts[self.address].free
        assert has == owed + self.given, f"committee has {has}, owes {owed}, given {self.given}"
        for id_, docket in self.dockets.items():
            stored = committee.dockets[id_]
            assert docket == stored, f"storage {stored}, events tell {docket}"

    def verifier(self, owner: str) -> Verifier:
        purse, stake = self.purses[owner], self.stakes.get(owner)
        money = (purse.leaving, purse.matures_at)
        if stake is None:
            return Verifier(purse.free, 0, 0, *money)
        active, place = stake.active(self.now // rules.EPOCH_S), [*self.stakes].index(owner) + 1
        return Verifier(purse.free, active, stake.staked, *money, place)

    def burned(self) -> int:
        """What nobody can spend any more."""
        return self.purses[SINK].free

    # ───────────────────────────── ledger and stake ──────────────────────────

    def on_Deposited(self, owner: str, amount: int) -> None:
        self.purses[owner].free += amount

    def on_Withdrawn(self, owner: str, to: str, amount: int) -> None:
        self.purses[owner].free -= amount

    def on_Staked(self, owner: str, amount: int, place: int, epoch: int) -> None:
        self.purses[owner].free -= amount
        self.stakes.setdefault(owner, Stake()).change(amount, epoch - 1)
        assert [*self.stakes][place - 1] == owner, "another place in the tree"

    def on_Unstaked(self, owner: str, amount: int, epoch: int, matures_at: int) -> None:
        self.stakes[owner].change(-amount, epoch - 1)
        self.purses[owner].leaving += amount
        self.purses[owner].matures_at = matures_at

    def on_StakeWithdrawn(self, owner: str, amount: int) -> None:
        purse = self.purses[owner]
        purse.leaving -= amount
        purse.matures_at = 0
        purse.free += amount

    # ────────────────────────────────── cases ────────────────────────────────

    def on_CaseOpened(
        self,
        id_: bytes,
        requester: str,
        provider: str,
        policy: bytes,
        opener: str,
        audited: bool,
    ) -> None:
        assert id_ not in self.dockets, "a second case"
        job = self.market.jobs[id_]
        assert (job.requester, job.provider) == (requester, provider)
        seats, _ = rules.read_policy(policy)
        head = Case(first_seats=seats, commit_for=rules.commit_for(job.run_for))
        docket = Docket(head)
        docket.opener = opener if audited else docket.opener
        self.dockets[id_] = docket
        self.begin(docket)

    def on_Challenged(self, id_: bytes, challenger: str, seal: bytes, bond: int) -> None:
        docket, job = self.dockets[id_], self.market.jobs[id_]
        assert bond == rules.challenge_bond(job.case_fee, job.bond), "another bond"
        docket.challenges.append(Challenge(challenger, bond, seal))
        docket.head.challenges += 1
        self.purses[challenger].free -= bond
        self.held[id_] += bond

    def on_SeedRequested(self, id_: bytes, round_: int, seed_block: int, epoch: int) -> None:
        head = self.dockets[id_].head
        head.redraws = head.redraws + 1 if head.seed_block else 0
        head.seed_block, head.epoch = seed_block, epoch
        assert round_ == head.round, "another round's seed"

    def on_SeatsDrawn(
        self,
        id_: bytes,
        round_: int,
        seed: bytes,
        drawer: str,
        commit_until: int,
        verifiers: tuple[str, ...],
    ) -> None:
        docket = self.dockets[id_]
        last, head = docket.rounds[round_], docket.head
        assert len(verifiers) == rules.seats_of(head.first_seats, round_), "too many seats"
        last.drawer, last.verifiers = drawer, [*verifiers]
        last.votes = [ZERO32] * len(verifiers)
        head.phase, head.deadline = Phase.VOTING, commit_until

    def on_VoteCommitted(
        self, id_: bytes, verifier: str, round_: int, seat: int, commitment: bytes
    ) -> None:
        last = self.dockets[id_].rounds[round_]
        assert last.verifiers[seat] == verifier, "somebody else's seat"
        assert not last.committed >> seat & 1, "committed twice"
        last.committed |= 1 << seat
        last.votes[seat] = commitment

    def on_VoteRevealed(self, id_: bytes, round_: int, seat: int, vote: bytes) -> None:
        last = self.dockets[id_].rounds[round_]
        assert not last.spoke(seat), "revealed twice"
        last.revealed |= 1 << seat
        last.votes[seat] = vote

    def on_CaseAppealed(self, id_: bytes, appellant: str, round_: int, prepaid: int) -> None:
        docket = self.dockets[id_]
        docket.rounds.append(Round(appellant=appellant, prepaid=prepaid))
        docket.head.round = round_
        assert len(docket.rounds) == round_ + 1, "a round was left out"
        self.purses[appellant].free -= prepaid
        self.held[id_] += prepaid
        self.begin(docket)

    def begin(self, docket: Docket) -> None:
        docket.head = replace(docket.head, phase=Phase.DRAWING, redraws=0, seed_block=0)
        docket.head.deadline = self.now + rules.DRAW_FOR_S

    # ───────────────────────────── what a case paid ──────────────────────────

    def on_market(
        self,
        id_: bytes,
        resolver: str,
        challenger: str,
        rejected: bool,
        timed_out: bool,
        to_resolver: int,
        to_challenger: int,
        fee_refund: int,
        window_end: int,
    ) -> None:
        if resolver == self.address:
            self.tills[id_].income += to_resolver
        if challenger == self.address:
            self.given += to_challenger

    def on_CrankPaid(self, id_: bytes, owner: str, amount: int) -> None:
        self.pay(id_, owner, amount)

    def on_SeatSettled(
        self, id_: bytes, verifier: str, round_: int, seat: int, fee: int, penalty: int
    ) -> None:
        last = self.dockets[id_].rounds[round_]
        assert last.verifiers[seat] == verifier, "somebody else's seat"
        assert last.spoke(seat) or not fee, "paid for silence"
        self.pay(id_, verifier, fee)
        self.tills[id_].penalties += penalty
        stake, purse = self.stakes[verifier], self.purses[verifier]
        from_stake = min(penalty, stake.staked)
        stake.change(-from_stake, self.now // rules.EPOCH_S)
        purse.leaving -= penalty - from_stake
        assert purse.leaving >= 0, "a penalty beyond all stake"

    def on_ChallengeSettled(self, id_: bytes, challenger: str, bond: int, returned: int) -> None:
        assert returned in (0, bond), "a part of a bond"
        self.pay(id_, challenger, returned)
        self.tills[id_].forfeited += bond - returned

    def on_AppealSettled(
        self, id_: bytes, appellant: str, round_: int, returned: int, repaid: int
    ) -> None:
        prepaid = self.dockets[id_].rounds[round_].prepaid
        assert 0 <= returned <= prepaid, "more than was prepaid"
        assert returned + repaid <= prepaid, "a profit from an appeal"
        self.pay(id_, appellant, returned + repaid)

    def on_CaseClosed(
        self,
        id_: bytes,
        requester: str,
        provider: str,
        outcome: int,
        winner: bytes,
        income: int,
        to_requester: int,
        to_provider: int,
        burned: int,
    ) -> None:
        self.pay(id_, requester, to_requester)
        self.pay(id_, provider, to_provider)
        self.pay(id_, SINK, burned)
        till = self.tills.pop(id_)
        took = till.income + till.penalties + self.held.pop(id_, 0)
        assert took == till.paid, f"took {took}, paid {till.paid}"
        forfeits = outcome == Outcome.UPHELD and self.dockets[id_].challenges
        assert income == (till.forfeited if forfeits else till.income), "another income"
        assert bool(till.penalties) <= (winner != ZERO32), "a penalty without a winner"
        if outcome == Outcome.ABANDONED:
            assert not any((till.income, till.forfeited, till.penalties)), "not all returned"
        self.dockets[id_].head.phase = Phase.CLOSED

    def pay(self, id_: bytes, owner: str, amount: int) -> None:
        self.purses[owner].free += amount
        self.tills[id_].paid += amount
