"""What the known providers lack: stake, machine, time, or being there at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from workbond.money import format_amount
from workbond.provider.fit import region_fits
from workbond.provider.terms import UNITS_PER_SECOND, Terms
from workbond.requester.why.facts import Facts
from workbond.requester.why.fitting import Fit, at_once_bytes, fits_of, worst_case_s
from workbond.requester.why.reasons import Code, Reason, Weight
from workbond.requester.why.survey import RECENT_S, named_provider
from workbond.spec import Spec
from workbond.words import duration, plural

REGIONS_SHOWN = 5


def provider_reasons(facts: Facts) -> Iterator[Reason]:
    """Why the known providers, which the request admits, don't take the job."""
    if any(facts.request.providers[:12]):
        return  # who is admitted can't be known; `own_reasons` says so
    only = named_provider(facts.request)
    if only is not None:
        yield Reason(
            Code.PROVIDERS,
            Weight.PARTLY,
            f"it admits the provider {only} only",
            "post it again without `providers`, for anybody",
        )
    if not facts.candidates:
        yield _nobody(facts)
        return
    fits = fits_of(facts)
    for code, tell in _TELL.items():
        kept_away = [fit for fit in fits if code in fit.obstacles]
        if kept_away:
            text, remedy = tell(facts, fits, len(kept_away))
            yield Reason(code, _weight(len(kept_away), fits), text, remedy)
    yield from _presence(facts, fits)


def _weight(kept_away: int, fits: Sequence[Fit]) -> Weight:
    if kept_away == len(fits):
        return Weight.SURE
    return Weight.PARTLY if any(fit.fits for fit in fits) else Weight.LIKELY


def _nobody(facts: Facts) -> Reason:
    return Reason(
        Code.NOBODY,
        Weight.SURE if facts.complete else Weight.LIKELY,
        f"no provider has announced itself on this market, and none took a job within the last "
        f"{plural(facts.blocks, 'block')}",
        "wait for one, or run one: `workbond provider run`",
    )


def _presence(facts: Facts, fits: Sequence[Fit]) -> Iterator[Reason]:
    """OFFLINE or BUSY, of those that fit; of all, if none does."""
    asked = [fit for fit in fits if fit.fits] or fits
    online = [fit for fit in asked if fit.online]
    if not online:
        yield Reason(
            Code.OFFLINE,
            Weight.LIKELY,
            _silent(facts, asked),
            "wait for one to come back, or run one: `workbond provider run`",
        )
    elif all(fit.candidate.busy for fit in online):
        whom = "the provider that fits is" if len(online) == 1 else "all that fit are"
        yield Reason(
            Code.BUSY,
            Weight.LIKELY,
            f"{whom} executing other jobs ({len(online)} online)",
            "wait: nodes execute one job after the other",
        )


def _silent(facts: Facts, asked: Sequence[Fit]) -> str:
    """OFFLINE's sentence."""
    lately = f"within the last {duration(RECENT_S)}"
    some_fit = asked[0].fits
    known = any(fit.candidate.card is not None for fit in asked)
    if len(asked) == 1:
        who = _admitted(facts) or f"the only known provider{' that fits' if some_fit else ''}"
        silent = "does not answer at its gateway" if known else "has announced no gateway"
        return f"{who} {silent}, and took no job {lately}"
    silent = "answers at its gateway" if known else "has announced a gateway"
    which = f"{plural(len(asked), 'known provider')}{' that fit' if some_fit else ''}"
    return f"none of the {which} {silent} or took a job {lately}"


def _admitted(facts: Facts) -> str | None:
    """The named provider, as the subject of a sentence."""
    if named_provider(facts.request) is None:
        return None
    return "the only provider that it admits"


# ─────────────────────────── sentences about obstacles ────────────────────────


def _tell_profile(facts: Facts, fits: Sequence[Fit], kept: int) -> tuple[str, str]:
    return (
        f"{_of_known(facts, fits, kept)} {_do(kept, 'offers', 'offer')} other execution profiles "
        "than wasm-1",
        "wait for another provider",
    )


def _tell_stake(facts: Facts, fits: Sequence[Fit], kept: int) -> tuple[str, str]:
    request = facts.request
    free = max(fit.candidate.account.unbonded for fit in fits)
    staked = max(fit.candidate.account.staked for fit in fits)
    parts, remedies = [], []
    if any(fit.candidate.account.unbonded < request.bond for fit in fits):
        parts.append(
            f"less than its bond of {format_amount(request.bond)} WORK unlocked (at most "
            f"{format_amount(free)})"
        )
        remedies.append(f"a bond of at most {format_amount(min(free, request.bond))}")
    if any(fit.candidate.account.staked < request.min_stake for fit in fits):
        parts.append(
            f"less than the stake of {format_amount(request.min_stake)} WORK that it asks for (at "
            f"most {format_amount(staked)})"
        )
        remedies.append(f"a min_stake of at most {format_amount(min(staked, request.min_stake))}")
    return (
        f"{_of_known(facts, fits, kept)} {_do(kept, 'has', 'have')} {' or '.join(parts)}",
        f"repost it with {' and '.join(remedies)}",
    )


