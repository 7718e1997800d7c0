"""How a case ends."""

from ..errors import require
from ..rules import SINK
from ..words import NOBODY, ZERO32, Job, State, Verdict
from . import bills, rules
from .bills import Bill
from .cases import require_well_formed
from .voting import Voting
from .words import Docket, Outcome, Phase


class Committee(Voting):
    """All of it: balances, stakes, cases, votes; and Drawing, Voting ─close, abandon─▶ Closed."""

    def close(self, caller: str, id_: bytes, job: Job) -> None:
        """Nobody can appeal any more, or draw: the market hears of it, and all are paid."""
        docket = self.docket(id_)
        self.require_over(id_, docket)
        require_well_formed(job)
        bill = bills.outcome_of(docket, id_, job.provider, job.seal)
        rejected = bill.outcome == Outcome.REJECTED
        verdict = Verdict.REJECTED if rejected else Verdict.UPHELD
        self.market.resolve(self.address, id_, job, verdict, bill.champion)

        docket.head.phase = Phase.CLOSED
        bills.settle(bill, docket, id_, job.case_fee, caller, self.punish)
        self.pay(id_, bill)
        self.purses[job.requester].free += bill.to_requester
        self.purses[job.provider].free += bill.to_provider
        rest = (bill.to_requester, bill.to_provider, bill.burned)
        how = (bill.outcome, bill.winner, bill.income)
        self.emit("CaseClosed", id_, job.requester, job.provider, *how, *rest)

    def abandon(self, caller: str, id_: bytes) -> None:
        """The market was quicker: what was locked here returns."""
        docket = self.docket(id_)
        phase = docket.head.phase
        open_ = phase in (Phase.DRAWING, Phase.VOTING)
        require(open_, "WrongPhase", id_, Phase.VOTING, phase)
        require(self.market.record(id_).state != State.DISPUTED, "CaseOpen", id_)

        docket.head.phase = Phase.CLOSED
        bill = Bill(Outcome.ABANDONED)
        bill.challenges = [(one, one.bond) for one in docket.challenges]
        bill.appeals = [(one.appellant, one.prepaid, 0) for one in docket.rounds[1:]]
        self.pay(id_, bill)
        self.emit("CaseClosed", id_, NOBODY, NOBODY, bill.outcome, ZERO32, 0, 0, 0, 0)

    # ───────────────────────────── what they share ───────────────────────────

    def require_over(self, id_: bytes, docket: Docket) -> None:
        case = docket.head
        if case.phase == Phase.VOTING:
            last = rules.seats_of(case.first_seats, case.round) == rules.MAX_SEATS
            until = case.deadline + rules.REVEAL_FOR_S + (0 if last else rules.APPEAL_FOR_S)
            if not (last and self.is_complete(docket)):
                self.market.require_from(until)
            return
        require(case.phase == Phase.DRAWING, "WrongPhase", id_, Phase.VOTING, case.phase)
        used_up = case.redraws == rules.MAX_REDRAWS and self.is_missed(case)
        if not used_up and self.total_active() > 0:
            self.market.require_from(case.deadline)

    def pay(self, id_: bytes, bill: Bill) -> None:
        """Credit everybody but the parties, and tell it."""
        credit = self.purses
        for one, returned in bill.challenges:
            credit[one.challenger].free += returned
            self.emit("ChallengeSettled", id_, one.challenger, one.bond, returned)
        for who, tip in bill.cranks:
            credit[who].free += tip
            self.emit("CrankPaid", id_, who, tip)
        for number, (who, returned, repaid) in enumerate(bill.appeals, 1):
            credit[who].free += returned + repaid
            self.emit("AppealSettled", id_, who, number, returned, repaid)
        for seat, fee, penalty in bill.seats:
            credit[seat.verifier].free += fee
            told = (seat.verifier, seat.round, seat.seat, fee, penalty)
            self.emit("SeatSettled", id_, *told)
        credit[SINK].free += bill.burned
