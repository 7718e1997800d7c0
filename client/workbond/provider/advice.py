"""What a provider's owner can do about jobs that were not taken, from the numbers of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from workbond.money import rough, tokens, unit
from workbond.provider.fit import Misfit
from workbond.provider.tally import OPEN, TOOK, Seen, Tally
from workbond.words import plural

# Those that the owner can change come first, so that the most useful hint does.
ADVICE = {
    Misfit.PRICE: "ask for less with --min-price or --min-flat, or wait for better pay",
    Misfit.STAKE: "add some with `workbond provider stake`, or wait until live jobs settle",
    Misfit.GAS: "send gas coin to the provider's account",
    Misfit.RPC: "use a more reliable node with --rpc",
    Misfit.SIGNER: "see what the remote signer says",
    Misfit.DEADLINE: "give more --cores, or at your risk a higher --units-per-second",
    Misfit.REQUIREMENTS: "see --cores, --max-memory and --region",
    Misfit.MEMORY: "give more --max-memory, or fewer --cores",
    Misfit.SIZE: "raise --max-output or --max-download if disk and network allow",
    Misfit.LOCK: "raise --max-lock if you can spare the bond that long",
    Misfit.BOND: "raise --max-bond if you trust your machine with it",
    Misfit.DEMAND: "ask for less with --min-demand-fee",
    Misfit.UNMATCHED: "ask for less, or use the books of the matchers that requests name",
    Misfit.INPUTS: "if it is so for many requesters, check this machine's network and disk",
    Misfit.MACHINE: "read the journal's numbers: free disk, permissions, memory",
    Misfit.TAKEN: "a shorter way to the chain is faster, a lower --min-price earlier",
    Misfit.CLOSED: "nothing, unless it is frequent: then a faster RPC",
    Misfit.PROFILE: "nothing: another kind of program",
    Misfit.RESOLVER: "nothing, unless you trust that resolver with your bond: then --resolver",
    Misfit.POLICY: "nothing: their requesters' mistake",
    Misfit.PROVIDERS: "nothing: they are for others",
    Misfit.FUNDS: "nothing: their requesters must deposit more",
    Misfit.REVOKED: "nothing: their requesters changed their mind",
    Misfit.SIGNATURE: "nothing: forgeries; a book that lists many of them checks nothing",
    Misfit.BOUNDS: "nothing: their requester's mistake; a book that lists them checks nothing",
    Misfit.UNITS: "nothing: their requester's mistake, or a trap",
    Misfit.SPEC: "nothing: their requester's mistake",
    Misfit.PROGRAM: "nothing: no valid result exists",
}
_ORDER = {misfit.name: place for place, misfit in enumerate(ADVICE)}
_IN_VAIN = {misfit.name for misfit, text in ADVICE.items() if text.startswith("nothing")}


def ranked(counts: dict[str, int]) -> list[tuple[str, int]]:
    """Codes of jobs not taken with their numbers: what can be helped first, frequent ones first."""
    codes = [(code, number) for code, number in counts.items() if code not in (OPEN, TOOK)]
    return sorted(codes, key=lambda each: (each[0] in _IN_VAIN, -each[1], _ORDER[each[0]]))


def hint(code: str, jobs: Sequence[Seen]) -> str:
    """What the numbers of `jobs`, all under `code`, come to; empty where they say nothing."""
    if code == Misfit.PRICE.name:
        return _price_hint(jobs)
    if code in (Misfit.STAKE.name, Misfit.GAS.name):
        return _missing_hint(
            jobs, f"{unit()} more" if code == Misfit.STAKE.name else "gas coin more"
        )
    if code == Misfit.DEADLINE.name:
        return _deadline_hint(jobs)
    if code == Misfit.TAKEN.name:
        return _taken_hint(jobs)
    return ""


def summary(tally: Tally) -> str:
    """A line for the journal: `seen 42 jobs: took 3; not taken: PRICE 20 (...), STAKE 5 (...)`."""
    counts = tally.counts
    line = f"seen {plural(tally.seen, 'job')}: took {counts.get(TOOK, 0)}"
    if tally.done or tally.failed:
        line += f" (done {tally.done}, failed {tally.failed}"
        line += f", earned {tokens(tally.earned)})"
    if counts.get(OPEN):
        line += f", {counts[OPEN]} not decided yet"
    parts = []
    for code, number in ranked(counts):
        text = hint(code, tally.with_code(code))
        parts.append(f"{code} {number:,}" + (f" ({text})" if text else ""))
    return line + (f"; not taken: {', '.join(parts)}" if parts else "")


def _price_hint(jobs: Sequence[Seen]) -> str:
    offered = sorted(job.numbers["offered"] for job in jobs if "offered" in job.numbers)[::-1]
    flats = sum("flat" in job.numbers for job in jobs)
    parts = []
    if offered:
        wanted = max(job.numbers.get("min_price", 0) for job in jobs)
        parts.append(f"best offered {rough(offered[0])} {unit()} per 10^12 units, you want ")
        parts[-1] += rough(wanted)
        if len(offered) > 1:
            middle = (len(offered) + 1) // 2
            enough = rough(offered[middle - 1])
            parts.append(f"--min-price {enough} would do for {middle} of {len(offered)}")
    if flats:
        best = max(job.numbers["flat"] for job in jobs if "flat" in job.numbers)
        parts.append(f"{flats} below --min-flat, the best at {rough(best)} {unit()}")
    return "; ".join(parts)


def _missing_hint(jobs: Sequence[Seen], what: str) -> str:
    missing = sorted(job.numbers["missing"] for job in jobs if "missing" in job.numbers)
    if not missing:
        return ""
    least, most = rough(missing[0], up=True), rough(missing[-1], up=True)
    if missing[0] == missing[-1]:
        return f"{least} {what} would do"
    return f"{least} {what} would do for one, {most} for all"


def _deadline_hint(jobs: Sequence[Seen]) -> str:
    """By how much the nearest one was too short."""
    ratios = [
        job.numbers["needed"] / max(1, job.numbers["allowed"])
        for job in jobs
        if "needed" in job.numbers
    ]
    return f"the nearest would have to be done {min(ratios):.1f} times as fast" if ratios else ""


def _taken_hint(jobs: Sequence[Seen]) -> str:
    before = Counter(job.before for job in jobs)
    parts = []
    if before[Misfit.PRICE.name]:
        parts.append(f"{before[Misfit.PRICE.name]} while their price was below yours")
    if before[OPEN]:
        parts.append(f"{before[OPEN]} before this node could")
    return ", ".join(parts)
