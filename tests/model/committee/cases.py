"""How a case begins, and how it grows (docs/protocol.md section 8).

None ─challenge, audit─▶ Drawing ─draw─▶ Voting ─appeal─▶ Drawing
                                           │
                                     close, abandon ─▶ Closed
"""

from ..errors import require, require_range
from ..hashing import job_id
from ..records import require_clean
from ..words import ZERO32, DirtyJob, Job, Request, State, wire_types
from . import rules
from .stakes import Stakes
from .words import Case, Challenge, Docket, Phase, Round


class Cases(Stakes):
    """Methods take the caller first, then what the contract takes."""

    def __init__(self, *terms: object) -> None:
        super().__init__(*terms)
        self.dockets: dict[bytes, Docket] = {}

    def challenge(self, caller: str, request: Request, job: Job, seal: bytes) -> bytes:
        """Opens the case, or joins it before the first round's commits are over."""
        id_ = self.id_of(request)
        docket = self.docket(id_)
        case = docket.head
        first = case.phase == Phase.NONE
        if first:
            self.require_openable(id_, request, job)
        else:
            voting = case.phase == Phase.VOTING and self.now < case.deadline
            early = (voting or case.phase == Phase.DRAWING) and case.round == 0
            require(early, "JoinTooLate", id_)
            self.require_disputed(id_, job)
        require_range("challenges", case.challenges + 1, 1, rules.MAX_CHALLENGES)
        bond = rules.challenge_bond(job.case_fee, job.bond)
        self.require_free(caller, bond)

        if first:
            self.open(id_, docket, request, job, caller, audited=False)
        self.purses[caller].free -= bond
        docket.challenges.append(Challenge(caller, bond, seal))
        case.challenges += 1
        self.emit("Challenged", id_, caller, seal, bond)
        return id_

    def audit(self, caller: str, request: Request, job: Job) -> bytes:
        """Opens the case of a claim that the lottery chose."""
        id_ = self.id_of(request)
        docket = self.docket(id_)
        phase = docket.head.phase
        require(phase == Phase.NONE, "WrongPhase", id_, Phase.NONE, phase)
        _, rate = rules.read_policy(request.policy)
        if rate != rules.MAX_RATE:
            require_well_formed(job, "claim_block")
            number = job.claim_block + rules.SEED_DELAY
            block_hash = self.blocks.at(number, self.block)
            require(block_hash != ZERO32, "HashUnknown", number)
            require(rules.is_drawn(block_hash, id_, job.seal, rate), "NotDrawn", id_)
        self.require_openable(id_, request, job)

        self.open(id_, docket, request, job, caller, audited=True)
        docket.opener = caller
        return id_

    def appeal(self, caller: str, id_: bytes, job: Job) -> None:
        """Prepays a further round, before the last tally stands."""
        docket = self.docket(id_)
        case = docket.head
        self.require_phase(id_, Phase.VOTING)
        self.require_disputed(id_, job)
        seats = rules.seats_of(case.first_seats, case.round + 1)
        possible = seats <= rules.MAX_SEATS and self.is_complete(docket)
        require(possible, "NotAppealable", id_, case.round)
        self.market.require_before(case.deadline + rules.REVEAL_FOR_S + rules.APPEAL_FOR_S)
        cost = rules.prepaid(rules.fees_of(job.case_fee, case.first_seats), seats)
        self.require_free(caller, cost)

        self.purses[caller].free -= cost
        docket.rounds.append(Round(appellant=caller, prepaid=cost))
        case.round += 1
        case.redraws = 0
        self.emit("CaseAppealed", id_, caller, case.round, cost)
        self.begin_round(id_, case)

    # ───────────────────────────── what they share ───────────────────────────

    def docket(self, id_: bytes) -> Docket:
        return self.dockets.get(id_) or Docket()

    def id_of(self, request: Request) -> bytes:
        require_clean(request)
        return job_id(self.market.domain, request)

    def require_phase(self, id_: bytes, expected: Phase) -> None:
        phase = self.docket(id_).head.phase
        require(phase == expected, "WrongPhase", id_, expected, phase)

    def require_disputed(self, id_: bytes, job: Job) -> None:
        require_well_formed(job)
        state = self.market.check(self.address, id_, job)
        require(state == State.DISPUTED, "NotDisputed", id_)

    def require_openable(self, id_: bytes, request: Request, job: Job) -> None:
        """The case has time enough for its longest course, and the market lets it begin."""
        seats, _ = rules.read_policy(request.policy)
        require_well_formed(job, "run_for")
        course = rules.course_of(seats, job.run_for)
        require_well_formed(job, "case_for")
        require(course <= job.case_for, "CaseTooLong", course, job.case_for)
        require_range("caseFor", job.case_for, course, rules.MAX_CASE_FOR_S)
        require_well_formed(job)
        self.market.require_disputable(self.address, id_, job)

    def open(
        self, id_: bytes, docket: Docket, request: Request, job: Job, caller: str, *, audited: bool
    ) -> None:
        seats, _ = rules.read_policy(request.policy)
        self.market.dispute(self.address, id_, job)
        self.dockets[id_] = docket
        docket.head.first_seats = seats
        docket.head.commit_for = rules.commit_for(job.run_for)
        parties = (job.requester, job.provider)
        self.emit("CaseOpened", id_, *parties, request.policy, caller, audited)
        self.begin_round(id_, docket.head)

    def begin_round(self, id_: bytes, case: Case) -> None:
        case.phase = Phase.DRAWING
        case.deadline = self.now + rules.DRAW_FOR_S
        self.request_seed(id_, case)

    def request_seed(self, id_: bytes, case: Case) -> None:
        case.seed_block = self.block + rules.SEED_DELAY
        case.epoch = self.epoch
        self.emit("SeedRequested", id_, case.round, case.seed_block, case.epoch)

    def is_complete(self, docket: Docket) -> bool:
        """Whether no seat can reveal any more that could have."""
        case, last = docket.head, docket.rounds[-1]
        over = self.now >= case.deadline + rules.REVEAL_FOR_S
        return over or (self.now >= case.deadline and last.revealed == last.committed)


def require_well_formed(job: Job, member: str = "") -> None:
    """Refuse a record with a bit set above that member's type, or above any one's."""
    if isinstance(job, DirtyJob):
        names = [*wire_types(Job)]
        spoiled = [*vars(job)][job.dirty]
        require(len(names) > job.dirty and member not in ("", spoiled), "Malformed")
