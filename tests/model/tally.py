"""What an episode has done: counted, added up over episodes, and printed."""

from collections import Counter
from dataclasses import dataclass, field

from . import rules, tally_cases
from .calls import Call, Outcome
from .cast import WALLETS
from .committee.verdicts import Committee
from .errors import error_name
from .records import Record
from .words import NOBODY, ZERO32, Request, State, Verdict, VoidReason

TRANSITIONS = (
    "post",
    "accept",
    "match_orders",
    "match_orders in a batch",
    "fill",
    "fill_and_claim",
    "submit",
    "submit by delegate",
    "submit in a batch",
    "approve",
    "finalize",
    "finalize in a batch",
    "demand",
    "demand in a case",
    "answer, not the last",
    "answer, the last",
    "answer by delegate",
    "answer in a case",
    "dispute",
    "resolve upheld",
    "resolve upheld, a challenger",
    "resolve rejected",
    "resolve rejected, a challenger",
    "timeout",
    "finalize after a case",
    "cancel by requester",
    "cancel by anyone",
    "release",
    "expire",
    "void, unopened",
    "void, unanswered",
)
SKIPPED = ("match_batch skips", "submit_batch skips", "finalize_batch skips")
REVOKING = ("revoke", "cancel_offer", "raise_counter", "set_delegate")
MONEY = ("deposit", "deposit_with_permit", "withdraw", "stake", "unstake", "withdraw_stake")
OTHER = (*REVOKING, *MONEY, "announce")
SAVING = tuple(f"committee.{name}" for name in tally_cases.MONEY)
BATCHED = {"match_batch": "match_orders", "submit_batch": "submit", "finalize_batch": "finalize"}
DONE = ("JobMatched", "JobClaimed", "JobSettled")


@dataclass
class Tally:
    """Counts of calls by function and outcome, of boundaries met, of refusals by what was wrong."""

    calls: Counter[tuple[str, str]] = field(default_factory=Counter)
    done: Counter[str] = field(default_factory=Counter)  # what succeeded, entries of batches too
    skipped: Counter[tuple[str, str]] = field(default_factory=Counter)  # entries, by error
    boundaries: Counter[tuple[str, str, int, str]] = field(default_factory=Counter)
    wrong: Counter[tuple[str, str]] = field(default_factory=Counter)
    fields: Counter[str] = field(default_factory=Counter)  # of FieldOutOfRange
    limits: Counter[str] = field(default_factory=Counter)  # of OfferExceeded
    kinds: Counter[str] = field(default_factory=Counter)  # of accepted jobs
    seats: Counter[str] = field(default_factory=Counter)  # by their verifiers' manners
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

    def lines(self, seeds: range) -> list[str]:
        """The counts for humans."""
        share = 100 * self.successes // max(self.steps, 1)
        head = f"{self.steps} steps in {len(seeds)} episodes, {share}% successful"
        rows = [f"{head}; seeds {seeds[0]} to {seeds[-1]}"]
        for title, names in (
            ("transitions", TRANSITIONS),
            ("cases", tally_cases.TRANSITIONS),
            ("paid by cases", tally_cases.PAID),
            ("entries of batches", SKIPPED),
            ("other calls", (*OTHER, *SAVING)),
        ):
            rows.append(f"{title}: " + ", ".join(f"{name} {self.done[name]}" for name in names))
        for title, counter in (
            ("refusals", self.refusals()),
            ("fields out of range", self.fields),
            ("limits of offers exceeded", self.limits),
            ("jobs", self.kinds),
            ("seats of verifiers", self.seats),
            ("most gas", self.gas),
        ):
            rows.append(f"{title}: " + ", ".join(f"{k} {n}" for k, n in counter.most_common()))
        met = sum(self.boundaries.values())
        rows.append(f"boundaries: {met} calls in the second before, at or after a deadline")
        return rows


def name_of(call: Call) -> str:
    """The call's name in the counts: a cancellation says who cancelled."""
    if call.contract != "market":
        return f"{call.contract}.{call.function}"
    if call.function != "cancel":
        return call.function
    return "cancel by requester" if call.caller == call.args[0].requester else "cancel by anyone"


def did(call: Call, outcome: Outcome) -> list[str]:
    """What a successful call has done, in the words above."""
    names, events = [event[0] for event in outcome.events], outcome.events
    if call.function in BATCHED:
        done = [f"{BATCHED[call.function]} in a batch" for name in names if name in DONE]
        return done + [f"{call.function} skips" for name in names if name == "EntrySkipped"]
    if call.function == "cancel" and names == ["OrderCancelled"]:
        return ["revoke"]
    if call.function == "void":
        unanswered = events[0][4] == VoidReason.UNANSWERED
        return ["void, unanswered" if unanswered else "void, unopened"]
    done = [name_of(call)]
    if call.function == "answer":
        last = events[0][3] == rules.ALL_ANSWERED
        done = ["answer, the last" if last else "answer, not the last"]
        if call.args[1].disputed_at:
            done.append("answer in a case")
    if call.function == "demand" and call.args[1].disputed_at:
        done.append("demand in a case")
    if call.function == "resolve":
        verdict, challenger = call.args[2:]
        word = f"resolve {Verdict(verdict).name.lower()}"
        done = [word if challenger == NOBODY else f"{word}, a challenger"]
    if call.function == "finalize" and call.args[1].case_done:
        done.append("finalize after a case")
    if call.function in ("submit", "answer") and call.caller != call.args[1].provider:
        done.append(f"{call.function} by delegate")
    return done