def _tell_deadline(facts: Facts, fits: Sequence[Fit], kept: int) -> tuple[str, str]:
    request, spec = facts.request, _spec(facts)
    needs = [worst_case_s(terms, request, spec) for terms in _terms(fits)]
    wanted = min(needs) if kept == len(fits) else max(needs)
    return (
        f"it gives {request.run_for} s to run, and {_of_known(facts, fits, kept)} "
        f"{_do(kept, 'plans', 'plan')} for more ({min(needs):.0f} s at least, with "
        f"{UNITS_PER_SECOND:,} units per second and core)",
        f"repost it with a run_for_s of at least {int(wanted) + 1}, or lower limits.units",
    )


def _tell_memory(facts: Facts, fits: Sequence[Fit], kept: int) -> tuple[str, str]:
    request, spec = facts.request, _spec(facts)
    least = min(at_once_bytes(terms, request, spec) for terms in _terms(fits))
    return (
        f"its tasks, one on each core, may need {size_words(least)} of memory or more at once, and "
        f"{_of_known(facts, fits, kept)} {_do(kept, 'gives', 'give')} less",
        "lower limits.memory",
    )


def _tell_requirements(facts: Facts, fits: Sequence[Fit], kept: int) -> tuple[str, str]:
    wanted, offers = _spec(facts).requirements, _terms(fits)
    parts, remedies = [], []
    for asked, text, ok, best in (
        (wanted.cores > 1, f"{wanted.cores} cores", lambda t: t.cores >= wanted.cores, _cores),
        (
            wanted.memory > 0,
            f"{size_words(wanted.memory)} of memory",
            lambda t: t.memory_bytes >= wanted.memory,
            _memory,
        ),
        (
            bool(wanted.region),
            f"region {wanted.region}",
            lambda t: region_fits(wanted.region, t.region),
            _regions,
        ),
    ):
        if asked:
            having = sum(map(ok, offers))
            parts.append(f"{text} (offered by {having} of {plural(len(fits), 'known provider')})")
            remedies += [best(offers)] if having < len(offers) else []
    return (
        f"it requires {', '.join(parts)}",
        f"ask for less in [requirements]: {'; '.join(remedies)}",
    )


_TELL: dict[Code, Callable[[Facts, Sequence[Fit], int], tuple[str, str]]] = {
    Code.PROFILE: _tell_profile,
    Code.STAKE: _tell_stake,
    Code.DEADLINE: _tell_deadline,
    Code.MEMORY: _tell_memory,
    Code.REQUIREMENTS: _tell_requirements,
}


def _of_known(facts: Facts, fits: Sequence[Fit], kept: int) -> str:
    """`3 of 5 known providers`, as the subject of a sentence."""
    if len(fits) == 1:
        return _admitted(facts) or "the only known provider"
    return f"{kept} of {plural(len(fits), 'known provider')}"


def _do(count: int, singular: str, several: str) -> str:
    return singular if count == 1 else several


def _terms(fits: Sequence[Fit]) -> list[Terms]:
    return [fit.candidate.terms for fit in fits if fit.candidate.terms is not None]


def _cores(offers: Sequence[Terms]) -> str:
    return f"at most {max(terms.cores for terms in offers)} cores are offered"


def _memory(offers: Sequence[Terms]) -> str:
    return f"at most {size_words(max(terms.memory_bytes for terms in offers))} of memory"


def _regions(offers: Sequence[Terms]) -> str:
    told = sorted({terms.region for terms in offers if terms.region})
    more = ", ..." if len(told) > REGIONS_SHOWN else ""
    return f"the regions told are {', '.join(told[:REGIONS_SHOWN])}{more}" if told else "no region"


def size_words(size: int) -> str:
    """Bytes for people."""
    for unit, name in ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
        if size >= unit:
            tenths = size * 10 // unit
            return (
                f"{tenths // 10}.{tenths % 10} {name}" if tenths % 10 else f"{tenths // 10} {name}"
            )
    return f"{size} bytes"


def _spec(facts: Facts) -> Spec:
    """Only a known spec makes these obstacles."""
    assert facts.spec is not None
    return facts.spec
