"""Gathers the facts about an open job's market, from the chain and a few gateways.

Everything read was written by strangers, and the work is bounded whatever they wrote: so many
blocks, events, cards, accounts and gateways, so many seconds.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from workbond.blobs.fetch import fetch
from workbond.blobs.sources import Sources, told
from workbond.chain.rpc import clip
from workbond.chain.types import ZERO_WORD, Request, address
from workbond.cid import cid_of_digest
from workbond.errors import UsageError, VerificationFailed, WorkbondError
from workbond.parallel import each
from workbond.provider.card import Card, read_card
from workbond.requester.desk import Desk
from workbond.requester.why.deals import DOING_EVENTS, THREADS, Doings, doings, latest_deals
from workbond.requester.why.facts import Candidate, Facts
from workbond.requester.why.history import latest_events
from workbond.requester.why.probe import all_at_once, answers, is_private, serving_problem
from workbond.spec import SPEC_BYTES_MAX, Spec

BLOCKS_BACK = 50_000  # for acceptances: a week of blocks every 12 s
EVENTS_MAX = 5_000
CARD_EVENTS_MAX = 1_000  # the latest ones; an announcement costs its author gas, reading it us
CARDS_PER_PROVIDER = 4  # the latest ones, until one is valid
CANDIDATES_MAX = 64  # whose balances are read
PROBED_MAX = 16  # whose gateways are asked
RECENT_S = 600  # who accepted or claimed within that is online
PATIENCE_S = 15.0
PROBE_S = 4.0


def survey(
    desk: Desk,
    job_id: bytes,
    request: Request,
    gateway: str,
    *,
    patience_s: float = PATIENCE_S,
    probe_s: float = PROBE_S,
) -> Facts:
    """The facts about one open job.

    Args:
        desk: market and store.
        job_id: the job.
        request: what was posted.
        gateway: where its event says that its blobs are.
        patience_s: after that no further part of the history is asked for.
        probe_s: for the gateways, all at once.

    Raises:
        ChainError: the RPC fails.
    """
    ends = time.monotonic() + patience_s
    market, head = desk.market, desk.head()
    first = max(desk.since_block, head.number - BLOCKS_BACK)
    read = latest_events(market, DOING_EVENTS, first, head.number, most=EVENTS_MAX, ends=ends)
    done = doings(read.events[::-1])
    cards, all_cards = _cards(desk, head.number, ends)
    candidates = _candidates(desk, request, cards, done, head.number)
    is_local = desk.private
    inputs_problem = _ask_gateways(desk, request, gateway, candidates, is_local, probe_s)
    spec, spec_problem = _spec(desk, request)
    own = done.posted.get(job_id)
    posted_s = None if own is None else market.connection.block(own.block_number).timestamp
    return Facts(
        job_id=job_id,
        request=request,
        gateway=gateway,
        now_s=head.timestamp,
        waits_s=None if posted_s is None else max(0, head.timestamp - posted_s),
        is_local=is_local,
        deals=latest_deals(market, done, job_id),
        candidates=tuple(candidates.values()),
        announced=len(cards),
        spec=spec,
        spec_problem=spec_problem,
        inputs_problem=inputs_problem,
        blocks=head.number - read.first_block + 1,
        complete=read.whole and all_cards,
        committee=desk.committee_address or "",
    )


def named_provider(request: Request) -> str | None:
    """The only provider that the request admits; None if it names none, or a Merkle root."""
    if request.providers == ZERO_WORD or any(request.providers[:12]):
        return None
    return address("0x" + request.providers[12:].hex())


# ───────────────────────────────── providers ──────────────────────────────────


def _cards(desk: Desk, head: int, ends: float) -> tuple[dict[str, Card], bool]:
    """The latest valid card of each provider, latest first; and whether all were read."""
    names = ["CardAnnounced"]
    read = latest_events(
        desk.market, names, desk.since_block, head, most=CARD_EVENTS_MAX, ends=ends
    )
    cards: dict[str, Card] = {}
    tried: dict[str, int] = {}
    for event in read.events:
        provider = event.args["account"]
        tried[provider] = tried.get(provider, 0) + 1
        if provider in cards or tried[provider] > CARDS_PER_PROVIDER:
            continue
        try:
            cards[provider] = read_card(event.args["json"])
        except VerificationFailed:
            continue
    return cards, read.whole


def _candidates(
    desk: Desk, request: Request, cards: dict[str, Card], done: Doings, head: int
) -> dict[str, Candidate]:
    """Providers that may accept, the most recently active first, with their balances."""
    only = named_provider(request)
    known = list(dict.fromkeys([*cards, *done.active_s])) if only is None else [only]
    # activity costs a bond, a card next to nothing: made-up cards can't push real providers out
    known.sort(key=lambda provider: done.active_s.get(provider, 0), reverse=True)
    busy = set(done.running.values())
    found: dict[str, Candidate | None] = dict.fromkeys(known[:CANDIDATES_MAX])

    def look(provider: str) -> None:
        found[provider] = Candidate(
            provider,
            cards.get(provider),
            desk.market.account_of(provider, at=head),
            active_s=done.active_s.get(provider),
            busy=provider in busy,
        )

    each(look, list(found), THREADS, lambda: None)
    return {provider: candidate for provider, candidate in found.items() if candidate is not None}


# ───────────────────────────── gateways and spec ──────────────────────────────


def _ask_gateways(
    desk: Desk,
    request: Request,
    gateway: str,
    candidates: dict[str, Candidate],
    is_local: bool,
    timeout_s: float,
) -> str | None:
    """Asks the candidates' gateways and the job's own; returns what is wrong with the latter.

    Private addresses are asked on a local chain only: a card must not make us call our network.
    """
    answered: dict[str, bool] = {}
    own = [f"it did not answer within {timeout_s:g} s"]

    def ask(provider: str, url: str) -> None:
        answered[provider] = answers(url, timeout_s, private=is_local)

    def ask_own() -> None:
        problem = _inputs_problem(desk, request, gateway, is_local, timeout_s)
        own[:] = [] if problem is None else [clip(problem)]  # it may quote a stranger's address

    questions: list[Callable[[], None]] = [ask_own]
    # a card costs next to nothing: those without the bond can't keep the others from being asked
    order = sorted(candidates.items(), key=lambda item: item[1].account.unbonded < request.bond)
    for provider, candidate in order:
        if candidate.card is not None and len(questions) <= PROBED_MAX:
            url = candidate.card.endpoints.gateway
            answered[provider] = False
            if is_local or not is_private(url):
                questions.append(partial(ask, provider, url))
    all_at_once(questions, timeout_s)
    for provider, answer in answered.items():
        candidates[provider] = replace(candidates[provider], answers=answer)
    return own[0] if own else None


def _inputs_problem(
    desk: Desk, request: Request, gateway: str, is_local: bool, timeout_s: float
) -> str | None:
    """Why the spec can't be had where the job says; fetches it if it is not here yet."""
    if not gateway:
        return "the job tells no address for them"
    if not is_local and is_private(gateway):
        return f"only your own machine or network reaches {gateway[:100]}"
    cid = cid_of_digest(request.spec)
    if desk.store.has(cid):
        return serving_problem(gateway, cid, timeout_s, private=is_local)
    try:
        sources = Sources(told(gateway, private=is_local))
        fetch(cid, sources, desk.store, max_bytes=SPEC_BYTES_MAX, timeout_s=timeout_s)
    except WorkbondError as error:
        return str(error)
    return None


def _spec(desk: Desk, request: Request) -> tuple[Spec | None, str | None]:
    """The job's spec, if it is here, or why it is invalid."""
    cid = cid_of_digest(request.spec)
    try:
        if not desk.store.has(cid):
            return None, None
        return Spec.from_bytes(desk.store.read(cid, max_bytes=SPEC_BYTES_MAX)), None
    except UsageError as error:
        return None, str(error)
    except WorkbondError:  # damaged on our disk, which says nothing about the job
        return None, None
