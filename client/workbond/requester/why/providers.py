"""What the known providers lack: stake, machine, time, or being there at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from workbond.money import format_amount, tokens
from workbond.provider.fit import region_fits
from workbond.provider.terms import UNITS_PER_SECOND, Terms
from workbond.requester.why.facts import Facts
from workbond.requester.why.fitting import Fit, at_once_bytes, fits_of, lately_s, worst_case_s
from workbond.requester.why.reasons import Code, Reason, Weight
from workbond.requester.why.survey import RECENT_S, named_provider
from workbond.sizes import rough_size
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
            text, remedy = tell(facts, fits, kept_away)
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
    fitting = [fit for fit in fits if fit.fits]
    concerned = fitting or fits
    online = [fit for fit in concerned if fit.online]
    asked = [f for f in concerned if f.candidate.card is None or f.candidate.answers is not None]
    if not online and asked:
        yield Reason(
            Code.OFFLINE,
            Weight.LIKELY if len(asked) == len(concerned) else Weight.PARTLY,
            _silent(facts, asked, fitting=bool(fitting)),
            "wait for one to come back, or run one: `workbond provider run`",
        )
    elif online and fitting and all(fit.candidate.busy for fit in online):
        whom = "the provider that fits is" if len(online) == 1 else "all that fit are"
        yield Reason(
            Code.BUSY,
            Weight.LIKELY,
            f"{whom} executing other jobs ({len(online)} online)",
            "wait: nodes execute one job after the other",
        )


def _silent(facts: Facts, asked: Sequence[Fit], *, fitting: bool) -> str:
    """OFFLINE's sentence about those that were asked (or have announced nothing to ask)."""
    known = any(fit.candidate.card is not None for fit in asked)
    lately = f"within the last {duration(lately_s(facts) if known else RECENT_S)}"
    if len(asked) == 1:
        who = _admitted(facts) or f"the only known provider{' that fits' if fitting else ''}"
        silent = "does not answer at its gateway" if known else "has announced no gateway"
        return f"{who} {silent}, and took no job {lately}"
    who = f"none of {plural(len(asked), 'provider')} {'that fit' if fitting else 'asked'}"
    silent = "answers at its gateway" if known else "has announced a gateway"
    return f"{who} {silent} or took a job {lately}"


def _admitted(facts: Facts) -> str | None:
    """The named provider, as the subject of a sentence."""
    if named_provider(facts.request) is None:
        return None
    return "the only provider that it admits"


# ─────────────────────────── sentences about obstacles ────────────────────────


def _tell_profile(facts: Facts, fits: Sequence[Fit], kept: Sequence[Fit]) -> tuple[str, str]:
    return (
        f"{_of_known(facts, fits, kept)} {_do(kept, 'offers', 'offer')} other execution profiles "
        "than wasm-1",
        "wait for another provider",
    )


def _tell_stake(facts: Facts, fits: Sequence[Fit], kept: Sequence[Fit]) -> tuple[str, str]:
    bond, min_stake = facts.request.bond, facts.request.min_stake
    unlocked = [f.candidate.account.unbonded for f in kept if f.candidate.account.unbonded < bond]
    staked = [f.candidate.account.staked for f in kept if f.candidate.account.staked < min_stake]
    parts, remedies = [], []
    if unlocked:
        most = format_amount(max(unlocked))
        parts.append(f"less than its bond of {tokens(bond)} unlocked (at most {most})")
        remedies.append(f"a bond of at most {most}")
    if staked:
        most = format_amount(max(staked))
        parts.append(
            f"less than the stake of {tokens(min_stake)} that it asks for (at most {most})"
        )
        remedies.append(f"a min_stake of at most {most}")
    return (
        f"{_of_known(facts, fits, kept)} {_do(kept, 'has', 'have')} {' or '.join(parts)}",
        f"repost it with {' and '.join(remedies)}",
    )


