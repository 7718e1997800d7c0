"""Who opens a case, joins it, wants another round of it, and ends it."""

from contextlib import suppress

from . import rules
from .calls import Call
from .cast import ACTORS, EVERYBODY
from .committee import rules as courses
from .committee.bills import seal_over, winner_of
from .committee.blocks import hash_of
from .committee.words import Phase
from .errors import Refused
from .hashing import opening_digest
from .jobbers import Jobbers
from .rules import HOUR_S
from .words import NOBODY, ZERO32, State

FAR_S = 40 * rules.DAY_S


class Claimants(Jobbers):
    """Honest or not; they know what is true of a job, and what its provider sealed."""

    # ─────────────────────────────── what they know ──────────────────────────

    def sealed(self, id_: bytes) -> bytes:
        """The provider's own D."""
        return opening_digest(*self.opening(id_))

    def truth(self, id_: bytes) -> bytes:
        """The right D: the same for all who ask, of half of the jobs what was sealed."""
        return self.sealed(id_) if id_[0] % 2 else opening_digest(id_, 1)

    def untruth(self, id_: bytes) -> bytes:
        """The same wrong D for all who are paid to say so: what was sealed, if that is wrong."""
        return opening_digest(id_, 2) if id_[0] % 2 else self.sealed(id_)

    def judged(self, state: State) -> list[bytes]:
        """Jobs in that state whose resolver is the committee."""
        address = self.committee.address
        return [i for i in self.live(state) if self.last[i].resolver == address]

    def cases(self, *phases: Phase) -> list[bytes]:
        """Open ones, which the market holds open too."""
        dockets = self.committee.dockets
        return [i for i in self.judged(State.DISPUTED) if dockets[i].head.phase in phases]

    # ─────────────────────────────── open and join ───────────────────────────

    def challenge(self) -> Call | None:
        fresh = [i for i in self.openable() if not self.is_drawn(i) or self.rng.random() < 0.2]
        joinable = [i for i in self.cases(Phase.DRAWING, Phase.VOTING) if self.early(i)]
        crowded = [i for i in joinable if self.is_crowded(i)]
        ids = joinable if joinable and self.rng.random() < 0.5 else fresh
        ids = crowded if crowded and self.rng.random() < 0.8 else ids
        if not ids:
            return None
        id_ = self.rng.choice(ids)
        job, request = self.last[id_], self.requests[id_]
        bond = courses.challenge_bond(job.case_fee, job.bond)
        purses = self.committee.purses
        able = [a for a in ACTORS if purses[a].free >= bond]
        if not able and self.rng.random() < 0.8:
            return None
        challenger = self.rng.choice(able or ACTORS)
        digest = self.truth(id_)
        if self.rng.random() < 0.25:
            digest = self.rng.choice((self.sealed(id_), self.untruth(id_)))
        seal = seal_over(challenger, id_, digest)
        self.found[id_, challenger] = digest
        end = job.window_end if id_ in fresh else self.committee.dockets[id_].head.deadline
        at = self.near(end)
        return self.on_committee("challenge", challenger, request, job, seal, at=at)

    def early(self, id_: bytes) -> bool:
        head = self.committee.dockets[id_].head
        drawing = head.phase == Phase.DRAWING
        audited = self.committee.dockets[id_].opener != NOBODY
        if not self.is_crowded(id_) and (head.challenges > 3 or (audited and id_[4] % 4)):
            return False
        return head.round == 0 and (drawing or self.now < head.deadline)

    def is_crowded(self, id_: bytes) -> bool:
        """Few cases have more than some challengers."""
        return id_[1] % 20 == 0

    def audit(self) -> Call | None:
        """Anybody turns the crank, rather where the lottery has a chance."""
        ids = self.openable()
        drawn = [i for i in ids if self.is_drawn(i)]
        some = drawn if self.rng.random() < 0.9 else ids
        if not some:
            return None
        id_ = self.rng.choice(some)
        job = self.last[id_]
        known_from = job.claim_block + courses.SEED_DELAY + 1
        if self.rng.random() < 0.95:
            self.block = max(self.block, known_from)
        self.lose_blocks()
        at = self.near(job.window_end)
        caller = self.rng.choice(EVERYBODY)
        return self.on_committee("audit", caller, self.requests[id_], job, at=at)

    def openable(self) -> list[bytes]:
        """Claims whose cases have time enough, mostly."""
        ids = [i for i in self.judged(State.CLAIMED) if self.last[i].window_end > self.now]
        return ids if self.rng.random() < 0.04 else [i for i in ids if self.fits(i)]

    def fits(self, id_: bytes) -> bool:
        job = self.last[id_]
        with suppress(Refused):
            seats, _ = courses.read_policy(self.requests[id_].policy)
            course = courses.course_of(seats, job.run_for)
            return course <= job.case_for <= courses.MAX_CASE_FOR_S
        return False

    def is_drawn(self, id_: bytes) -> bool:
        """Whether the lottery has chosen the claim, or will."""
        rate = int.from_bytes(self.requests[id_].policy[-3:-1], "big")
        job = self.last[id_]
        block_hash = hash_of(job.claim_block + courses.SEED_DELAY)
        drawn = courses.is_drawn(block_hash, id_, job.seal, rate)
        return drawn or rate == courses.MAX_RATE

    def lose_blocks(self) -> None:
        """Now and then many pass, and hashes are forgotten."""
        if self.rng.random() < self.gaps:
            self.block += self.rng.choice((255, 256, 257, 300))
        if self.rng.random() < self.gaps / 20:
            self.block += self.rng.choice((8190, 8191, 8192))

    def forgotten(self, id_: bytes) -> bool:
        """Of some cases nobody draws the seats."""
        return id_[2] % 14 == 0

    def hopeless(self, id_: bytes) -> bool:
        """Nobody closes the case before the market loses its patience."""
        return self.case_end(id_) <= self.now or id_[3] % 6 == 0

    # ────────────────────────────── more, and the end ────────────────────────

    def appeal(self) -> Call | None:
        ids = [i for i in self.cases(Phase.VOTING) if self.complete(i)]
        further = [i for i in ids if len(self.committee.dockets[i].rounds) > 1]
        ids = further if further and self.rng.random() < 0.6 else ids
        wrong = [i for i in ids if self.wronged(i)]
        ids = wrong if wrong and self.rng.random() < 0.8 else ids
        if not ids:
            return None
        id_ = self.rng.choice(ids)
        head, job = self.committee.dockets[id_].head, self.last[id_]
        seats = courses.seats_of(head.first_seats, head.round + 1)
        if seats > courses.MAX_SEATS and self.rng.random() < 0.9:
            return None
        cost = courses.prepaid(courses.fees_of(job.case_fee, head.first_seats), seats)
        able = [a for a in ACTORS if self.committee.purses[a].free >= cost]
        if not able and self.rng.random() < 0.9:
            return None
        until = head.deadline + courses.REVEAL_FOR_S + courses.APPEAL_FOR_S
        at = self.near(until, patience_s=8 * HOUR_S)
        return self.on_committee("appeal", self.rng.choice(able or ACTORS), id_, job, at=at)

    def appealing(self, id_: bytes) -> bool:
        """Whether somebody will ask for another round."""
        docket = self.committee.dockets[id_]
        last = len(docket.rounds) == courses.rounds_of(docket.head.first_seats)
        return not last and self.complete(id_) and self.wronged(id_)

    def wronged(self, id_: bytes) -> bool:
        """Whether the last tally has another winner than the truth."""
        winner = winner_of(self.committee.dockets[id_].rounds[-1])
        return winner not in (ZERO32, self.truth(id_))

    def complete(self, id_: bytes) -> bool:
        """Whether an appeal is possible now."""
        docket = self.committee.dockets[id_]
        last, deadline = docket.rounds[-1], docket.head.deadline
        until = deadline + courses.REVEAL_FOR_S + courses.APPEAL_FOR_S
        heard = last.revealed == last.committed or self.now >= deadline + courses.REVEAL_FOR_S
        return deadline <= self.now < until and heard

    def close_case(self) -> Call | None:
        """Once nothing more can come, or a second before."""
        some = {i: self.closable_from(i) for i in self.cases(Phase.DRAWING, Phase.VOTING)}
        if self.rng.random() < 0.98:
            some = {i: from_ for i, from_ in some.items() if not self.hopeless(i)}
            some = {i: from_ for i, from_ in some.items() if not self.appealing(i)}
        ids = [i for i, from_ in some.items() if from_ <= self.now]
        if not ids and self.rng.random() < 0.3:
            ids = [i for i in some if self.complete(i) or self.forgotten(i) or self.closing(i)]
        if not ids and some and self.rng.random() < 0.02:
            ids = [*some]
        if not ids:
            return None
        id_ = self.rng.choice(ids)
        at = self.near(some[id_], patience_s=9 * HOUR_S)
        return self.on_committee("close", self.rng.choice(EVERYBODY), id_, self.last[id_], at=at)

    def closing(self, id_: bytes) -> bool:
        """Whether the last round that a case can have waits for its reveals."""
        head = self.committee.dockets[id_].head
        last = courses.seats_of(head.first_seats, head.round) == courses.MAX_SEATS
        return last and head.phase == Phase.VOTING and self.now >= head.deadline

    def closable_from(self, id_: bytes) -> int:
        """When, by the clock, a case can be closed at the latest."""
        head = self.committee.dockets[id_].head
        if head.phase == Phase.DRAWING:
            hopeless = self.committee.total_active() == 0
            return self.now if hopeless else head.deadline
        last = courses.seats_of(head.first_seats, head.round) == courses.MAX_SEATS
        if last and self.complete(id_):
            return self.now
        return head.deadline + courses.REVEAL_FOR_S + (0 if last else courses.APPEAL_FOR_S)

    def overrun(self) -> Call | None:
        """The committee was too slow, and the market says so."""
        ids = sorted(filter(self.hopeless, self.judged(State.DISPUTED)), key=self.case_end)
        over = [i for i in ids if self.case_end(i) <= self.now]
        if not over and (not ids or self.rng.random() < 0.95):
            return None
        id_ = self.rng.choice(over or ids[:1])
        at = self.near(self.case_end(id_), patience_s=FAR_S)
        return self.call("timeout", self.rng.choice(EVERYBODY), id_, self.last[id_], at=at)

    def abandon(self) -> Call | None:
        dockets = self.committee.dockets
        open_ = [i for i, docket in dockets.items() if docket.head.phase != Phase.CLOSED]
        over = [i for i in open_ if self.model.record(i).state != State.DISPUTED]
        ids = over if over or self.rng.random() < 0.95 else [*dockets]
        if not ids:
            return None
        return self.on_committee("abandon", self.rng.choice(EVERYBODY), self.rng.choice(ids))
