"""Ways to get a call on the committee wrong."""

import random
from collections.abc import Callable
from dataclasses import replace

from .actors import Actors
from .calls import Call
from .cast import EVERYBODY
from .committee.rules import MAX_SEATS
from .committee.words import Phase
from .rules import MAX_AMOUNT
from .words import NOBODY, ZERO32, Job, State

Way = Callable[[Call], Call | None]
ON_CASES = ("draw", "commit", "reveal", "appeal", "close", "abandon")
LISTS = ("commit", "reveal")
AMOUNTS = ("deposit", "withdraw", "stake", "unstake")


class CaseSpoiler:
    """Takes a sensible call."""

    rng: random.Random
    actors: Actors

    def case_ways(self) -> tuple[Way, ...]:
        return (
            self.case_id,
            self.case_function,
            self.case_amount,
            self.case_money,
            self.case_record,
            *(self.overdue,) * 6,
            *(self.seat_lists,) * 3,
            *(self.ballots,) * 2,
        )

    def case_id(self, call: Call) -> Call | None:
        """Another case's, or none's."""
        if call.function not in ON_CASES:
            return None
        cases = [*self.actors.committee.dockets][-8:]
        other = self.rng.choice([*cases, self.rng.randbytes(32)])
        return replace(call, args=(other, *call.args[1:]), notes=("case id",))

    def case_function(self, call: Call) -> Call | None:
        """Another thing to do with a case."""
        actors = self.actors
        cases = [i for i in [*actors.committee.dockets][-8:] if i in actors.last]
        if not cases:
            return None
        id_ = self.rng.choice(cases)
        request, job = actors.requests[id_], actors.last[id_]
        seats, hashes = (0,), (self.rng.randbytes(32),)
        function = self.rng.choice((*ON_CASES, "challenge", "audit"))
        args: dict[str, tuple[object, ...]] = {
            "commit": (id_, seats, hashes),
            "reveal": (id_, seats, hashes, hashes),
            "appeal": (id_, job),
            "close": (id_, job),
            "challenge": (request, job, ZERO32),
            "audit": (request, job),
        }
        chosen = args.get(function, (id_,))
        return replace(call, function=function, args=chosen, notes=("case function",))

    def case_amount(self, call: Call) -> Call | None:
        if call.function not in AMOUNTS:
            return None
        committee = self.actors.committee
        limits = (committee.purses[call.caller].free, committee.staked(call.caller))
        over = min(self.rng.choice(limits) + 1, MAX_AMOUNT)
        small = max(committee.min_stake - committee.staked(call.caller) - 1, 0)
        amount = self.rng.choice((0, over, MAX_AMOUNT, small))
        return replace(call, args=(*call.args[:-1], amount), notes=("amount",))

    def case_money(self, call: Call) -> Call | None:
        """To whom nothing can be sent; or more than there is to pay a bond or an appeal with."""
        committee = self.actors.committee
        if call.function == "withdraw":
            to = self.rng.choice((NOBODY, committee.address, committee.market.address))
            return replace(call, args=(to, *call.args[1:]), notes=("destination",))
        if call.function not in ("challenge", "appeal"):
            return None
        poor = [a for a in EVERYBODY if committee.purses[a].free == 0]
        return replace(call, caller=self.rng.choice(poor), notes=("means",)) if poor else None

    def seat_lists(self, call: Call) -> Call | None:
        """None, too many, of unequal length; a seat twice, or one that there is not."""
        if call.function not in LISTS:
            return None
        id_, seats, *rest = call.args
        many = tuple(range(MAX_SEATS + 1))
        lists: list[tuple[tuple[int, ...], list[tuple[bytes, ...]]]] = [
            ((), [() for _ in rest]),
            (many, [(ZERO32,) * len(many) for _ in rest]),
            (seats[1:], rest),
            (seats, [some[1:] for some in rest]),
            (seats, [*rest[:-1], rest[-1][1:]]),
            ((*seats, seats[-1]), [(*some, some[-1]) for some in rest]),
        ]
        strange = (3, 7, 15, 30, 31, 32, 255, 256, 2**255 + seats[0])
        lists += [((*seats[:-1], seat), rest) for seat in strange]
        chosen, others = self.rng.choice(lists)
        return replace(call, args=(id_, chosen, *others), notes=("seats",))

    def ballots(self, call: Call) -> Call | None:
        """Another vote, salt or seat than was committed to."""
        if call.function != "reveal":
            return None
        id_, seats, votes, salts = call.args
        other = (self.rng.choice((ZERO32, self.rng.randbytes(32))), *votes[1:])
        some = [(seats, other, salts), (seats, votes, (ZERO32, *salts[1:]))]
        if len(seats) > 1:
            some.append((seats[::-1], votes, salts))
        return replace(call, args=(id_, *self.rng.choice(some)), notes=("ballots",))

    def overdue(self, call: Call) -> Call | None:
        """What is left to do here with a case that the market has ended."""
        actors = self.actors
        dockets = actors.committee.dockets
        open_ = [i for i in [*dockets][-12:] if dockets[i].head.phase != Phase.CLOSED]
        over = [i for i in open_ if actors.model.record(i).state != State.DISPUTED]
        if not over:
            return None
        id_ = self.rng.choice(over)
        request, job = actors.requests[id_], actors.last[id_]
        args: dict[str, tuple[object, ...]] = {
            "appeal": (id_, job),
            "close": (id_, job),
            "challenge": (request, job, ZERO32),
        }
        function = self.rng.choice([*args])
        return replace(call, function=function, args=args[function], notes=("overdue",))

    def case_record(self, call: Call) -> Call | None:
        """A record of a time that is over."""
        actors = self.actors
        for i, arg in enumerate(call.args):
            if isinstance(arg, Job):
                older = replace(arg, disputed_at=0)
                older = older if older != arg else replace(arg, disputed_at=actors.now)
                args = (*call.args[:i], older, *call.args[i + 1 :])
                return replace(call, args=args, notes=("older record",))
        return None
