"""What an episode has done: counted, added up over episodes, and printed."""

from collections import Counter
from dataclasses import dataclass, field

from . import rules
from .calls import Call, Outcome
from .market import Market
from .records import Record
from .words import ZERO32, Request, State

TRANSITIONS = (
    "post",
    "accept",
    "submit",
    "approve",
    "finalize",
    "cancel by requester",
    "cancel by anyone",
    "release",
    "expire",
    "void",
)
MONEY = ("deposit", "withdraw", "stake", "unstake", "withdraw_stake", "announce")


@dataclass
class Tally:
    """Counts of calls by function and outcome, of boundaries met, of refusals by what was wrong."""

    calls: Counter[tuple[str, str]] = field(default_factory=Counter)
    boundaries: Counter[tuple[str, str, int, str]] = field(default_factory=Counter)
    wrong: Counter[tuple[str, str]] = field(default_factory=Counter)
    fields: Counter[str] = field(default_factory=Counter)  # of FieldOutOfRange
    kinds: Counter[str] = field(default_factory=Counter)  # of accepted jobs
    gas: Counter[str] = field(default_factory=Counter)  # the most that a call has used

    def __iadd__(self, other: "Tally") -> "Tally":
        for name, counter in vars(self).items():
            if name != "gas":
                counter.update(getattr(other, name))
        self.gas |= other.gas
        return self

    @property
    def steps(self) -> int:
        return self.calls.total()

    @property
    def successes(self) -> int:
        return sum(count for (_, word), count in self.calls.items() if word == "ok")

    def of(self, function: str, word: str = "ok") -> int:
        return self.calls[function, word]

    def refusals(self) -> Counter[str]:
        """Counts by error."""
        words: Counter[str] = Counter()
        for (_, word), count in self.calls.items():
            words[word] += count
        del words["ok"]
        return words

    def lines(self, seeds: int) -> list[str]:
        """The counts for humans."""
        share = 100 * self.successes // max(self.steps, 1)
        head = f"{self.steps} steps in {seeds} episodes, {share}% successful"
        rows = [f"{head}; seeds 0 to {seeds - 1}"]
        for title, names in (("transitions", TRANSITIONS), ("other calls", MONEY)):
            rows.append(f"{title}: " + ", ".join(f"{name} {self.of(name)}" for name in names))
        for title, counter in (
            ("refusals", self.refusals()),
            ("fields out of range", self.fields),
            ("accepted jobs", self.kinds),
            ("most gas", self.gas),
        ):
            rows.append(f"{title}: " + ", ".join(f"{k} {n}" for k, n in counter.most_common()))
        met = sum(self.boundaries.values())
        rows.append(f"boundaries: {met} calls in the second before, at or after a deadline")
        return rows


def name_of(call: Call) -> str:
    """The call's name in the counts: a cancellation says who cancelled."""
    if call.contract == "token":
        return f"token.{call.function}"
    if call.function != "cancel":
        return call.function
    return "cancel by requester" if call.caller == call.args[0].requester else "cancel by anyone"


def deadlines(model: Market, call: Call) -> dict[str, int]:
    """The times that matter to a call."""
    if call.function in ("accept", "cancel"):
        request = call.args[0]
        ramp = {"ramp_start": request.ramp_start, "ramp_end": request.ramp_end}
        return {"open_until": request.open_until, **(ramp if call.function == "accept" else {})}
    if call.function == "withdraw_stake":
        return {"matures_at": model.accounts[call.caller].matures_at}
    record = model.record(call.args[0]) if len(call.args) > 1 else Record()
    if record.state == State.RUNNING and call.function in ("submit", "release", "expire"):
        return {"run_end": rules.run_end(record.job)}
    if record.state == State.CLAIMED and call.function in ("approve", "finalize", "void"):
        return {"window_end": record.job.window_end, "grace_end": rules.grace_end(record.job)}
    return {}


def count(tally: Tally, call: Call, due: dict[str, int], outcome: Outcome, gas: int) -> None:
    """Add one call; `due` are its deadlines before it was made."""
    name, word = name_of(call), outcome.word
    tally.calls[name, word] += 1
    tally.gas[name] = max(tally.gas[name], gas)
    tally.wrong.update((note, word) for note in call.notes)
    for deadline, time in due.items():
        if not call.notes and abs(call.at - time) <= 1:
            tally.boundaries[name, deadline, call.at - time, word] += 1
    if word == "FieldOutOfRange":
        tally.fields[outcome.refused[1].rstrip(b"\0").decode()] += 1
    if name == "accept" and word == "ok":
        tally.kinds.update(kinds(call.args[0], call))


def kinds(request: Request, call: Call) -> list[str]:
    """What is special about an accepted job."""
    tests = {
        "own": request.requester == call.caller,
        "no bond": request.bond == 0,
        "tip": request.tip > 0,
        "case fee": request.case_fee > 0,
        "on the ramp": request.ramp_start < call.at < request.ramp_end,
        "named provider": request.providers[:12] == bytes(12) and request.providers != ZERO32,
        "allow-list": bool(call.args[1]),
        "huge": request.flat + request.bond > 2**90,
    }
    return [name for name, holds in tests.items() if holds]
