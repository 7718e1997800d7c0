"""Which known providers a job fits, as far as cards and balances tell.

The questions are those that a node with default options asks (`provider.fit`); all are answered for
each provider, so that one obstacle does not hide another. A test holds the two against each other.
"""

from __future__ import annotations

from dataclasses import dataclass

from workbond.chain.types import Request
from workbond.provider.fit import TASK_OWN_BYTES, region_fits
from workbond.provider.terms import Terms
from workbond.requester.why.facts import Candidate, Facts
from workbond.requester.why.reasons import Code
from workbond.requester.why.survey import RECENT_S
from workbond.spec import Spec


@dataclass(frozen=True)
class Fit:
    """A candidate, and all that keeps it from taking the job."""

    candidate: Candidate
    obstacles: frozenset[Code]
    online: bool
    """Its gateway answers, or it accepted or claimed something lately (see `lately_s`)."""

    @property
    def fits(self) -> bool:
        return not self.obstacles


def fits_of(facts: Facts) -> list[Fit]:
    """Every candidate's fit."""
    return [_fit(candidate, facts) for candidate in facts.candidates]


def lately_s(facts: Facts) -> int:
    """How long ago a provider whose gateway is silent may have acted and count as online: since
    the job was posted. What it did before shows nothing once it does not answer."""
    return RECENT_S if facts.waits_s is None else min(RECENT_S, facts.waits_s)


def worst_case_s(terms: Terms, request: Request, spec: Spec) -> float:
    """Seconds that a node with these terms plans for the job."""
    limits = spec.limits
    return terms.run_s(request.tasks, limits.units, limits.memory, limits.output)


def at_once_bytes(terms: Terms, request: Request, spec: Spec) -> int:
    """Memory that the tasks may need on such a node, all cores at work."""
    return min(request.tasks, terms.cores) * (spec.limits.memory + TASK_OWN_BYTES)


def _fit(candidate: Candidate, facts: Facts) -> Fit:
    obstacles = set(_of_request(candidate, facts.request))
    if candidate.terms is not None and facts.spec is not None:
        obstacles |= set(_of_spec(candidate.terms, facts.request, facts.spec))
    within_s = lately_s(facts) if candidate.answers is False else RECENT_S
    active = candidate.active_s is not None and candidate.active_s >= facts.now_s - within_s
    return Fit(candidate, frozenset(obstacles), bool(candidate.answers) or active)


def _of_request(candidate: Candidate, request: Request) -> list[Code]:
    account = candidate.account
    found = [] if candidate.has_profile else [Code.PROFILE]
    if account.unbonded < request.bond or account.staked < request.min_stake:
        found.append(Code.STAKE)
    return found


def _of_spec(terms: Terms, request: Request, spec: Spec) -> list[Code]:
    found = []
    wanted = spec.requirements
    if worst_case_s(terms, request, spec) > request.run_for:
        found.append(Code.DEADLINE)
    if at_once_bytes(terms, request, spec) > terms.memory_bytes:
        found.append(Code.MEMORY)
    enough = wanted.cores <= terms.cores and wanted.memory <= terms.memory_bytes
    if not (enough and region_fits(wanted.region, terms.region)):
        found.append(Code.REQUIREMENTS)
    return found