def _tell_deadline(facts: Facts, fits: Sequence[Fit], kept: Sequence[Fit]) -> tuple[str, str]:
    request, spec = facts.request, _spec(facts)
    least_s = min(worst_case_s(terms, request, spec) for terms in _terms(kept))
    return (
        f"it gives {request.run_for} s to run, and {_of_known(facts, fits, kept)} "
        f"{_do(kept, 'plans', 'plan')} for more ({least_s:.0f} s at least, with "
        f"{UNITS_PER_SECOND:,} units per second and core)",
        f"repost it with a run_for_s of at least {int(least_s) + 1}, or lower limits.units",
    )


def _tell_memory(facts: Facts, fits: Sequence[Fit], kept: Sequence[Fit]) -> tuple[str, str]:
    request, spec = facts.request, _spec(facts)
    least = min(at_once_bytes(terms, request, spec) for terms in _terms(kept))
    return (
        f"its tasks, one on each core, may need {rough_size(least)} of memory or more at once, and "
        f"{_of_known(facts, fits, kept)} {_do(kept, 'gives', 'give')} less",
        "lower limits.memory",
    )


def _tell_requirements(facts: Facts, fits: Sequence[Fit], kept: Sequence[Fit]) -> tuple[str, str]:
    wanted, offers = _spec(facts).requirements, _terms(fits)
    parts, remedies = [], []

    def ask(what: str, lacking: list[Terms], remedy: Callable[[list[Terms]], str]) -> None:
        having = len(offers) - len(lacking)
        parts.append(f"{what} (offered by {having} of {plural(len(offers), 'known provider')})")
        if lacking:
            remedies.append(remedy(lacking))

    if wanted.cores > 1:
        ask(f"{wanted.cores} cores", [t for t in offers if t.cores < wanted.cores], _cores)
    if wanted.memory:
        lacking = [t for t in offers if t.memory_bytes < wanted.memory]
        ask(f"{rough_size(wanted.memory)} of memory", lacking, _memory)
    if wanted.region:
        lacking = [t for t in offers if not region_fits(wanted.region, t.region)]
        ask(f"region {wanted.region}", lacking, _regions)
    return (
        f"it requires {', '.join(parts)}",
        f"ask for less in [requirements]: {'; '.join(remedies)}",
    )


_TELL: dict[Code, Callable[[Facts, Sequence[Fit], Sequence[Fit]], tuple[str, str]]] = {
    Code.PROFILE: _tell_profile,
    Code.STAKE: _tell_stake,
    Code.DEADLINE: _tell_deadline,
    Code.MEMORY: _tell_memory,
    Code.REQUIREMENTS: _tell_requirements,
}


def _of_known(facts: Facts, fits: Sequence[Fit], kept: Sequence[Fit]) -> str:
    """`3 of 5 known providers`, as the subject of a sentence."""
    if len(fits) == 1:
        return _admitted(facts) or "the only known provider"
    return f"{len(kept)} of {plural(len(fits), 'known provider')}"


def _do(subjects: Sequence[Fit], singular: str, several: str) -> str:
    return singular if len(subjects) == 1 else several


def _terms(fits: Sequence[Fit]) -> list[Terms]:
    return [fit.candidate.terms for fit in fits if fit.candidate.terms is not None]


def _cores(lacking: list[Terms]) -> str:
    return f"at most {plural(max(terms.cores for terms in lacking), 'core')}"


def _memory(lacking: list[Terms]) -> str:
    return f"at most {rough_size(max(terms.memory_bytes for terms in lacking))} of memory"


def _regions(lacking: list[Terms]) -> str:
    told = sorted({terms.region for terms in lacking if terms.region})
    more = ", ..." if len(told) > REGIONS_SHOWN else ""
    return f"another region ({', '.join(told[:REGIONS_SHOWN])}{more})" if told else "no region"


def _spec(facts: Facts) -> Spec:
    """Only a known spec makes these obstacles."""
    assert facts.spec is not None
    return facts.spec