def deadlines(committee: Committee, call: Call) -> dict[str, int]:
    """The times that matter to a call."""
    model, function = committee.market, call.function
    if call.contract == "committee":
        return tally_cases.deadlines(committee, call)
    if function in ("match_orders", "fill", "fill_and_claim"):
        request = call.args[0]
        until = {"open_until": request.open_until}
        matched = function == "match_orders"
        return {**until, "valid_until": call.args[2].valid_until} if matched else until
    if function == "deposit_with_permit":
        allowed = model.token.allowances[call.caller, model.address]
        return {"deadline": call.args[1]} if allowed < call.args[0] else {}
    if call.function in ("accept", "cancel"):
        request = call.args[0]
        ramp = {"ramp_start": request.ramp_start, "ramp_end": request.ramp_end}
        return {"open_until": request.open_until, **(ramp if call.function == "accept" else {})}
    if call.function == "withdraw_stake":
        return {"matures_at": model.accounts[call.caller].matures_at}
    record = model.record(call.args[0]) if len(call.args) > 1 else Record()
    if record.state == State.RUNNING and call.function in ("submit", "release", "expire"):
        return {"run_end": rules.run_end(record.job)}
    job = record.job
    if record.state == State.DISPUTED and function in ("resolve", "timeout"):
        return {"case_end": rules.case_end(job)}
    if record.state == State.DISPUTED and function == "answer":
        return {"answer_by": job.answer_by}
    if record.state != State.CLAIMED:
        return {}
    if function in ("demand", "approve", "dispute"):
        return {"window_end": job.window_end}
    if function == "answer":
        return {"answer_by": job.answer_by}
    if function == "finalize":
        moved = job.window_end != job.claimed_at + job.challenge_for
        window = "moved window_end" if moved else "window_end"
        closed = {"grace_end": rules.grace_end(job)} if not rules.unanswered(job) else {}
        return {window: job.window_end, **closed}
    if function == "void":
        unanswered = rules.unanswered(job)
        return {"answer_by" if unanswered else "grace_end": rules.void_from(job)}
    return {}


def count(
    tally: Tally, committee: Committee, call: Call, due: dict[str, int], outcome: Outcome, gas: int
) -> None:
    """Add one call; `due` are its deadlines before it was made."""
    name, word = name_of(call), outcome.word
    tally.calls[name, word] += 1
    tally.gas[name] = max(tally.gas[name], gas)
    tally.wrong.update((note, word) for note in call.notes)
    for deadline, time in due.items():
        if not call.notes and abs(call.at - time) <= 1:
            tally.boundaries[name, deadline, call.at - time, word] += 1
    named = {"FieldOutOfRange": tally.fields, "OfferExceeded": tally.limits}
    if word in named:
        named[word][outcome.refused[1].rstrip(b"\0").decode()] += 1
    if word == "ok" and call.contract == "market":
        tally.done.update(did(call, outcome))
    if word == "ok" and call.contract == "committee":
        tally.done.update(tally_cases.did(committee, call, outcome))
    if name in ("accept", "match_orders", "fill", "fill_and_claim") and word == "ok":
        tally.kinds.update(kinds(call.args[0], call))
    for event in outcome.events:
        if event[0] == "EntrySkipped":
            tally.skipped[call.function, error_name(event[3])] += 1


def kinds(request: Request, call: Call) -> list[str]:
    """What is special about a job that starts."""
    matched = call.function == "match_orders"
    provider = call.args[2].provider if matched else call.caller
    at = {"accept": 1, "match_orders": 4, "fill": 2}.get(call.function)
    proof = call.args[at] if at else ()
    wallets = {wallet.address: f"signed by a {wallet.kind} wallet" for wallet in WALLETS}
    signers = [request.requester] if call.function != "accept" else []
    signers += [provider] if matched else []
    tests = {
        "own": request.requester == provider,
        "no bond": request.bond == 0,
        "tip": request.tip > 0,
        "case fee": request.case_fee > 0,
        "on the ramp": request.ramp_start < call.at < request.ramp_end,
        "named provider": request.providers[:12] == bytes(12) and request.providers != ZERO32,
        "allow-list": bool(proof),
        "named matcher": matched and NOBODY not in (request.matcher, call.args[2].matcher),
        "for one requester": matched and call.args[2].requester != NOBODY,
        "for one spec": matched and call.args[2].spec != ZERO32,
        "huge": request.flat + request.bond > 2**90,
    }
    special = [name for name, holds in tests.items() if holds]
    return special + [wallets[signer] for signer in signers if signer in wallets]
