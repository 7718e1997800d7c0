"""A round: whose seats it has, and what they say."""

from dataclasses import replace

from ..errors import require, require_range
from ..words import ZERO32
from . import rules
from .cases import Cases
from .words import Case, Phase, Round


class Voting(Cases):
    """Drawing ─draw─▶ Voting ─commit, reveal─▶ Voting."""

    def draw(self, caller: str, id_: bytes) -> None:
        """The seats of a round; or another seed, where the last was missed."""
        docket = self.docket(id_)
        case = docket.head
        self.require_phase(id_, Phase.DRAWING)
        self.market.require_before(case.deadline)
        if self.is_missed(case):
            require(case.redraws < rules.MAX_REDRAWS, "HashUnknown", case.seed_block)
            case.redraws += 1
            self.request_seed(id_, case)
            return
        known_from = case.seed_block + 1
        require(self.block >= known_from, "TooEarly", self.block, known_from)
        require(self.total_active() > 0, "NoVerifiers")

        seed = self.blocks.at(case.seed_block, self.block)
        count = rules.seats_of(case.first_seats, case.round)
        tickets = (rules.ticket_of(seed, id_, case.round, seat) for seat in range(count))
        last = docket.rounds[-1]
        last.verifiers = [self.holder(ticket) for ticket in tickets]
        last.votes = [ZERO32] * count
        last.drawer = caller
        case.phase = Phase.VOTING
        case.deadline = self.now + case.commit_for
        told = (seed, caller, case.deadline, tuple(last.verifiers))
        self.emit("SeatsDrawn", id_, case.round, *told)

    def commit(
        self, caller: str, id_: bytes, seats: tuple[int, ...], commitments: tuple[bytes, ...]
    ) -> None:
        """Some of the caller's seats say that they know, but not yet what."""
        case, before = self.voting(id_)
        self.market.require_before(case.deadline)
        require_lists(seats, commitments)
        after = copy_of(before)
        for seat, commitment in zip(seats, commitments, strict=True):
            open_ = seat < len(after.verifiers) and not after.committed >> seat & 1
            require(open_, "SeatNotOpen", id_, seat)
            holder = after.verifiers[seat]
            require(caller == holder, "NotAllowed", caller, holder)
            after.committed |= 1 << seat
            after.votes[seat] = commitment
        self.dockets[id_].rounds[-1] = after
        for seat, commitment in zip(seats, commitments, strict=True):
            self.emit("VoteCommitted", id_, caller, case.round, seat, commitment)

    def reveal(
        self,
        caller: str,
        id_: bytes,
        seats: tuple[int, ...],
        votes: tuple[bytes, ...],
        salts: tuple[bytes, ...],
    ) -> None:
        """Anybody who knows what some seats committed to shows it."""
        case, before = self.voting(id_)
        self.market.require_from(case.deadline)
        self.market.require_before(case.deadline + rules.REVEAL_FOR_S)
        require_lists(seats, votes)
        require_lists(seats, salts)
        after, opened = copy_of(before), list[tuple[int, bytes]]()
        for seat, vote, salt in zip(seats, votes, salts, strict=True):
            known = seat < rules.MAX_SEATS and after.committed >> seat & 1
            require(known == 1, "SeatNotOpen", id_, seat)
            if after.revealed >> seat & 1:
                continue  # somebody else was faster
            given = rules.commitment_of(self.address, id_, case.round, seat, vote, salt)
            stored = after.votes[seat]
            require(given == stored, "CommitmentMismatch", stored, given)
            after.revealed |= 1 << seat
            after.votes[seat] = vote
            opened.append((seat, vote))
        self.dockets[id_].rounds[-1] = after
        for seat, vote in opened:
            self.emit("VoteRevealed", id_, case.round, seat, vote)

    # ───────────────────────────── what they share ───────────────────────────

    def voting(self, id_: bytes) -> tuple[Case, Round]:
        """The case and its last round, whose seats can be heard."""
        self.require_phase(id_, Phase.VOTING)
        docket = self.dockets[id_]
        return docket.head, docket.rounds[-1]

    def is_missed(self, case: Case) -> bool:
        """Stakes have changed since the seed was chosen, or its block is not on record any more."""
        forgotten = self.blocks.at(case.seed_block, self.block) == ZERO32
        return case.epoch != self.epoch or (self.block > case.seed_block and forgotten)


def copy_of(round_: Round) -> Round:
    return replace(round_, votes=[*round_.votes])


def require_lists(seats: tuple[int, ...], other: tuple[bytes, ...]) -> None:
    """As many of the one as of the other, some, and no more than there can be seats."""
    value = len(other) if seats else 0
    limits = (1, rules.MAX_SEATS)
    require_range("seats", value, *limits)
    same = len(seats) == len(other)
    name = b"seats".ljust(32, b"\0")
    require(same, "FieldOutOfRange", name, value, *limits)
