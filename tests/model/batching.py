"""Batches of sensible calls, some of them made wrong, packed as the market takes them."""

import random
from dataclasses import replace

from .actors import Actors
from .calls import Call
from .cast import EVERYBODY
from .crowd import Deal
from .packing import Struct, changes, zeros
from .spoil import Spoiler
from .words import NOBODY, Job, Offer, Request, State

MOST = 5  # entries
SPOILED = 0.25  # share of the entries


class Batcher:
    """Collects single calls of one caller."""

    def __init__(self, rng: random.Random, actors: Actors, spoiler: Spoiler) -> None:
        self.rng, self.actors, self.spoiler = rng, actors, spoiler

    def next_call(self) -> Call | None:
        make = self.rng.choice((self.match, self.match, self.submit, self.submit, self.finalize))
        call = make()
        return self.mangled(call) if call and self.rng.random() < 0.06 else call

    def entries(self, function: str, calls: list[Call]) -> list[Call]:
        """The calls, some of them made wrong, one perhaps twice."""
        if calls and self.rng.random() < 0.2:
            calls = [*calls, calls[0]]
        return [self.entry(function, call) for call in calls]

    def entry(self, function: str, call: Call) -> Call:
        if self.rng.random() < SPOILED:
            bad = self.spoiler.spoil(call)
            if bad.function == function and bad.dirty is None:
                return bad
        return call

    def match(self) -> Call | None:
        """Requests of one offer stand together."""
        made = [self.actors.match_orders() for _ in range(self.rng.randint(1, MOST))]
        calls = [call for call in made if call]
        entries = self.entries("match_orders", [*calls, *self.sharing(calls)])
        entries.sort(key=lambda call: call.args[2].salt)
        if not entries:
            return None
        packed, before, kept = b"", (zeros(Request), zeros(Offer)), b""
        for call in entries:
            request, signature, offer, signed, proof = call.args
            packed += self.changes(before[0], request) + sized(signature)
            stays = offer == before[1] and (signed == kept or self.rng.random() < 0.3)
            offered = b"\0"
            if not stays:
                told = offer == before[1]  # only the signature is another: something must be told
                offered = self.changes(before[1], offer, all_members=told) + sized(signed)
                kept = signed
            packed += offered + bytes([len(proof)]) + b"".join(proof)
            before = request, offer
        named = [c.args[0].matcher for c in entries if c.args[0].matcher in EVERYBODY]
        caller = self.rng.choice(named or [entries[0].caller])
        return self.batch("match_batch", caller, entries, packed)

    def sharing(self, calls: list[Call]) -> list[Call]:
        """Another request for the offer of the first; the offer's key may be known by then, so
        that nobody looks at its signature any more."""
        if not calls or self.rng.random() < 0.5:
            return []
        deal = self.actors.new_deal(Deal(*calls[0].args))
        if deal is None:
            return []
        if self.rng.random() < 0.5:
            deal = replace(deal, offer_signature=self.rng.choice((b"", self.rng.randbytes(65))))
        return [replace(calls[0], args=deal.args)]

    def submit(self) -> Call | None:
        """Of all jobs that the caller may submit for, and another one."""
        made = [call for _ in range(2 * MOST) if (call := self.actors.submit())]
        if not made:
            return None
        caller = made[0].caller
        by_id = {call.args[0]: call for call in made if call.caller == caller}
        some = [*by_id.values(), *([made[-1]] if self.rng.random() < 0.2 else [])]
        entries = self.entries("submit", some[:MOST])
        packed, before = b"", zeros(Job)
        for id_, job, seal, manifest in (call.args for call in entries):
            packed += id_ + self.changes(before, job) + seal + manifest
            before = job
        return self.batch("submit_batch", caller, entries, packed)

    def finalize(self) -> Call | None:
        """Of all claims whose window is over, and one more."""
        actors = self.actors
        over = [i for i in actors.live(State.CLAIMED) if actors.last[i].window_end <= actors.now]
        some = [
            actors.call("finalize", NOBODY, i, actors.last[i], *actors.opening(i)) for i in over
        ]
        more = actors.finalize()
        entries = self.entries("finalize", [*some[-MOST:], *([more] if more else [])])
        if not entries:
            return None
        caller = more.caller if more else self.rng.choice(EVERYBODY)
        packed, before = b"", zeros(Job)
        for id_, job, root, units in (call.args for call in entries):
            packed += id_ + self.changes(before, job) + root + units.to_bytes(8, "big")
            before = job
        return self.batch("finalize_batch", caller, entries, packed)

    def changes(self, before: Struct, after: Struct, *, all_members: bool = False) -> bytes:
        return changes(before, after, all_members=all_members or self.rng.random() < 0.1)

    def batch(self, function: str, caller: str, entries: list[Call], *args: object) -> Call:
        if len(entries) == 1 and not self.actors.neglects(entries[0]):
            self.actors.now = entries[0].at
        return self.actors.call(function, caller, *args)

    def mangled(self, call: Call) -> Call:
        """Bytes changed, left out or added: whatever comes of it, it comes of it on both sides."""
        rng, entries = self.rng, call.args[0]
        at = rng.choice((0, 32, rng.randrange(len(entries)), rng.randrange(len(entries))))
        bad = rng.choice(
            (
                entries[:-1],
                entries + b"\0",
                entries[:at],
                entries[:at] + bytes([rng.randrange(256)]) + entries[at + 1 :],
                entries[:at] + entries[at + 1 :],
                entries[at:] + entries[:at],
                b"\xff" + entries[1:],
                b"",
            )
        )
        return replace(call, args=(bad,), notes=("batch mangled",))


def sized(signature: bytes) -> bytes:
    return len(signature).to_bytes(2, "big") + signature
