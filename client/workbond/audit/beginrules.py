"""What the events must say with which a job begins: posted, matched, filled, accepted."""

from __future__ import annotations

from collections.abc import Iterator

from workbond.audit.problems import Problem, Step, differs, shown
from workbond.chain import rules
from workbond.chain.types import ZERO_ADDRESS, ZERO_WORD, Request


def posted(step: Step) -> Iterator[Problem]:
    request, gateway = step.record.request, step.record.gateway
    yield from _request(step)
    yield from differs("resolver", step.event.args["resolver"], request.resolver)
    if len(gateway) > rules.MAX_GATEWAY_BYTES:
        yield "rule", f"the gateway has {len(gateway)} characters, the most is 512"
    yield from _no_matcher(request)


def matched(step: Step) -> Iterator[Problem]:
    args, request = step.event.args, step.record.request
    yield from _request(step)
    yield from _start(step)
    if args["matcher"] == ZERO_ADDRESS:
        yield from differs("offer", args["offer"], ZERO_WORD)
        yield from _no_matcher(request)
        return
    if args["offer"] == ZERO_WORD:
        yield "rule", f"matched by {args['matcher']} without an offer"
    if request.matcher != ZERO_ADDRESS:
        yield from differs("matcher", args["matcher"], request.matcher)


def accepted(step: Step) -> Iterator[Problem]:
    args, request = step.event.args, step.record.request
    yield from _start(step)
    if step.time_s >= request.open_until:
        yield "rule", f"accepted at {step.time_s}, but the job was open until {request.open_until}"
    yield from differs("tipTo", args["tipTo"], ZERO_ADDRESS)  # nobody matched it
    yield from differs("tipPaid", args["tipPaid"], 0)
    due = rules.escrow(request) - rules.job_escrow(step.record.live_job())
    yield from differs("refund", args["refund"], due)


def _request(step: Step) -> Iterator[Problem]:
    digest = step.record.request.job_id(step.by.chain_id, step.by.market)
    if digest != step.record.id:
        yield "identity", f"the request's digest is {shown(digest)}, not the job's id"
    for field, value, low, high in rules.bounds(step.record.request, step.time_s):
        if not low <= value <= high:
            yield "rule", f"{field} is {value} but must lie in {low}..{high}"


def _start(step: Step) -> Iterator[Problem]:
    """Price and time of a job that starts to run, and who may run it."""
    args, request = step.event.args, step.record.request
    yield from differs("acceptedAt", args["acceptedAt"], step.time_s)
    yield from differs("unitPrice", args["unitPrice"], rules.unit_price(request, step.time_s))
    if request.providers != ZERO_WORD and not any(request.providers[:12]):
        admitted = int.from_bytes(request.providers, "big")
        yield from differs("provider", int(args["provider"], 16), admitted)


def _no_matcher(request: Request) -> Iterator[Problem]:
    """Who names one waits for a match."""
    if request.matcher != ZERO_ADDRESS:
        yield "rule", f"matcher is {request.matcher} but must be zero here"
