"""The job's own faults: what keeps every provider with default options away."""

from __future__ import annotations

from collections.abc import Iterator

from workbond.chain import rules
from workbond.chain.types import ZERO_ADDRESS, Request
from workbond.executor.profile import PROFILE_ID
from workbond.provider.fit import unjudged
from workbond.provider.terms import LOCK_S, OUTPUT_BYTES, SUBMIT_S, Terms
from workbond.requester.why.facts import Facts
from workbond.requester.why.fitting import worst_case_s
from workbond.requester.why.probe import is_private
from workbond.requester.why.reasons import Code, Reason, Weight
from workbond.spec import Spec
from workbond.words import duration


def own_reasons(facts: Facts) -> Iterator[Reason]:
    """Faults that the request, the spec and the job's gateway have by themselves."""
    request = facts.request
    name = f"0x{facts.job_id.hex()[:16]}"
    if facts.now_s >= request.open_until:
        ago = duration(facts.now_s - request.open_until)
        yield Reason(
            Code.CLOSED,
            Weight.SURE,
            f"it was open until {ago} ago, and nobody can accept it any more",
            f"get the escrow back with `workbond job end {name}`, then post it again",
        )
    yield from _of_request(request, facts.committee)
    if facts.inputs_problem is not None:
        yield _inputs(facts, name)
    if facts.spec_problem is not None:
        yield Reason(Code.SPEC, Weight.SURE, facts.spec_problem, "post it again from its job file")
    if facts.spec is not None:
        yield from _of_spec(request, facts.spec)


def _of_request(request: Request, committee: str) -> Iterator[Reason]:
    if request.profile != PROFILE_ID:
        yield Reason(
            Code.PROFILE,
            Weight.SURE,
            f"its profile 0x{request.profile.hex()[:16]}... is not wasm-1, the only one there is",
            'post it again with profile = "wasm-1"',
        )
    yield from _of_judging(request, committee)
    if any(request.providers[:12]):
        yield Reason(
            Code.PROVIDERS,
            Weight.SURE,
            "it admits a list of providers by its Merkle root, for which nodes of this version "
            "have no proofs",
            "post it again for anybody, or for one address",
        )
    locked_s = rules.lock_for(request)
    if locked_s > LOCK_S:
        longest_s = request.challenge_for - -(-2 * (locked_s - LOCK_S) // 3)
        case = f" and a case of {duration(request.case_for)}" if request.case_for else ""
        yield Reason(
            Code.LOCK,
            Weight.LIKELY,
            f"its challenge window of {duration(request.challenge_for)}{case} can lock the bond "
            f"for longer than the {duration(LOCK_S)} that nodes accept by default",
            f"repost it with a challenge_for_s of at most {longest_s}"
            if longest_s >= 0
            else "repost it with a shorter run_for_s, or more seats: its cases take less time then",
        )
    if request.run_for < SUBMIT_S:
        yield Reason(
            Code.DEADLINE,
            Weight.SURE,
            f"it gives {request.run_for} s to run, and nodes plan {SUBMIT_S:g} s for the claim "
            "alone",
            "repost it with a longer run_for_s",
        )


def _of_judging(request: Request, committee: str) -> Iterator[Reason]:
    if request.resolver not in (ZERO_ADDRESS, committee):
        known = f"that is {committee}" if committee else "this deployment has none"
        yield Reason(
            Code.RESOLVER,
            Weight.LIKELY,
            f"it names the resolver {request.resolver}, and by default nodes take jobs of the "
            f"deployment's committee only ({known})",
            "post it again with the default resolver",
        )
        return
    problem = unjudged(request, committee)
    if problem:
        yield Reason(
            Code.POLICY,
            Weight.SURE,
            f"its committee could not judge it, or nobody would be paid for it: {problem}",
            "post it again with the judging that `workbond job quote` suggests",
        )


def _of_spec(request: Request, spec: Spec) -> Iterator[Reason]:
    tasks, limits = request.tasks, spec.limits
    if tasks * limits.units > request.max_units:
        yield Reason(
            Code.UNITS,
            Weight.SURE,
            f"its {tasks:,} tasks may use {tasks * limits.units:,} units, and it pays for "
            f"{request.max_units:,}",
            "post it again from its job file",
        )
    if tasks * limits.output > OUTPUT_BYTES:
        yield Reason(
            Code.SIZE,
            Weight.LIKELY,
            f"its {tasks:,} outputs may have {tasks * limits.output:,} bytes in all, and nodes "
            f"store {OUTPUT_BYTES:,} by default",
            "lower limits.output, or post several jobs",
        )
    # even a node that runs all tasks at once; slower ones are judged by their cards
    least_s = worst_case_s(Terms(cores=tasks, memory_bytes=0), request, spec)
    if SUBMIT_S <= request.run_for < least_s:
        yield Reason(
            Code.DEADLINE,
            Weight.SURE,
            f"it gives {request.run_for} s to run, and even a node with {tasks:,} cores plans "
            f"{least_s:.0f} s",
            f"repost it with a run_for_s of at least {_up(least_s)}, or lower limits.units",
        )


def _inputs(facts: Facts, name: str) -> Reason:
    if not facts.is_local and is_private(facts.gateway):
        remedy = (
            f"cancel it (`workbond job cancel {name}`) and post it with --listen and --public-url, "
            "or with --gateway"
        )
    else:
        remedy = f"serve them: `workbond job serve {name}`"
    return Reason(
        Code.INPUTS,
        Weight.SURE,
        f"its inputs can't be fetched from here: {facts.inputs_problem}",
        remedy,
    )


def _up(seconds: float) -> int:
    return int(seconds) + 1
