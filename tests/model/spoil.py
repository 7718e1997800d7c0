"""Ways to get a call wrong: each takes a sensible call and returns a bad one, or None."""

import itertools
import random
from collections.abc import Iterator
from dataclasses import replace

from . import rules
from .actors import Actors
from .author import OTHER, out_of_range
from .calls import Call
from .cast import ACTORS, EVERYBODY
from .spoil_answers import AnswerSpoiler
from .spoil_cases import CaseSpoiler
from .spoil_orders import SIGNED, OrderSpoiler, Way, with_arg
from .words import (
    DIRTY,
    NOBODY,
    Account,
    Job,
    Offer,
    Request,
    State,
    Verdict,
    camel,
    wire_types,
)

JOB_CALLS = (
    "submit",
    "approve",
    "finalize",
    "release",
    "expire",
    "void",
    "check",
    "demand",
    "answer",
    "dispute",
    "resolve",
    "timeout",
)
AMOUNT_CALLS = ("deposit", "withdraw", "stake", "unstake", "deposit_with_permit")
PROOF_AT = {"accept": 1, "fill": 2, "match_orders": 4}
OPENING_AT = {"approve": 2, "finalize": 2, "answer": 3}


class Spoiler(OrderSpoiler, AnswerSpoiler, CaseSpoiler):
    """Takes the fields of all structs in turn, so that none is forgotten."""

    def __init__(self, rng: random.Random, actors: Actors) -> None:
        self.rng, self.actors = rng, actors
        self.fields: dict[type, Iterator[str]] = {
            struct: itertools.cycle(rng.sample(names := [*vars_of(struct)], len(names)))
            for struct in (Job, Request, Offer)
        }
        self.ways: tuple[Way, ...] = (
            self.caller,
            self.struct,
            self.struct,
            self.range,
            self.range,
            self.dirt,
            self.opening,
            self.id,
            self.replay,
            self.replay,
            self.state,
            self.proof,
            self.amount,
            self.bonded,
            self.bonded,
            self.second_case,
            self.verdict,
            self.text,
            self.twice,
            self.impatience,
        )
        self.special = dict.fromkeys(SIGNED, (*self.order_ways(), *(self.struct,) * 8))
        self.special |= dict.fromkeys(("demand", "answer"), self.answer_ways())
        self.special |= {"resolve": (self.verdict, self.struct, self.caller, self.state)}
        self.special |= {"accept": (self.struct, self.proof), "cancel": (self.struct,)}

    def spoil(self, call: Call) -> Call:
        """Make `call` wrong in one way that fits it; the token is not what is tested here."""
        if call.contract == "committee":
            return self.spoil_case(call)
        special = self.special.get(call.function, self.ways)
        while call.contract == "market":
            bad = self.rng.choice(self.ways if self.rng.random() < 0.4 else special)(call)
            if bad:
                return bad
        return call

    def spoil_case(self, call: Call) -> Call:
        ways = (*self.case_ways(), self.caller, self.struct, self.struct, self.dirt)
        while True:
            bad = self.rng.choice(ways)(call)
            if bad:
                return bad

    def caller(self, call: Call) -> Call | None:
        other = self.rng.choice([a for a in EVERYBODY if a != call.caller])
        return replace(call, caller=other, notes=("caller",))

    def struct(self, call: Call) -> Call | None:
        """One field of a passed struct is another."""
        for i, arg in self.rng.sample([*enumerate(call.args)], len(call.args)):
            if isinstance(arg, Job | Request | Offer):
                name = next(self.fields[type(arg)])
                value = self.other(getattr(arg, name), wire_types(type(arg))[camel(name)])
                note = f"{type(arg).__name__}.{name}"
                return with_arg(call, i, replace(arg, **{name: value}), note)
        return None

    def other(self, value: object, kind: str) -> object:
        """Another value of the same Solidity type."""
        if kind == "bool":
            return not value
        if kind == "address":
            return self.rng.choice([a for a in (*EVERYBODY, NOBODY, OTHER) if a != value])
        if kind == "bytes32":
            bits = int.from_bytes(value, "big") ^ 1 << self.rng.randrange(256)
            return bits.to_bytes(32, "big")
        bits = int(kind.removeprefix("uint"))
        changed = (value ^ 1, value ^ 1 << (bits - 1), (value + 1) % 2**bits, value ^ 2**bits - 1)
        return self.rng.choice(changed)

    def range(self, call: Call) -> Call | None:
        """A request that breaks one rule of validity, signed like that."""
        signed = call.function in ("match_orders", "fill", "fill_and_claim")
        if call.function != "post" and not signed:
            return None
        change = self.rng.choice(out_of_range(call.args[0], call.at))
        request = replace(call.args[0], **change)
        args = (request, *call.args[1:])
        if signed:
            args = (request, self.actors.sign_request(request), *call.args[2:])
        return replace(call, args=args, notes=(f"range of {next(iter(change))}",))

    def dirt(self, call: Call) -> Call | None:
        """A bit set above a number's, address's or flag's type: no second spelling of a record."""
        if call.function == "check":
            return None
        at, narrow = 0, []
        for arg in call.args:
            if type(arg) in DIRTY:
                kinds = wire_types(type(arg)).values()
                narrow += [at + i for i, kind in enumerate(kinds) if kind != "bytes32"]
                at += len(kinds)
            else:
                at += 1
        return replace(call, dirty=self.rng.choice(narrow), notes=("dirt",)) if narrow else None

    def opening(self, call: Call) -> Call | None:
        if call.function not in OPENING_AT:
            return None
        second = self.rng.choice((0, 1))
        which = OPENING_AT[call.function] + second
        value = self.other(call.args[which], "uint64" if second else "bytes32")
        return with_arg(call, which, value, "opening")

    def id(self, call: Call) -> Call | None:
        """The id of another job, or of none."""
        if call.function not in JOB_CALLS:
            return None
        other = self.rng.choice([*self.actors.requests, self.rng.randbytes(32)])
        return with_arg(call, 0, other, "id") if other != call.args[0] else None

    def replay(self, call: Call) -> Call | None:
        """A call on one of the last jobs, most of them final: nothing may come back."""
        actors = self.actors
        recent = [*actors.requests][-12:]
        if not recent:
            return None
        id_ = self.rng.choice(recent)
        request, job = actors.requests[id_], actors.last.get(id_)
        signed = ("match_orders", "fill", "fill_and_claim")
        function = self.rng.choice(("post", "accept", "cancel", *signed, *JOB_CALLS))
        if function in JOB_CALLS and job is None:
            return None
        caller = self.rng.choice((request.requester, job.provider if job else call.caller))
        proof = actors.author.proof(request, caller)
        signature = self.actors.sign_request(request)
        filled = (request, signature, proof)
        requested = {
            "post": (request, ""),
            "accept": (request, proof),
            "cancel": (request,),
            "fill": filled,
            "fill_and_claim": (*filled[:2], bytes(32), bytes(32)),
        }
        if function == "match_orders":
            deal = actors.deals.get(id_)
            if deal is None:
                return None
            requested[function] = deal.args
        args = requested.get(function) or self.job_args(function, id_)
        return replace(call, function=function, caller=caller, args=args, notes=("replay",))

    def job_args(self, function: str, id_: bytes) -> tuple[object, ...]:
        more = {
            "submit": (bytes(32), bytes(32)),
            "approve": self.actors.opening(id_),
            "finalize": self.actors.opening(id_),
            "demand": ((0,),),
            "answer": self.answer_args(id_),
            "resolve": (self.rng.choice([*Verdict]), NOBODY),
        }
        return (id_, self.actors.last[id_], *more.get(function, ()))

    def state(self, call: Call) -> Call | None:
        """Another of the calls on jobs."""
        if call.function not in JOB_CALLS:
            return None
        function = self.rng.choice([f for f in JOB_CALLS if f != call.function])
        args = self.job_args(function, call.args[0])
        return replace(call, function=function, args=args, notes=("state",))

    def proof(self, call: Call) -> Call | None:
        """A path cut, lengthened, reversed, or somebody else's."""
        if call.function not in PROOF_AT:
            return None
        at = PROOF_AT[call.function]
        request, path = call.args[0], call.args[at]
        foreign = self.actors.author.proof(request, self.rng.choice(EVERYBODY))
        longer = (*path, self.rng.randbytes(32))
        other = self.rng.choice((path[1:], path[:-1], path[::-1], longer, foreign))
        return with_arg(call, at, other, "proof")

    def amount(self, call: Call) -> Call | None:
        if call.function not in AMOUNT_CALLS:
            return None
        last = 0 if call.function == "deposit_with_permit" else len(call.args) - 1
        account = self.actors.model.accounts[call.caller]
        limits = (account.free, account.staked, account.staked - account.bonded)
        over = min(self.rng.choice(limits) + 1, rules.MAX_AMOUNT)
        return with_arg(call, last, self.rng.choice((0, over, rules.MAX_AMOUNT)), "amount")

    def bonded(self, call: Call) -> Call | None:
        """Stake that live jobs have locked leaves, or is locked once more."""
        model = self.actors.model
        busy = [a for a in ACTORS if model.accounts[a].bonded]
        if call.function == "unstake" and busy:
            owner = self.rng.choice(busy)
            account = model.accounts[owner]
            amount = self.rng.choice((account.staked - account.bonded + 1, account.staked))
            return replace(call, caller=owner, args=(amount,), notes=("locked stake leaves",))
        author, requests = self.actors.author, self.actors.requests
        pairs = [
            (owner, requests[id_])
            for id_ in self.actors.live(State.OPEN)
            for owner in author.admitted(requests[id_])
            if lacks_unbonded(model.accounts[owner], requests[id_])
        ]
        if not pairs:
            return None
        owner, request = self.rng.choice(pairs)
        args = (request, author.proof(request, owner))
        note = "locked stake is locked again"
        return replace(call, function="accept", caller=owner, args=args, notes=(note,))

    def second_case(self, call: Call) -> Call | None:
        """Of a claim whose case is over, or still open."""
        actors = self.actors
        closed = [i for i in actors.live(State.CLAIMED) if actors.last[i].case_done]
        ids = [*closed, *actors.live(State.DISPUTED)]
        ids = [i for i in ids if actors.last[i].resolver in EVERYBODY]
        if not ids:
            return None
        id_ = self.rng.choice(ids)
        job = actors.last[id_]
        notes = ("second case",)
        return replace(call, function="dispute", caller=job.resolver, args=(id_, job), notes=notes)

    def verdict(self, call: Call) -> Call | None:
        """A word that resolvers don't have."""
        if call.function != "resolve":
            return None
        return with_arg(call, 2, self.rng.choice((2, 255)), "verdict")

    def text(self, call: Call) -> Call | None:
        """A gateway, a card or a destination that will not do."""
        if call.function == "post":
            return with_arg(call, 1, "ä" * 256 + "x", "gateway")
        if call.function == "announce":
            return with_arg(call, 0, b"x" * self.rng.choice((0, 1, 4097)), "card")
        if call.function == "withdraw":
            market = self.actors.model.address
            return with_arg(call, 0, self.rng.choice((NOBODY, market)), "destination")
        return None


def lacks_unbonded(account: Account, request: Request) -> bool:
    """Whether an account has stake enough for a request, but not enough that is free of bonds."""
    enough = account.staked >= max(request.bond, request.min_stake)
    return enough and account.staked - account.bonded < request.bond


def vars_of(struct: type) -> tuple[str, ...]:
    """Field names of a struct."""
    return tuple(struct.__dataclass_fields__)
