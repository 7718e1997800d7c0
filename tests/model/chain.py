"""The contracts, in an EVM inside this process."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, NamedTuple

from pyrevm import EVM, AccountInfo, BlockEnv

from . import wire
from .calls import Call, Outcome
from .committee.blocks import HISTORY_BLOCKS, hash_of
from .keys import address_of
from .wallets import Account as Wallet
from .wallets import assemble

CHAIN_ID = 1  # pyrevm's
HISTORY = "0x0000f90827f1c53a10cb7a02335b175320002935"  # EIP-2935, with its address and code
HISTORY_CODE = bytes.fromhex(
    "3373fffffffffffffffffffffffffffffffffffffffe14604657602036036042575f35600143038111604257"
    "611fff81430311604257611fff9006545f5260205ff35b5f5ffd5b5f35611fff60014303065500"
)
# Calls one contract after another, as `address ‖ size u16 ‖ calldata` say, and returns what each
# returned behind its size. Words 0 to 2: places in calldata and in memory, and a size.
READER_CODE = """
    96 32 mstore
    next:
    calldatasize 0 mload lt iszero @done jumpi
    20 0 mload add calldataload 240 shr 64 mstore
    64 mload 22 0 mload add 32 32 mload add calldatacopy
    0 0 64 mload 32 32 mload add 0 mload calldataload 96 shr gas staticcall iszero @no jumpi
    returndatasize 32 mload mstore
    returndatasize 0 32 32 mload add returndatacopy
    returndatasize 32 add 32 mload add 32 mstore
    64 mload 22 add 0 mload add 0 mstore
    @next jump
    done: 96 32 mload sub 96 return
    no: 0 0 revert
"""
ASKER, READER = address_of("asker"), address_of("reader")
NAMES = {"token": "WorkToken", "market": "Market", "committee": "Committee"}


class Terms(NamedTuple):
    """What the contracts are created with."""

    bank: str  # owns the whole supply
    supply: int
    cooldown_s: int
    min_stake: int
    history: bool  # does the chain have EIP-2935?


class View(NamedTuple):
    """A question to a contract that changes nothing."""

    contract: str  # by its name in calls
    function: str
    args: tuple[object, ...] = ()


class Answer(NamedTuple):
    """What came of a call, in bytes; `failure` is the EVM's word for why nothing did."""

    contract: str
    function: wire.Function
    failure: str = ""
    returned: bytes = b""
    logs: tuple[wire.Log, ...] = ()

    def says(self, expected: Outcome) -> bool:
        """Whether it is that, to the last byte."""
        try:
            if self.failure or expected.refused:
                refused = expected.refused and wire.encode_error(expected.refused)
                return refused is not None and refused == wire.revert_data(self.failure)
            if self.logs != tuple(map(wire.encode_event, expected.events)):
                return False
            return not self.tells or self.returned == self.function.outputs.encode(
                [expected.returned]
            )
        except (KeyError, OverflowError, TypeError, ValueError):
            return False  # a wrong model says what has no encoding

    @property
    def tells(self) -> bool:
        """Whether it returns anything that the model returns too."""
        return self.contract != "token" and bool(self.function.outputs.kinds)

    def outcome(self) -> Outcome:
        """In the model's words."""
        if self.failure:
            return Outcome(refused=wire.decode_error(self.failure))
        returned = self.function.outputs.decode(self.returned)[0] if self.tells else None
        return Outcome(returned=returned, events=tuple(map(wire.decode_event, self.logs)))


class Chain:
    """A token, a market and a committee of its own."""

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
            "token": self.token,
            "market": self.market,
            "committee": self.committee,
        }
        self.emitters = {self.market: b"Market", self.committee: b"Committee"}
        self.gas_used = 0
        self.wallets = {wallet.address for wallet in wallets}
        for wallet in wallets:
            self.evm.insert_account_info(wallet.address, AccountInfo(code=wallet.code))
        self.evm.insert_account_info(READER, AccountInfo(code=assemble(READER_CODE)))

    def create(self, name: str, deployer: str, args: list[object]) -> str:
        return self.evm.deploy(deployer, wire.creation(name, args)).lower()

    def tick(self, now: int, block: int) -> None:
        self.evm.set_block_env(BlockEnv(number=block, timestamp=now))
        if self.history:  # a system call at the beginning of every block
            for number in range(max(self.recorded, block - HISTORY_BLOCKS), block):
                hash_ = int.from_bytes(hash_of(number), "big")
                self.evm.insert_account_storage(HISTORY, number % HISTORY_BLOCKS, hash_)
            self.recorded = block

    def ask(self, call: Call) -> Answer:
        """Make the call in the EVM."""
        self.tick(call.at, call.block)
        to = self.contracts[call.contract]
        self.gas_used = 0
        function = wire.function(NAMES[call.contract], call.function)
        data = function.call(*call.args)
        if call.dirty is not None:
            at = 4 + 32 * call.dirty
            data = data[:at] + bytes([data[at] ^ 0x80]) + data[at + 1 :]
        caller = call.caller
        if caller in self.wallets:  # no transaction comes from code: somebody tells it what to do
            caller, to, data = ASKER, caller, bytes.fromhex(to[2:]) + data
        self.evm.reset_transient_storage()
        try:
            returned = self.evm.message_call(caller, to, data)
        except RuntimeError as failure:
            return Answer(call.contract, function, failure=str(failure))
        result = self.evm.result
        self.gas_used = result.gas_used
        return Answer(call.contract, function, "", returned, self.logs(result.logs))

    def logs(self, logs: list[Any]) -> tuple[wire.Log, ...]:
        """The market's and the committee's."""
        found = []
        for log in logs:
            name = self.emitters.get(log.address.lower())
            if name:
                topics, data = log.data
                found.append((name, bytes(data), *map(bytes, topics)))
        return tuple(found)

    def read(self, views: Iterable[View]) -> list[bytes]:
        """What the contracts answer to all of these, in one call."""
        asked = b"".join(question(self.contracts[view.contract], view) for view in views)
        told = self.evm.message_call(ASKER, READER, asked, is_static=True)
        answers, at = [], 0
        while at < len(told):
            end = at + 32 + int.from_bytes(told[at : at + 32], "big")
            answers.append(told[at + 32 : end])
            at = end
        return answers


@lru_cache(maxsize=16384)
def question(to: str, view: View) -> bytes:
    """As the reader takes it."""
    data = wire.function(NAMES[view.contract], view.function).call(*view.args)
    return bytes.fromhex(to[2:]) + len(data).to_bytes(2, "big") + data
