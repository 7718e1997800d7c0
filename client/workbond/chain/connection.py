"""A connection to an Ethereum node: the one module that imports web3.

web3 formats requests and answers; the transport below it is our own (`rpc.py`), as web3's has no
bound on the size of an answer. Whatever web3 or the node raise becomes a `ChainError` here, in one
line.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, TypeVar, cast

from eth_utils.address import to_checksum_address
from web3 import Web3
from web3.exceptions import BlockNotFound, TransactionNotFound, Web3Exception
from web3.providers.base import JSONBaseProvider
from web3.types import FilterParams, RPCEndpoint, RPCResponse, TxParams

from workbond.chain.abi import RawLog
from workbond.chain.answers import (
    Block,
    CallReverted,
    NodeRefused,
    NoSuchBlock,
    RawReceipt,
    RawTransaction,
)
from workbond.chain.defaults import DEFAULT_RPC_URL, GAS_COIN, MAX_FEE
from workbond.chain.endpoints import Endpoints
from workbond.chain.rpc import RpcRefusal
from workbond.chain.wire import (
    Topic,
    admits,
    bytes32,
    call_fields,
    quantity,
    raw_bytes,
    raw_log,
    topic_param,
    uint,
)
from workbond.errors import ChainError
from workbond.recursion import restore_limit

restore_limit()

TIMEOUT_S = 30.0
LOCAL_CHAIN_IDS = (31337, 1337)
BlockId = int | str  # a number, or "latest", "pending", "finalized", "safe"
T = TypeVar("T")

# What web3's formatters raise on answers of the wrong shape.
_MISSHAPEN = (
    Web3Exception,
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    IndexError,
    OverflowError,
)


class _Provider(JSONBaseProvider):
    # A reverting contract may ask its caller to fetch any URL and call again (EIP-3668): never.
    global_ccip_read_enabled = False

    def __init__(self, http: Endpoints) -> None:
        super().__init__()
        self._http = http

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        result = self._http.post(method, self.encode_rpc_request(method, params))["result"]
        if isinstance(result, dict):
            # Chains with proof of authority sign their blocks there, and web3 takes no more than
            # 32 bytes; nobody reads it.
            result.pop("extraData", None)
        return cast(RPCResponse, {"jsonrpc": "2.0", "id": 1, "result": result})


class Connection:
    """A node behind one URL, or several of one chain, asked in turn. Opening it sends nothing.

    All methods ask the node and raise `ChainError`: it can't be reached, refuses, or answers
    nonsense.

    Args:
        timeout_s: bound on one answer.
        currency: what messages call the chain's own coin.
        max_fee: the most that a transaction may cost, in wei.
    """

    def __init__(
        self,
        rpc: str | Sequence[str] = DEFAULT_RPC_URL,
        *,
        timeout_s: float = TIMEOUT_S,
        currency: str = GAS_COIN,
        max_fee: int = MAX_FEE,
    ) -> None:
        self.currency = currency
        self.max_fee = max_fee
        self._http = Endpoints((rpc,) if isinstance(rpc, str) else rpc, timeout_s)
        self._web3 = Web3(_Provider(self._http), middleware=[])

    @property
    def url(self) -> str:
        """The URL in use, as given; may hold a secret, so print `label` instead."""
        return self._http.url

    @property
    def label(self) -> str:
        """The RPC's scheme, host and port, fit for messages."""
        return self._http.label

    # ─────────────────────────────── the chain ────────────────────────────────

    @cached_property
    def chain_id(self) -> int:
        return self._ask("eth_chainId", lambda: uint(self._web3.eth.chain_id))

    @cached_property
    def client_version(self) -> str:
        return self._ask("web3_clientVersion", lambda: str(self._web3.client_version)[:200])

    @property
    def is_local(self) -> bool:
        """Whether this is a throw-away anvil, whose accounts and clock are anybody's."""
        return self.chain_id in LOCAL_CHAIN_IDS and self.client_version.startswith("anvil/")

    @property
    def is_on_this_machine(self) -> bool:
        """Whether it is such an anvil, and runs here. Only then are private addresses nobody
        else's: a distant RPC can call itself an anvil, so as to have us look into our network."""
        return self._http.all_loopback and self.is_local

    @cached_property
    def genesis_hash(self) -> bytes:
        return self.block(0).hash

    def block(self, at: BlockId = "latest") -> Block:
        """The block `at`; raises `ChainError` if there is none."""

        def read() -> Block:
            block = self._web3.eth.get_block(cast(Any, at))
            if isinstance(at, int) and uint(block["number"]) != at:
                raise ValueError("another block")
            base_fee = block.get("baseFeePerGas")
            return Block(
                number=uint(block["number"]),
                timestamp=uint(block["timestamp"]),
                hash=bytes32(block["hash"]),
                base_fee=None if base_fee is None else uint(base_fee),
                gas_limit=uint(block["gasLimit"]),
            )

        return self._ask("eth_getBlockByNumber", read)

    def now_s(self) -> int:
        """The chain's time: the latest block's timestamp. The market knows no other clock."""
        return self.block().timestamp

    # ────────────────────────────── accounts, code ────────────────────────────

    def balance(self, address: str, at: BlockId = "latest") -> int:
        """Gas coin of `address` in wei."""
        who = to_checksum_address(address)
        return self._ask(
            "eth_getBalance", lambda: uint(self._web3.eth.get_balance(who, cast(Any, at)))
        )

    def nonce(self, address: str, at: BlockId = "pending") -> int:
        """How many transactions `address` has sent."""
        who = to_checksum_address(address)
        return self._ask(
            "eth_getTransactionCount",
            lambda: uint(self._web3.eth.get_transaction_count(who, cast(Any, at))),
        )

    def code(self, address: str, at: BlockId = "latest") -> bytes:
        """Runtime code at `address`; empty where there is no contract."""
        who = to_checksum_address(address)
        return self._ask(
            "eth_getCode", lambda: raw_bytes(self._web3.eth.get_code(who, cast(Any, at)))
        )

    # ──────────────────────────────── calls, logs ─────────────────────────────

    def call(
        self,
        to: str | None,
        data: bytes,
        *,
        sender: str | None = None,
        value: int = 0,
        gas: int | None = None,
        at: BlockId = "latest",
    ) -> bytes:
        """Runs a call without a transaction; raises `CallReverted` if the contract refuses."""
        tx = cast(TxParams, call_fields(to, data, sender, value, gas))
        return self._ask(
            "eth_call",
            lambda: raw_bytes(self._web3.eth.call(tx, cast(Any, at), ccip_read_enabled=False)),
        )

    def estimate_gas(
        self,
        to: str | None,
        data: bytes,
        *,
        sender: str,
        value: int = 0,
        as_if_code_at: str | None = None,
    ) -> int:
        """Gas that the call would take; raises `CallReverted` if the contract refuses.

        With `as_if_code_at` the node is asked to assume a contract there, which not all can.
        """
        tx = cast(TxParams, call_fields(to, data, sender, value))
        if as_if_code_at is None:
            return self._ask("eth_estimateGas", lambda: uint(self._web3.eth.estimate_gas(tx)))
        assumed = cast(Any, {to_checksum_address(as_if_code_at): {"code": "0x00"}})
        return self._ask(
            "eth_estimateGas", lambda: uint(self._web3.eth.estimate_gas(tx, "latest", assumed))
        )

    def logs(
        self, address: str, topics: Sequence[Topic], from_block: int, to_block: int
    ) -> list[RawLog]:
        """Logs of `address` in blocks `from_block..to_block` (both included), in chain order.

        Answers that weren't asked for (address, topics, range, order, doubles) are refused.
        """
        asked = to_checksum_address(address)
        params = {
            "address": asked,
            "fromBlock": from_block,
            "toBlock": to_block,
            "topics": [topic_param(topic) for topic in topics],
        }

        def read() -> list[RawLog]:
            found = [
                raw_log(entry)
                for entry in self._web3.eth.get_logs(cast(FilterParams, params))
                if not entry.get("removed")
            ]
            found.sort(key=lambda log: (log.block_number, log.log_index))
            places = [(log.block_number, log.log_index) for log in found]
            if len(set(places)) != len(places):
                raise ValueError("two logs in one place")
            for log in found:
                if (
                    log.address != asked
                    or not from_block <= log.block_number <= to_block
                    or not admits(topics, log.topics)
                ):
                    raise ValueError("a log that was not asked for")
            return found

        return self._ask("eth_getLogs", read)

    # ─────────────────────────────── transactions ─────────────────────────────

    def priority_fee(self) -> int:
        """The node's proposal for a tip per gas, in wei."""
        return self._ask("eth_maxPriorityFeePerGas", lambda: uint(self._web3.eth.max_priority_fee))

    def gas_price(self) -> int:
        """The node's proposal for a whole price per gas, in wei: where there is no base fee."""
        return self._ask("eth_gasPrice", lambda: uint(self._web3.eth.gas_price))

    def recent_tips(self, blocks: int) -> list[int]:
        """The median tip per gas of up to `blocks` recent blocks, in wei; 0 for empty ones."""

        def read() -> list[int]:
            history = self._web3.eth.fee_history(blocks, "latest", [50.0])
            return [uint(rewards[0]) for rewards in history["reward"][:blocks]]

        return self._ask("eth_feeHistory", read)

    def send_raw(self, raw: bytes) -> None:
        """Hands a signed transaction to the node."""
        self._ask("eth_sendRawTransaction", lambda: self._web3.eth.send_raw_transaction(raw))

    def knows_transaction(self, tx_hash: bytes) -> bool:
        """Whether the node has the transaction, mined or waiting."""

        def read() -> bool:
            try:
                self._web3.eth.get_transaction(cast(Any, tx_hash))
            except TransactionNotFound:
                return False
            return True

        return self._ask("eth_getTransactionByHash", read)

    def transaction(self, tx_hash: bytes) -> RawTransaction | None:
        """The transaction as it was sent, None if the node does not have it."""

        def read() -> RawTransaction | None:
            try:
                sent = self._web3.eth.get_transaction(cast(Any, tx_hash))
            except TransactionNotFound:
                return None
            if bytes32(sent["hash"]) != tx_hash:
                raise ValueError("another transaction")
            to, number = sent.get("to"), sent.get("blockNumber")
            return RawTransaction(
                sender=to_checksum_address(sent["from"]),
                to=to_checksum_address(to) if to else None,
                nonce=uint(sent["nonce"]),
                data=raw_bytes(sent["input"]),
                block_number=None if number is None else uint(number),
            )

        return self._ask("eth_getTransactionByHash", read)

    def receipt(self, tx_hash: bytes) -> RawReceipt | None:
        """The receipt of a mined transaction, None before."""

        def read() -> RawReceipt | None:
            try:
                receipt = self._web3.eth.get_transaction_receipt(cast(Any, tx_hash))
            except TransactionNotFound:
                return None
            if bytes32(receipt["transactionHash"]) != tx_hash:
                raise ValueError("a receipt of another transaction")
            created, sender = receipt.get("contractAddress"), receipt.get("from")
            price = receipt.get("effectiveGasPrice")
            if price is None:  # before EIP-1559 receipts had none
                price = self._web3.eth.get_transaction(cast(Any, tx_hash))["gasPrice"]
            return RawReceipt(
                tx_hash=tx_hash,
                block_number=uint(receipt["blockNumber"]),
                block_hash=bytes32(receipt["blockHash"]),
                succeeded=uint(receipt["status"]) == 1,
                gas_used=uint(receipt["gasUsed"]),
                gas_price=uint(price),
                data_fee=quantity(receipt.get("l1Fee")),
                contract=to_checksum_address(created) if created else None,
                logs=tuple(raw_log(entry) for entry in receipt["logs"]),
                sender=to_checksum_address(sender) if sender else None,
            )

        return self._ask("eth_getTransactionReceipt", read)

    # ───────────────────────────────── raw ────────────────────────────────────

    def rpc(self, method: str, *params: Any) -> Any:
        """Any JSON-RPC method, its result as it came (for anvil's own methods)."""
        return self._ask(
            method,
            lambda: self._web3.provider.make_request(RPCEndpoint(method), list(params))["result"],
        )

    def _ask(self, method: str, read: Callable[[], T]) -> T:
        try:
            return read()
        except ChainError:
            raise
        except RpcRefusal as refusal:
            if refusal.is_revert:
                raise CallReverted(
                    f"the call reverted: {refusal.message or 'no reason given'}",
                    refusal.data or b"",
                ) from refusal
            raise NodeRefused(
                f"the RPC at {self.label} refused {method}: {refusal.message or 'no reason given'}",
                refusal.message,
            ) from refusal
        except BlockNotFound as error:
            raise NoSuchBlock(f"the RPC at {self.label} does not have that block") from error
        except _MISSHAPEN as error:
            what = str(error) if type(error) is ValueError else type(error).__name__
            raise self._http.nonsense(method, what[:120]) from error
