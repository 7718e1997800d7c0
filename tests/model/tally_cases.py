"""What the committee's calls have done, in words to be counted."""

from .calls import Call, Outcome
from .committee import rules
from .committee.verdicts import Committee
from .committee.words import Outcome as Ending
from .committee.words import Phase
from .words import NOBODY, ZERO32, State

TRANSITIONS = (
    "challenge opens",
    "challenge joins",
    "audit by lottery",
    "audit of every claim",
    "draw",
    "draw of 31 seats",
    "draw asks for another seed",
    "commit",
    "reveal",
    "reveal by anyone",
    "appeal",
    "close upheld, challenged",
    "close upheld, audited",
    "close rejected, a right challenger",
    "close rejected, nobody right",
    "close undecided",
    "close undrawn",
    "close after an appeal",
    "abandon",
)
PAID = (
    "seat silent",
    "seat wrong",
    "seat coherent",
    "seat for a fee alone",
    "penalty cut by the stake",
    "penalty out of what leaves",
    "appellant repaid",
    "challenge returned",
    "challenge forfeited",
)
MONEY = ("deposit", "deposit_with_permit", "withdraw", "stake", "unstake", "withdraw_stake")
BOUNDARIES = {
    ("challenge", "window_end"): ("ok", "TooLate", "TooLate"),
    ("challenge", "commits_end"): ("ok", "JoinTooLate", "JoinTooLate"),
    ("audit", "window_end"): ("ok", "TooLate", "TooLate"),
    ("draw", "draw_end"): ("ok", "TooLate", "TooLate"),
    ("commit", "commits_end"): ("ok", "TooLate", "TooLate"),
    ("reveal", "commits_end"): ("TooEarly", "ok", "ok"),
    ("reveal", "reveals_end"): ("ok", "TooLate", "TooLate"),
    ("appeal", "appeals_end"): ("ok", "TooLate", "TooLate"),
    ("close", "draw_end"): ("TooEarly", "ok", "ok"),
    ("close", "appeals_end"): ("TooEarly", "ok", "ok"),
    ("close", "reveals_end"): ("TooEarly", "ok", "ok"),
    ("withdraw_stake", "matures_at"): ("TooEarly", "ok", "ok"),
}


def did(committee: Committee, call: Call, outcome: Outcome) -> list[str]:
    """What a successful call has done, in the words above."""
    events = {str(event[0]): event[1:] for event in outcome.events}
    match call.function:
        case "challenge":
            opens = "committee.CaseOpened" in events
            return ["challenge opens" if opens else "challenge joins"]
        case "audit":
            _, rate = rules.read_policy(call.args[0].policy)
            return ["audit of every claim" if rate == rules.MAX_RATE else "audit by lottery"]
        case "draw":
            if "committee.SeatsDrawn" not in events:
                return ["draw asks for another seed"]
            last = len(events["committee.SeatsDrawn"][5]) == rules.MAX_SEATS
            return ["draw", "draw of 31 seats"] if last else ["draw"]
        case "close":
            return closed(outcome, events["committee.CaseClosed"])
        case "reveal":
            round_ = committee.dockets[call.args[0]].rounds[-1]
            own = all(round_.verifiers[seat] == call.caller for seat in call.args[1])
            return ["reveal" if own else "reveal by anyone"]
        case "abandon" | "commit" | "appeal":
            return [call.function]
    return [f"committee.{call.function}"]


def closed(outcome: Outcome, told: tuple[object, ...]) -> list[str]:
    """How a case ended."""
    challengers = [e for e in outcome.events if e[0] == "committee.ChallengeSettled"]
    seats = [e for e in outcome.events if e[0] == "committee.SeatSettled"]
    champion = outcome.events[0][3]
    words = {
        Ending.UPHELD: "upheld, challenged" if challengers else "upheld, audited",
        Ending.REJECTED: "rejected, nobody right"
        if champion == NOBODY
        else "rejected, a right challenger",
        Ending.UNDECIDED: "undecided" if seats else "undrawn",
    }
    done = [f"close {words[Ending(told[3])]}"]
    rounds = 1 + sum(e[0] == "committee.AppealSettled" for e in outcome.events)
    done.append(f"close of {rounds} rounds")
    if any(e[0] == "committee.AppealSettled" for e in outcome.events):
        done.append("close after an appeal")
    return done


def paid(committee: Committee, call: Call, outcome: Outcome) -> list[str]:
    """What became of seats, bonds and appeals, told after the call."""
    done = []
    for name, *values in outcome.events:
        if name == "committee.ChallengeSettled":
            done.append("challenge returned" if values[3] else "challenge forfeited")
        if name == "committee.AppealSettled" and values[4]:
            done.append("appellant repaid")
        if name == "committee.SeatSettled":
            id_, verifier, number, seat, fee, penalty = values
            docket = committee.dockets[id_]
            round_ = docket.rounds[number]
            fees = rules.fees_of(call.args[1].case_fee, docket.head.first_seats)
            spoke = round_.spoke(seat)
            winner = outcome.events[-1][5] != ZERO32
            if not spoke:
                done.append("seat silent")
            elif penalty:
                done.append("seat wrong")
            elif fee > fees.seat:
                done.append("seat coherent")
            elif fee:
                done.append("seat for a fee alone")
            right = winner and round_.votes[seat] == outcome.events[-1][5] and spoke
            if winner and not right and penalty < rules.penalty_of(fees):
                done.append("penalty cut by the stake")
            if penalty and committee.staked(verifier) == 0:
                done.append("penalty out of what leaves")
    return done


def seated(outcome: Outcome) -> list[str]:
    """Whom a draw gave seats."""
    drawn = (e for e in outcome.events if e[0] == "committee.SeatsDrawn")
    return [verifier for event in drawn for verifier in event[6]]


def deadlines(committee: Committee, call: Call) -> dict[str, int]:
    """The times that matter to a call on the committee."""
    function, args = call.function, call.args
    if function == "withdraw_stake":
        return {"matures_at": committee.purses[call.caller].matures_at}
    if function in ("challenge", "audit"):
        id_ = committee.id_of(args[0])
        record = committee.market.record(id_)
        if record.state == State.CLAIMED and record.job:
            return {"window_end": record.job.window_end}
        head = committee.docket(id_).head
        return {"commits_end": head.deadline} if head.phase == Phase.VOTING else {}
    if function not in ("draw", "commit", "reveal", "appeal", "close"):
        return {}
    docket = committee.docket(args[0])
    head = docket.head
    if head.phase == Phase.DRAWING and function in ("draw", "close"):
        hopeless = committee.total_active() == 0 or head.redraws == rules.MAX_REDRAWS
        return {} if hopeless else {"draw_end": head.deadline}
    if head.phase != Phase.VOTING:
        return {}
    reveals_end = head.deadline + rules.REVEAL_FOR_S
    times = {
        "commit": {"commits_end": head.deadline},
        "reveal": {"commits_end": head.deadline, "reveals_end": reveals_end},
        "appeal": {"appeals_end": reveals_end + rules.APPEAL_FOR_S},
    }
    if function in times:
        return times[function]
    last = rules.seats_of(head.first_seats, head.round) == rules.MAX_SEATS
    if not last:
        return {"appeals_end": reveals_end + rules.APPEAL_FOR_S}
    heard = docket.rounds[-1].revealed == docket.rounds[-1].committed
    return {} if heard else {"reveals_end": reveals_end}
