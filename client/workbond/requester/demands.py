"""Output that its provider does not hand out: demanded on the chain, and read from there.

    plan = plan_demand(desk, record, missing_of(desk, manifest))
    demand(desk, signer, record, plan)
    pieces = shown_pieces(desk, desk.job(record.id))      # once the provider has answered

A provider that leaves one demanded piece unshown for a day can be voided, and loses half its bond.
What a demand can't do: it proves no more than that these pieces exist (docs/jobs.md).
"""

from __future__ import annotations

import contextlib
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from workbond.answers import Answer, shown_by
from workbond.chain import rules
from workbond.chain.transactions import Fee, Receipt, Signer
from workbond.chain.types import State, pair, unpaired
from workbond.chunks import OutputDigest, chunk_count
from workbond.errors import ChainError, UsageError, VerificationFailed
from workbond.jobs import JobRecord
from workbond.manifest import Manifest
from workbond.money import format_amount, tokens
from workbond.progress import progress
from workbond.requester.desk import Desk
from workbond.requester.labels import state_label
from workbond.tree import opening_digest, seal
from workbond.words import duration, plural

DEMANDABLE = frozenset({State.CLAIMED, State.DISPUTED})  # a case stops no demand
LOOK_S = 3  # chain time between two looks for an answer


@dataclass(frozen=True)
class Plan:
    """What is to be demanded: `pairs` of task and chunk, for `fee` base units each."""

    pairs: tuple[int, ...]
    fee: int

    @property
    def fees(self) -> int:
        """What the demand locks; the fee of what is not shown comes back."""
        return self.fee * len(self.pairs)


@dataclass(frozen=True)
class Shown:
    """A demanded piece that the provider showed, proved against the seal.

    `data` is None where the task's output ends before the chunk.
    """

    task: int
    chunk: int
    length: int
    digest: bytes
    data: bytes | None


def require_demandable(record: JobRecord, requester: str, now_s: int) -> None:
    """Raises `UsageError` unless `requester` may demand output of the job at chain time `now_s`."""
    name = f"job 0x{record.id.hex()}"
    if record.request.requester != requester:
        raise UsageError(
            f"{name} is {record.request.requester}'s, not {requester}'s: only its requester "
            "demands output; choose that account with --account"
        )
    if record.state not in DEMANDABLE:
        raise UsageError(
            f"{name} is {state_label(record)}: only a claimed job's output is demanded"
        )
    job = record.live_job()
    if record.pairs:
        raise UsageError(
            f"output of {name} was demanded already, which is possible once: see `workbond job "
            f"status 0x{record.id.hex()}`"
        )
    if now_s >= job.window_end:
        raise UsageError(
            f"the time for checking {name} is over since {duration(now_s - job.window_end)}: its "
            "output can't be demanded any more"
        )


def missing_of(desk: Desk, manifest: Manifest | None, tasks: int) -> dict[int, int]:
    """Tasks whose output is not here, with their number of chunks; 1 where that is not known."""
    if manifest is None:
        return dict.fromkeys(range(tasks), 1)
    return {
        index: max(1, chunk_count(task.length))
        for index, task in enumerate(manifest.tasks)
        if not desk.store.has(task.output)
    }


def plan_demand(desk: Desk, record: JobRecord, missing: Mapping[int, int]) -> Plan:
    """What to demand: the first chunk of as many missing outputs as it can name, chosen by chance,
    then further chunks of them, as far as the free balance reaches.

    Raises:
        UsageError: not even one piece can be paid for.
    """
    chance = random.SystemRandom()
    first = [pair(task, 0) for task in missing]
    if len(first) > rules.MAX_PAIRS:
        first = chance.sample(first, rules.MAX_PAIRS)
    chosen = dict.fromkeys(sorted(first))
    rest = [task for task, chunks in missing.items() if chunks > 1 and pair(task, 0) in chosen]
    total = len(chosen) + sum(missing[task] - 1 for task in rest)
    while rest and len(chosen) < min(rules.MAX_PAIRS, total):
        task = chance.choice(rest)
        chosen[pair(task, chance.randrange(1, missing[task]))] = None
    return affordable(desk, record, tuple(chosen))


