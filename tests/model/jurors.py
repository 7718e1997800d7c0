"""Verifiers, and how each of them serves its seats."""

from collections import defaultdict
from collections.abc import Callable

from .calls import Call
from .cast import ACTORS, EVERYBODY
from .claimants import Claimants
from .committee import rules as courses
from .committee.rules import commitment_of
from .committee.words import UNAVAILABLE, Docket, Phase, Round
from .hashing import opening_digest
from .rules import HOUR_S
from .words import ZERO32

NEGLECTED_LESS = {"timeout": 0.5, "challenge": 0.9, "audit": 0.9}
Vote = Callable[[bytes], bytes | None]  # on a job; None: the seat stays silent


class Jurors(Claimants):
    """Draws, commits and reveals."""

    def manners(self) -> dict[str, Vote]:
        return {
            "honest": self.truth,
            "lazy": self.leaked,
            "silent": lambda id_: None,
            "mute": self.truth,  # commits, and never reveals
            "bribed by the provider": self.sealed,
            "bribed by a challenger": self.challenged,
            "bribed by the wrong side": self.untruth,
            "blind": lambda id_: UNAVAILABLE,
            "fickle": self.anything,
        }

    def behave(self) -> None:
        """Everybody has a manner for the whole episode: most are honest, or two of five take the
        same bribe."""
        manners = [*self.manners(), "silent", "mute", "blind"]
        if self.rng.random() < 0.6:
            wrong = "bribed by the wrong side"
            bribed = self.rng.choice(("bribed by the provider", wrong, wrong))
            some = self.rng.sample(ACTORS, len(ACTORS))
            self.manner = dict.fromkeys(some, "honest") | dict.fromkeys(some[:2], bribed)
        else:
            self.manner = {
                owner: "honest" if self.rng.random() < 0.6 else self.rng.choice(manners)
                for owner in ACTORS
            }
        self.manner = defaultdict(lambda: "honest", self.manner)  # whoever else comes to stake
        forgetful = not self.committee.blocks.history and self.rng.random() < 0.4
        forgetful = forgetful or self.forgetful
        self.gaps = 0.7 if forgetful else 0.03  # how often many blocks pass

    def leaked(self, id_: bytes) -> bytes:
        """Answers to demands show it to everybody, and so did the round before."""
        rounds = self.committee.dockets[id_].rounds
        job = self.last[id_]
        if job.demand_hash != ZERO32 and job.answered:
            return self.sealed(id_)
        seen = [vote for round_ in rounds[:-1] for vote in round_.votes if vote != ZERO32]
        return seen[-1] if seen else UNAVAILABLE

    def challenged(self, id_: bytes) -> bytes:
        """What the first challenger says it has found."""
        challenges = self.committee.dockets[id_].challenges
        first = challenges[0].challenger if challenges else ""
        return self.found.get((id_, first), self.sealed(id_))

    def anything(self, id_: bytes) -> bytes | None:
        some = (self.truth(id_), self.sealed(id_), UNAVAILABLE, opening_digest(id_, 3), None)
        return self.rng.choice(some)

    # ────────────────────────────── one round ────────────────────────────────

    def draw(self) -> Call | None:
        dockets = self.committee.dockets
        ids = self.cases(Phase.DRAWING)
        kept = [i for i in ids if self.forgotten(i) or self.expects(i)]
        late = self.rng.random() < 0.06
        ids = kept if late else [i for i in ids if i not in kept]
        if not ids:
            return None
        id_ = self.rng.choice(ids)
        head = dockets[id_].head
        if self.rng.random() < 0.9:
            self.block = max(self.block, head.seed_block + self.rng.choice((0, 1, 1, 2)))
        self.lose_blocks()
        at = self.now
        if late:
            at = head.deadline + self.rng.choice((-1, 0, 1))
        elif self.midnight < head.deadline and self.rng.random() < 0.7:
            at = self.midnight + self.rng.choice((-1, 0, 1))
        elif self.rng.random() < 0.2:
            at = self.near(self.midnight, head.deadline, patience_s=24 * HOUR_S)
        return self.on_committee("draw", self.rng.choice(EVERYBODY), id_, at=at)

    def commit(self) -> Call | None:
        ids = [i for i in self.cases(Phase.VOTING) if self.willing(i)]
        if not ids:
            return None
        id_ = self.rng.choice(ids)
        docket = self.committee.dockets[id_]
        owner = self.rng.choice(self.willing(id_))
        last, number = docket.rounds[-1], docket.head.round
        seats = [s for s in self.seats(last, owner) if not last.committed >> s & 1]
        seats = seats if self.rng.random() < 0.8 else seats[:1]
        commitments = []
        for seat in seats:
            vote = self.manners()[self.manner[owner]](id_)
            vote = UNAVAILABLE if vote is None else vote
            salt = self.rng.randbytes(32)
            self.secrets[id_, number, seat] = vote, salt
            address = self.committee.address
            commitments.append(commitment_of(address, id_, number, seat, vote, salt))
        at = self.near(docket.head.deadline, patience_s=HOUR_S)
        return self.on_committee("commit", owner, id_, tuple(seats), tuple(commitments), at=at)

    def willing(self, id_: bytes) -> list[str]:
        """Verifiers with seats that can still commit, and will."""
        docket = self.committee.dockets[id_]
        if docket.head.phase != Phase.VOTING or self.now >= docket.head.deadline:
            return []
        last = docket.rounds[-1]
        some = {v for s, v in enumerate(last.verifiers) if not last.committed >> s & 1}
        return sorted(v for v in some if self.manner[v] != "silent")

    def reveal(self) -> Call | None:
        ids = [i for i in self.cases(Phase.VOTING) if self.telling(i)]
        ready = [i for i in ids if not self.willing(i)]
        if not ready and self.rng.random() < 0.95:
            return None
        if not ids:
            return None
        id_ = self.rng.choice(ready or ids)
        docket = self.committee.dockets[id_]
        owner = self.rng.choice(self.telling(id_))
        last, deadline = docket.rounds[-1], docket.head.deadline
        seats = [s for s in self.seats(last, owner) if self.waits(docket, id_, s)]
        seats = seats if self.rng.random() < 0.8 else seats[:1]
        known = [self.secrets[id_, docket.head.round, seat] for seat in seats]
        votes, salts = tuple(v for v, _ in known), tuple(s for _, s in known)
        at = self.near(deadline, deadline + courses.REVEAL_FOR_S)
        if at < deadline and self.rng.random() < 0.9:
            at = deadline + self.rng.choice((0, 0, 1, 600))
        caller = owner if self.rng.random() < 0.8 else self.rng.choice(EVERYBODY)
        return self.on_committee("reveal", caller, id_, tuple(seats), votes, salts, at=at)

    def telling(self, id_: bytes) -> list[str]:
        """Verifiers with seats that can still reveal, and will."""
        docket = self.committee.dockets[id_]
        if self.now >= docket.head.deadline + courses.REVEAL_FOR_S:
            return []
        seats = [s for s in range(len(docket.rounds[-1].votes)) if self.waits(docket, id_, s)]
        some = {docket.rounds[-1].verifiers[s] for s in seats}
        return sorted(v for v in some if self.manner[v] != "mute")

    def waits(self, docket: Docket, id_: bytes, seat: int) -> bool:
        """A seat that has committed, to what its verifier remembers, and has not revealed."""
        last = docket.rounds[-1]
        open_ = (last.committed & ~last.revealed) >> seat & 1
        return bool(open_) and (id_, docket.head.round, seat) in self.secrets

    def neglects(self, call: Call) -> bool:
        """Whether a call waits for so long that seats could not do their duty; mostly nobody makes
        such a call."""
        if call.contract != "committee" and not self.author.judged:
            return False
        ends = []
        for id_ in self.cases(Phase.DRAWING, Phase.VOTING):
            deadline = self.committee.dockets[id_].head.deadline
            if self.cases_to_draw(id_) or self.willing(id_):
                ends.append(deadline)
            elif self.telling(id_):
                ends.append(deadline + courses.REVEAL_FOR_S)
        late = any(self.now < end <= call.at for end in ends)
        return late and self.rng.random() < NEGLECTED_LESS.get(call.function, 0.98)

    def expects(self, id_: bytes) -> bool:
        """Whether more challengers are about to join."""
        return self.is_crowded(id_) and self.committee.dockets[id_].head.challenges < 16

    def cases_to_draw(self, id_: bytes) -> bool:
        drawing = self.committee.dockets[id_].head.phase == Phase.DRAWING
        return drawing and self.committee.total_active() > 0 and not self.forgotten(id_)

    def seats(self, round_: Round, owner: str) -> list[int]:
        return [s for s, v in enumerate(round_.verifiers) if v == owner]
