"""The contracts, in an EVM inside this process."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from eth_abi import decode, encode
from eth_hash.auto import keccak
from pyrevm import EVM, AccountInfo, BlockEnv

from .calls import Call, Outcome, plain
from .committee.blocks import HISTORY_BLOCKS, hash_of
from .committee.words import Case, Challenge, Phase, Round, Verifier
from .keys import address_of
from .wallets import Account as Wallet
from .words import Account, camel

ARTIFACTS = Path(__file__).parents[2] / "client" / "workbond" / "artifacts"
CONTRACTS = ("Market", "Committee", "WorkToken")
CHAIN_ID = 1  # pyrevm's
HISTORY = "0x0000f90827f1c53a10cb7a02335b175320002935"  # EIP-2935, with its address and code
HISTORY_CODE = bytes.fromhex(
    "3373fffffffffffffffffffffffffffffffffffffffe14604657602036036042575f35600143038111604257"
    "611fff81430311604257611fff9006545f5260205ff35b5f5ffd5b5f35611fff60014303065500"
)
READER = address_of("reader")  # calls the views
REVERT = re.compile(r"Revert \{.*output: 0x([0-9a-f]*) \}")
BUILT_IN = (
    {"type": "error", "name": "Error", "inputs": [{"type": "string"}]},
    {"type": "error", "name": "Panic", "inputs": [{"type": "uint256"}]},
)


class Terms(NamedTuple):
    """What the contracts are created with."""

    bank: str  # owns the whole supply
    supply: int
    cooldown_s: int
    min_stake: int
    history: bool  # does the chain have EIP-2935?


class Chain:
    """A token, a market and a committee of its own, and their answers in the model's words."""

    def __init__(self, now: int, terms: Terms, wallets: tuple[Wallet, ...]) -> None:
        self.evm = EVM(spec_id="PRAGUE")
        self.recorded = 0  # blocks whose hashes the history contract holds
        self.history = terms.history
        if terms.history:
            self.evm.insert_account_info(HISTORY, AccountInfo(code=HISTORY_CODE))
        self.tick(now, 1)
        bank = terms.bank
        self.token = self.create("WorkToken", bank, [bank, terms.supply])
        self.market = self.create("Market", bank, [self.token, terms.cooldown_s])
        self.committee = self.create("Committee", bank, [self.market, terms.min_stake])
        self.contracts = {
            "token": ("WorkToken", self.token),
            "market": ("Market", self.market),
            "committee": ("Committee", self.committee),
        }
        self.gas_used = 0
        self.wallets = {wallet.address for wallet in wallets}
        for wallet in wallets:
            self.evm.insert_account_info(wallet.address, AccountInfo(code=wallet.code))

    def create(self, name: str, deployer: str, args: list[object]) -> str:
        constructor = next(e for e in artifact(name)["abi"] if e["type"] == "constructor")
        code = bytes.fromhex(artifact(name)["bytecode"].removeprefix("0x"))
        return self.evm.deploy(deployer, code + encode(types(constructor), args)).lower()

    def tick(self, now: int, block: int) -> None:
        self.evm.set_block_env(BlockEnv(number=block, timestamp=now))
        if self.history:  # a system call at the beginning of every block
            for number in range(max(self.recorded, block - HISTORY_BLOCKS), block):
                hash_ = int.from_bytes(hash_of(number), "big")
                self.evm.insert_account_storage(HISTORY, number % HISTORY_BLOCKS, hash_)
            self.recorded = block

    def ask(self, call: Call) -> Outcome:
        """Make the call in the EVM."""
        self.tick(call.at, call.block)
        name, to = self.contracts[call.contract]
        self.gas_used = 0
        selector, inputs, outputs = functions(name)[camel(call.function)]
        data = bytearray(selector + encode(inputs, plain(call.args)))
        if call.dirty is not None:
            data[4 + 32 * call.dirty] ^= 0x80
        caller = call.caller
        if caller in self.wallets:  # no transaction comes from code: somebody tells it what to do
            caller, to, data = READER, caller, bytes.fromhex(to[2:]) + data
        self.evm.reset_transient_storage()
        try:
            returned = self.evm.message_call(caller, to, bytes(data))
        except RuntimeError as failure:
            return Outcome(refused=decode_error(str(failure)))
        result = self.evm.result
        self.gas_used = result.gas_used
        value = decode(outputs, returned) if name != "WorkToken" and outputs else (None,)
        return Outcome(returned=value[0], events=tuple(self.events(result.logs)))

    def events(self, logs: list[Any]) -> Iterator[tuple[object, ...]]:
        """The market's, and the committee's under names that say so."""
        for log in logs:
            emitter = log.address.lower()
            if emitter == self.market:
                yield decode_event(log, "Market")
            if emitter == self.committee:
                name, *values = decode_event(log, "Committee")
                yield (f"committee.{name}", *values)

    # What the comparison reads thousands of times, decoded by hand.

    def account(self, owner: str) -> Account:
        return Account(*self.words("Market", self.market, "accountOf", owner))

    def slot(self, id_: bytes) -> tuple[int, int]:
        state, job_hash = self.words("Market", self.market, "slotOf", id_)
        return state, job_hash

    def uses(self, digest: bytes) -> int:
        return self.words("Market", self.market, "offerUses", digest)[0]

    def delegate(self, owner: str) -> str:
        return address(self.words("Market", self.market, "delegateOf", owner)[0])

    def nonce(self, owner: str) -> int:
        return self.words("WorkToken", self.token, "nonces", owner)[0]

    def balance(self, owner: str) -> int:
        return self.words("WorkToken", self.token, "balanceOf", owner)[0]

    def verifier(self, owner: str) -> Verifier:
        return Verifier(*self.words("Committee", self.committee, "verifierOf", owner))

    def total_active(self) -> int:
        return self.words("Committee", self.committee, "totalActive")[0]

    def case(self, id_: bytes) -> Case:
        phase, *numbers = self.words("Committee", self.committee, "caseOf", id_)
        return Case(Phase(phase), *numbers)

    def round(self, id_: bytes, number: int) -> Round:
        words = self.words("Committee", self.committee, "roundOf", id_, number)
        drawer, committed, revealed, appellant, prepaid = words[:5]
        verifiers, votes = (array_at(words, words[at] // 32) for at in (5, 6))
        return Round(
            address(drawer),
            committed,
            revealed,
            address(appellant),
            prepaid,
            [address(word) for word in verifiers],
            [word.to_bytes(32, "big") for word in votes],
        )

    def challenge(self, id_: bytes, number: int) -> Challenge:
        words = self.words("Committee", self.committee, "challengeOf", id_, number)
        return Challenge(address(words[0]), words[1], words[2].to_bytes(32, "big"))

    def words(self, name: str, to: str, function: str, *args: object) -> list[int]:
        data = self.evm.message_call(READER, to, view(name, function, *args), is_static=True)
        return [int.from_bytes(data[i : i + 32], "big") for i in range(0, len(data), 32)]


def address(word: int) -> str:
    return f"0x{word:040x}"


def array_at(words: list[int], at: int) -> list[int]:
    """An array of words, of which the first says how many follow."""
    return words[at + 1 : at + 1 + words[at]]


@cache
def artifact(name: str) -> dict[str, Any]:
    """The compiled contract as it ships in the package."""
    loaded: dict[str, Any] = json.loads((ARTIFACTS / f"{name}.json").read_text())
    return loaded


def abi_type(entry: dict[str, Any]) -> str:
    """The canonical type of an ABI entry: tuples written out."""
    if not entry["type"].startswith("tuple"):
        return str(entry["type"])
    inner = ",".join(abi_type(part) for part in entry["components"])
    return f"({inner}){entry['type'].removeprefix('tuple')}"


def types(entry: dict[str, Any], side: str = "inputs") -> list[str]:
    return [abi_type(part) for part in entry.get(side, [])]


def keccak_of(entry: dict[str, Any]) -> bytes:
    """Hash of an ABI entry's signature."""
    return keccak(f"{entry['name']}({','.join(types(entry))})".encode())


@cache
def functions(name: str) -> dict[str, tuple[bytes, list[str], list[str]]]:
    """Selector, argument types and return types by function name."""
    entries = [e for e in artifact(name)["abi"] if e["type"] == "function"]
    return {e["name"]: (keccak_of(e)[:4], types(e), types(e, "outputs")) for e in entries}


@cache
def view(name: str, function: str, *args: object) -> bytes:
    selector, inputs, _ = functions(name)[function]
    return selector + encode(inputs, args)


@cache
def errors() -> dict[bytes, tuple[str, list[str]]]:
    """Name and types of every error of all contracts, by selector."""
    named = (entry for name in CONTRACTS for entry in artifact(name)["abi"])
    entries = (*named, *BUILT_IN)
    return {keccak_of(e)[:4]: (e["name"], types(e)) for e in entries if e["type"] == "error"}


@cache
def events_of(name: str) -> dict[bytes, dict[str, Any]]:
    return {keccak_of(e): e for e in artifact(name)["abi"] if e["type"] == "event"}


def decode_error(failure: str) -> tuple[object, ...]:
    """Error name and values of a failed call; what is no Solidity error is kept as it stands."""
    match = REVERT.match(failure)
    data = bytes.fromhex(match[1]) if match else b""
    if match and not data:
        return ("Malformed",)  # the ABI decoder's word for it is silence
    if data[:4] not in errors():
        return (failure,)
    name, inputs = errors()[data[:4]]
    return (name, *decode(inputs, data[4:]))


def decode_event(log: Any, contract: str) -> tuple[object, ...]:
    """Event name and arguments, in the order of the ABI; under another name where the data isn't
    their one strict encoding, on which indexers may insist."""
    topics, data = log.data
    entry = events_of(contract)[bytes(topics[0])]
    plain_inputs = [i for i in entry["inputs"] if not i["indexed"]]
    kinds = [abi_type(i) for i in plain_inputs]
    values = decode(kinds, bytes(data))
    strict = encode(kinds, values) == bytes(data)
    name = entry["name"] if strict else f"{entry['name']} in odd bytes"
    rest = iter(values)
    indexed = iter(bytes(topic) for topic in topics[1:])
    return (
        name,
        *(
            decode([i["type"]], next(indexed))[0] if i["indexed"] else next(rest)
            for i in entry["inputs"]
        ),
    )