def affordable(desk: Desk, record: JobRecord, pairs: Sequence[int]) -> Plan:
    """As many of `pairs`, from the first, as the free balance reaches for."""
    fee, requester = record.live_job().demand_fee, record.request.requester
    free = desk.market.account_of(requester).free
    count = len(pairs) if fee == 0 else min(len(pairs), free // fee)
    if not count:
        raise UsageError(
            f"a demand takes {tokens(fee)} for each piece, but account {requester} has "
            f"{format_amount(free)} free: `workbond account deposit` first"
        )
    return Plan(tuple(pairs[:count]), fee)


def named_pairs(record: JobRecord, tasks: Sequence[int], chunks: Sequence[int]) -> tuple[int, ...]:
    """The pairs of each of `tasks` with each of `chunks` (none: the first one)."""
    pairs = [
        pair(task, chunk) for task in dict.fromkeys(tasks) for chunk in dict.fromkeys(chunks or [0])
    ]
    last = record.request.tasks - 1
    for found in pairs:
        task, _ = unpaired(found)
        if task > last:
            raise UsageError(f"the job has no task {task}: its last one is {last}")
    if len(pairs) > rules.MAX_PAIRS:
        raise UsageError(
            f"{len(pairs)} pieces are too many: a demand names at most {rules.MAX_PAIRS}, and "
            "there is one for each result"
        )
    return tuple(pairs)


def demand_fee(desk: Desk, record: JobRecord, plan: Plan) -> Fee:
    """The most gas coin that the demand could cost now; raises what the market would."""
    args = (record.id, record.live_job().to_tuple(), list(plan.pairs))
    return desk.market.fee(record.request.requester, "demand", *args)


def demand(desk: Desk, signer: Signer, record: JobRecord, plan: Plan) -> Receipt:
    """Demands the pieces; the provider has a day."""
    return desk.market.demand(signer, record.id, record.live_job(), plan.pairs)


def until_answered(desk: Desk, record: JobRecord, *, ends: float | None = None) -> JobRecord:
    """Waits until everything demanded is shown, the time for it is over, or the job has ended.

    Raises:
        TimedOut: neither is the case at `ends` (`time.monotonic`).
    """
    with progress("waiting for demanded output") as bar:
        while record.state in DEMANDABLE and record.live_job().unanswered:
            job, now_s = record.live_job(), desk.now_s()
            if now_s >= job.answer_by:
                break
            left = duration(job.answer_by - now_s)
            pieces = plural(job.unanswered, "piece")
            bar.describe(f"waiting for {pieces} of demanded output, {left} left")
            look_s = min(job.answer_by, now_s + LOOK_S)
            desk.wait(record.id, {record.state}, look_s, ends=ends)
            record = desk.job(record.id)
    return record


def shown_pieces(desk: Desk, record: JobRecord) -> list[Shown]:
    """What the provider showed, in the order of the demand: from the calldata of its answers.

    An answer that went through another contract, or that the node does not have any more, is left
    out. What is found is proved against the claim's seal.

    Raises:
        VerificationFailed: the bytes don't prove what the market accepted: the node lies.
    """
    found: dict[int, Shown] = {}
    for event in record.events:
        if event.name != "OutputAnswered":
            continue
        answers = shown_by(desk.market, event, record.pairs, record.request.tasks)
        if answers is None:
            continue
        _require_seal(record, _opening_of(desk, event.tx_hash))
        for answer in answers:
            found[answer.position] = _shown(answer)
    return [found[position] for position in sorted(found)]


def shown_opening(desk: Desk, record: JobRecord) -> tuple[bytes, int] | None:
    """Root and total units, which every answer opens; None if no answer can be read."""
    for event in record.events:
        if event.name == "OutputAnswered":
            with contextlib.suppress(ChainError, VerificationFailed):
                opening = _opening_of(desk, event.tx_hash)
                if opening is not None:
                    _require_seal(record, opening)
                    return opening
    return None


def keep_shown(desk: Desk, pieces: Sequence[Shown]) -> list[str]:
    """Puts every output that is shown whole into the store; returns their CIDs."""
    outputs: dict[int, dict[int, bytes]] = {}
    lengths = {piece.task: (piece.length, piece.digest) for piece in pieces}
    for piece in pieces:
        if piece.data is not None:
            outputs.setdefault(piece.task, {})[piece.chunk] = piece.data
    kept = []
    for task, (length, digest) in lengths.items():
        chunks = outputs.get(task, {})
        if len(chunks) < chunk_count(length):
            continue
        data = b"".join(chunks[number] for number in sorted(chunks))
        whole = OutputDigest()
        whole.update(data)
        if whole.length == length and whole.digest() == digest:
            kept.append(desk.store.put(data))
    return kept


def _shown(answer: Answer) -> Shown:
    leaf = answer.leaf
    return Shown(answer.task, answer.chunk, leaf.length, leaf.digest, answer.data)


def _opening_of(desk: Desk, tx_hash: bytes) -> tuple[bytes, int] | None:
    """Root and total units in an answer's own transaction."""
    sent = desk.market.connection.transaction(tx_hash)
    if sent is None or sent.to != desk.market.address:
        return None
    call = desk.market.abi.arguments(sent.data)
    if call is None or call[0] != "answer":
        return None
    *_, root, total_units, _answers = call[1]
    return root, total_units


def _require_seal(record: JobRecord, opening: tuple[bytes, int] | None) -> None:
    job = record.live_job()
    if opening is None or seal(job.provider, record.id, opening_digest(*opening)) != job.seal:
        raise VerificationFailed(
            f"an answer for job 0x{record.id.hex()} does not open the seal on the chain, which the "
            "market would not have accepted: the node lies; use another one with --rpc"
        )
