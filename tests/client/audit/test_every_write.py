"""Every write to storage has its event, and the ledger misses whichever is dropped.

The node's EVM traces both histories, instruction by instruction: nothing is left to what somebody
remembered to list.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, fields, is_dataclass
from functools import cached_property
from typing import Any

import pytest

from workbond.chain.abi import Abi, Event
from workbond.chain.artifacts import artifact
from workbond.chain.rules import SINK

from .replays import Replays
from .traces import Trace, sites, traces

LOGS, WRITES = range(0xA0, 0xA5), range(0x55, 0x56)
CONTRACTS = ("Market", "Committee")

# Events that stand for nothing in storage: a card is told and kept nowhere, and of an entry that a
# batch leaves out nothing is left but the word of it.
TELL_ONLY = {("Market", "CardAnnounced"), ("Market", "EntrySkipped")}
# What nothing else tells of: a revoked order that was never used is known by this event alone. No
# money hangs on it, and nobody can be bound by it.
ALONE = {("Market", "OrderCancelled")}
# In the ABI by inheritance; no place in the code emits it.
NEVER = {("Market", "EIP712DomainChanged")}

# Slots of the contracts' variables, and of the committee's tree, whose keys are places.
ACCOUNTS, TREE_SIZE, TREE_NODES, VERIFIERS = 0, 1, 2, 3
LEVEL_BITS = 32  # a node of the tree is at level << 32 | position


@dataclass
class Everything:
    """Both histories on one chain: traced, and ready to be audited with other events."""

    world: Any

    @cached_property
    def traces(self) -> list[Trace]:
        return [*traces(self.world)]

    @cached_property
    def replays(self) -> Replays:
        return Replays(self.world)

    @cached_property
    def addresses(self) -> dict[str, str]:
        deployment = self.world.deployment
        found = (deployment.market.address, deployment.committee.address)
        return {address.lower(): name for address, name in zip(found, CONTRACTS, strict=True)}

    @cached_property
    def told(self) -> dict[tuple[bytes, int], Event]:
        """Events by transaction and index in the block."""
        return {(event.tx_hash, event.log_index): event for event in self.replays.events}

    @cached_property
    def by_site(self) -> dict[tuple[str, int], list[Event]]:
        """Events by the contract and the place in its code that emitted them."""
        found = defaultdict(list)
        for trace in self.traces:
            for (address, place), index in zip(trace.logs, trace.log_indices, strict=True):
                if address in self.addresses:
                    name = self.addresses[address]
                    found[name, place].append(self.told[trace.hash, index])
        return found

    def findings_without(self, dropped: list[Event]) -> int:
        """How much an audit objects to if these events are missing."""
        rest = [event for event in self.replays.events if not any(event is d for d in dropped)]
        assert len(rest) == len(self.replays.events) - len(dropped)
        return self.replays.findings(rest).total


@pytest.fixture(scope="module")
def everything(played: Any, tried: Any) -> Everything:
    """Both, and the one way to a job that neither has: filled, not matched, and claimed later."""
    world = played.world
    assert tried.world is world
    request = world.request(salt=b"\x7a" * 32)
    world.market.fill(world.provider, request, world.sign(world.requester, request))
    return Everything(world)


@pytest.mark.parametrize("contract", CONTRACTS)
def test_the_histories_pass_every_instruction_that_logs_or_writes(everything, contract):
    code = artifact(contract).deployed_bytecode
    logged = {(everything.addresses.get(a), pc) for t in everything.traces for a, pc in t.logs}
    written = {(everything.addresses.get(a), pc) for t in everything.traces for a, pc in t.writes}
    assert {pc for name, pc in logged if name == contract} == sites(code, LOGS)
    assert {pc for name, pc in written if name == contract} == sites(code, WRITES)


def test_every_write_lies_in_a_call_that_emits_an_event_which_names_its_key(everything):
    places: dict[int, int] = {}  # of verifiers in the tree, by address
    parties: defaultdict[int, set[int]] = defaultdict(set)  # and what else began with a job
    checked: Counter[tuple[str, int]] = Counter()
    for trace in everything.traces:
        for call in trace.calls:
            contract = everything.addresses.get(call.contract)
            if contract is None or not call.slots:
                continue
            indices = [trace.log_indices[number] for number in call.logs]
            events = [everything.told[trace.hash, index] for index in indices]
            named = set().union(*(_numbers(event.args) for event in events))
            for event in events:
                if (contract, event.name) == ("Committee", "Staked"):
                    places[int(event.args["account"], 16)] = event.args["place"]
                if event.name in ("JobPosted", "JobMatched", "JobAccepted"):
                    parties[int.from_bytes(event.args["id"], "big")] |= _numbers(event.args)
            named |= {places[number] for number in named & places.keys()}
            named |= set().union(*(parties[number] for number in named & parties.keys()))
            if any(event.args.get("burned") for event in events):
                named.add(int(SINK, 16))
            for slot in call.slots:
                variable, keys = trace.entry_of(slot)
                assert _is_told(contract, variable, keys, named), (contract, variable, keys, events)
                checked[contract, variable] += 1
    assert {name for name, _ in checked} == {*CONTRACTS}
    assert checked["Market", ACCOUNTS] > 100
    assert checked["Committee", TREE_NODES] > 20


def test_no_call_that_only_tells_something_writes_anything(everything):
    for trace in everything.traces:
        for call in trace.calls:
            contract = everything.addresses.get(call.contract)
            indices = [trace.log_indices[number] for number in call.logs]
            names = {(contract, everything.told[trace.hash, i].name) for i in indices if contract}
            if names and names <= TELL_ONLY:
                assert not call.slots


def test_dropping_what_any_one_place_in_the_code_emits_is_noticed(everything):
    missed = set()
    for (contract, _), events in everything.by_site.items():
        if not everything.findings_without(events):
            missed.add((contract, events[0].name))
    assert missed <= TELL_ONLY | ALONE
    assert missed >= TELL_ONLY


@pytest.mark.parametrize("contract", CONTRACTS)
def test_dropping_all_events_of_any_kind_in_the_abi_is_noticed(everything, contract):
    kinds = {(contract, name) for name in Abi(artifact(contract).abi).events} - NEVER
    noticed = set()
    for kind in kinds:
        dropped = [event for event in everything.replays.events if _kind(everything, event) == kind]
        assert dropped, f"no {kind} was played"
        if everything.findings_without(dropped):
            noticed.add(kind)
    assert noticed == kinds - TELL_ONLY


def _kind(everything: Everything, event: Event) -> tuple[str, str]:
    return everything.addresses[event.address.lower()], event.name


def _numbers(value: object) -> set[int]:
    """All words in an event's arguments, as numbers."""
    if isinstance(value, int):
        return {int(value)}
    if isinstance(value, bytes):
        return {int.from_bytes(value, "big")} if len(value) == 32 else set()
    if isinstance(value, str):
        return {int(value, 16)} if value.startswith("0x") else set()
    if is_dataclass(value):
        return _numbers([getattr(value, member.name) for member in fields(value)])
    items = value.values() if isinstance(value, dict) else value
    return set().union(*map(_numbers, items)) if items else set()


def _is_told(contract: str, variable: int, keys: list[bytes], named: set[int]) -> bool:
    """Whether numbers in the call's events lead to that entry of that variable."""
    if contract == "Committee" and variable == TREE_SIZE:
        return bool(named)  # a new verifier's place
    first = int.from_bytes(keys[0], "big")
    if contract == "Committee" and variable == TREE_NODES:
        level, position = first >> LEVEL_BITS, first & 2**LEVEL_BITS - 1
        return any(number and number - 1 >> level == position for number in named)
    return first in named
