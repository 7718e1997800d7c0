"""Ways to get demands and answers wrong."""

import random
from collections.abc import Callable
from dataclasses import replace

from . import rules
from .actors import Actors
from .calls import Call
from .trees import CHUNK_BYTES, LEAF_BYTES, NODE_BYTES, sides
from .words import State

Way = Callable[[Call], Call | None]


class AnswerSpoiler:
    """Takes a sensible demand or answer."""

    rng: random.Random
    actors: Actors

    def answer_ways(self) -> tuple[Way, ...]:
        few = (self.pairs, *(self.answered,) * 2, *(self.shown,) * 12)
        return (*few, self.twice, self.impatience)

    def answer_args(self, id_: bytes) -> tuple[object, ...]:
        """What can be answered of a job, if anything was demanded."""
        demanded = id_ in self.actors.demanded
        answers = self.actors.answers(id_)[:2] if demanded else [b""]
        pairs = self.actors.demanded.get(id_, (0,))
        return (pairs, *self.actors.opening(id_), tuple(answers))

    def pairs(self, call: Call) -> Call | None:
        """None, too many, tasks that are not the job's; or others than were demanded."""
        if call.function not in ("demand", "answer"):
            return None
        pairs, tasks = call.args[2], call.args[1].tasks
        alien = (self.rng.choice((tasks, 2**32 - 1)) << 32,)
        some = [(), (*pairs, *alien), pairs * 9, (pairs * 9)[: rules.MAX_PAIRS + 1], alien]
        if call.function == "answer":
            some += [pairs[::-1], pairs[1:], (pairs[0] ^ 1, *pairs[1:])]
        other = self.rng.choice([p for p in some if p != pairs])
        return replace(call, args=(*call.args[:2], other, *call.args[3:]), notes=("pairs",))

    def answered(self, call: Call) -> Call | None:
        """None, too many, one twice, or one that nobody waits for."""
        if call.function != "answer":
            return None
        answers = call.args[5]
        position = self.rng.choice((7, 8, 255, len(call.args[2])))
        # An empty one is read as of position 0.
        some = (
            (),
            answers * 9,
            (*answers, answers[0]),
            (bytes([position]) + answers[0][1:],),
            (b"",),
            (*answers, b""),
        )
        return replace(call, args=(*call.args[:5], self.rng.choice(some)), notes=("answers",))

    def shown(self, call: Call) -> Call | None:
        """One answer with a byte of one of its parts changed, or a part left out or too much."""
        if call.function != "answer":
            return None
        rng, answers = self.rng, [*call.args[5]]
        which = rng.randrange(len(answers))
        note, bad = rng.choice(self.falsified(call, answers[which]))
        answers[which] = bad
        args = (*call.args[:5], tuple(answers))
        return replace(call, args=args, notes=(f"answer {note}",))

    def falsified(self, call: Call, good: bytes) -> list[tuple[str, bytes]]:
        """position ‖ leaf ‖ path ‖ chunk ‖ path of the chunk; with notes."""
        task = call.args[2][good[0]] >> 32
        leaf_end = 1 + LEAF_BYTES
        chunk_at = leaf_end + NODE_BYTES * len(sides(task, call.args[1].tasks))
        length = int.from_bytes(good[18:26], "big")  # of the output, in the leaf
        chunk_end = min(chunk_at + min(length, CHUNK_BYTES), len(good))
        bad = [
            ("without its last byte", good[:-1]),
            ("with a byte too much", good + b"\0"),
            ("cut in its leaf", good[: self.rng.randrange(1, leaf_end)]),
            ("without its chunk", good[:chunk_at] if chunk_at < chunk_end else good[:-1]),
            ("with a chunk too much", good + bytes(CHUNK_BYTES)),
        ]
        parts = {"index": (1, 5), "class": (5, 6), "exit code": (6, 10), "units": (10, 18)}
        parts |= {"length": (18, 26), "digest": (26, 58), "extra": (58, leaf_end)}
        parts |= {"path": (leaf_end, chunk_at), "chunk": (chunk_at, chunk_end)}
        parts["path of its chunk"] = (chunk_end, len(good))
        parts["hash beside its chunk"] = (chunk_end, min(chunk_end + 32, len(good)))
        for name, (start, last) in parts.items():
            end = min(last, len(good))  # some answers are shorter than the shape
            if start < end:
                at = self.rng.randrange(start, end)
                bad.append((f"with another {name}", flipped(good, at)))
        nodes = [good[at : at + NODE_BYTES] for at in range(leaf_end, chunk_at, NODE_BYTES)]
        if nodes:
            most = nodes[0][:32] + b"\xff" * 8
            rest = good[leaf_end + NODE_BYTES :]
            bad.append(("with too many units", good[:leaf_end] + most + rest))
        if nodes[1:]:
            turned = b"".join(nodes[::-1])
            bad.append(("with its path reversed", good[:leaf_end] + turned + good[chunk_at:]))
        return bad

    def twice(self, call: Call) -> Call | None:
        """A second demand of the same claim."""
        demanded = [i for i in self.actors.live(State.CLAIMED) if self.actors.last[i].answer_by]
        open_ = [i for i in demanded if self.actors.last[i].window_end > call.at]
        if not open_:
            return None
        id_ = self.rng.choice(open_)
        job = self.actors.last[id_]
        args = (id_, job, (0,))
        notes = ("second demand",)
        return replace(call, function="demand", caller=job.requester, args=args, notes=notes)

    def impatience(self, call: Call) -> Call | None:
        """Payment while a demanded pair is unanswered and the window is over."""
        actors = self.actors
        ids = [
            id_
            for id_ in actors.live(State.CLAIMED)
            if rules.unanswered(actors.last[id_]) and actors.last[id_].window_end <= call.at
        ]
        if not ids:
            return None
        id_ = self.rng.choice(ids)
        args = (id_, actors.last[id_], *actors.opening(id_))
        return replace(call, function="finalize", args=args, notes=("unanswered",))


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
