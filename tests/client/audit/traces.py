"""What transactions write to storage and log, word by word, as the node's own EVM traces them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from eth_hash.auto import keccak

# Of every step that matters: operation, place in the code, number of the call, contract, and words:
# the two that are hashed, or where something is stored.
TRACER = """{
  calls: [0], count: 0, told: [],
  enter: function(call) { this.count += 1; this.calls.push(this.count); },
  exit: function(result) { this.calls.pop(); },
  step: function(log, db) {
    var op = log.op.toString(), words = [];
    if (op == 'KECCAK256') {
      var at = Number(log.stack.peek(0).valueOf());
      if (Number(log.stack.peek(1).valueOf()) != 64) return;
      words = [toHex(log.memory.slice(at, at + 32)), toHex(log.memory.slice(at + 32, at + 64))];
    } else if (op == 'SSTORE') {
      words = ['0x' + log.stack.peek(0).toString(16)];
    } else if (op.indexOf('LOG') != 0) return;
    var call = this.calls[this.calls.length - 1];
    this.told.push([op, log.getPC(), call, toHex(log.contract.getAddress()), words]);
  },
  fault: function() {},
  result: function() { return this.told; }
}"""
MOST_MEMBERS = 16  # words of a struct
INVALID = 0xFE  # the compiler writes it between code and constants, and nowhere else

Site = tuple[str, int]  # a contract's address, and a place in its code


@dataclass
class Call:
    """What one call did in a contract's name: the slots that it wrote, and the logs' numbers."""

    contract: str
    slots: list[int] = field(default_factory=list)
    logs: list[int] = field(default_factory=list)


@dataclass
class Trace:
    """A transaction."""

    hash: bytes
    calls: list[Call]
    writes: list[Site]
    logs: list[Site]  # in the order in which they were emitted
    log_indices: list[int]  # theirs, in the block
    entries: dict[int, tuple[bytes, int]]  # slots that are mappings' entries: key, mapping's slot

    def entry_of(self, slot: int) -> tuple[int, list[bytes]]:
        """The variable's own slot, and the keys that lead from it to `slot`: mappings lie in
        structs, whose further members lie behind the first, and in mappings."""
        for behind in range(MOST_MEMBERS):
            if slot - behind in self.entries:
                key, mapping = self.entries[slot - behind]
                variable, keys = self.entry_of(mapping)
                return variable, [*keys, key]
        return slot, []


def traces(world: Any) -> Iterator[Trace]:
    """Of all transactions since the market was there that succeeded."""
    rpc, head = world.connection.rpc, world.connection.block().number
    for number in range(world.deployment.market.block + 1, head + 1):
        for sent in rpc("eth_getBlockByNumber", hex(number), False)["transactions"]:
            receipt = rpc("eth_getTransactionReceipt", sent)
            if int(receipt["status"], 16):
                indices = [int(log["logIndex"], 16) for log in receipt["logs"]]
                steps = rpc("debug_traceTransaction", sent, {"tracer": TRACER})
                yield _read(bytes.fromhex(sent[2:]), steps, indices)


def _read(sent: bytes, steps: list[Any], indices: list[int]) -> Trace:
    calls: defaultdict[tuple[int, str], Call] = defaultdict(lambda: Call(""))
    trace = Trace(sent, [], [], [], indices, {})
    for operation, place, number, contract, words in steps:
        call = calls[number, contract]
        call.contract = contract
        if operation == "SSTORE":
            call.slots.append(int(words[0], 16))
            trace.writes.append((contract, place))
        elif operation == "KECCAK256":
            key, mapping = (bytes.fromhex(word[2:]) for word in words)
            slot = int.from_bytes(keccak(key + mapping), "big")
            trace.entries[slot] = key, int.from_bytes(mapping, "big")
        else:
            call.logs.append(len(trace.logs))
            trace.logs.append((contract, place))
    trace.calls = [*calls.values()]
    return trace


def sites(code: bytes, operations: range) -> set[int]:
    """The places of these operations in a contract's code, behind which its constants stand."""
    found, place = set(), 0
    while place < len(code) and code[place] != INVALID:
        operation = code[place]
        if operation in operations:
            found.add(place)
        place += 1 + (operation - 0x5F if 0x60 <= operation <= 0x7F else 0)  # what is pushed
    return found
