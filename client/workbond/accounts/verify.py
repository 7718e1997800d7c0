"""Checking a signature against an account: by its key, else by asking the contract that it is.

ECDSA needs no chain. ERC-1271 (`isValidSignature`) is an `eth_call` into code that a stranger
wrote: its gas is capped, and so is how often it is done.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from enum import Enum

from eth_hash.auto import keccak

from workbond.accounts.keys import SIGNATURE_BYTES, recover_struct
from workbond.chain.answers import CallReverted
from workbond.chain.connection import Connection
from workbond.chain.types import domain_separator, encoded
from workbond.errors import AuthError, ChainError

# keccak256("isValidSignature(bytes32,bytes)")[:4], which is also what a contract answers for yes
ERC1271_MAGIC = bytes.fromhex("1626ba7e")
RECOVERY_IDS = (27, 28)  # others are refused by contracts, to which a signature goes as it is
CONTRACT_GAS = 1_000_000  # passkey and multi-signature wallets take up to half of it
CONTRACT_CHECKS_AT_ONCE = 2
CONTRACT_CHECKS_PER_MINUTE = 60
KEYED_MAX = 32_768  # good signatures that are not recovered a second time
PLAIN_ACCOUNTS_MAX = 1_024
PLAIN_ACCOUNT_S = 600.0  # how long an address is believed to have no code


class Signed(Enum):
    """What holds a signature: the account's key, for good; its contract, until it changes its mind;
    or nothing."""

    NOT = 0
    BY_KEY = 1
    BY_CONTRACT = 2


class Busy(Exception):
    """It can't be checked now; later it may."""


class Verifier:
    """Checks signatures made for one market. Usable from several threads.

    Args:
        connection: asked about contracts only.
        market: the market's address.
        contract_gas: what a contract's word may take.
        checks_per_minute: how often contracts are asked.
    """

    def __init__(
        self,
        connection: Connection,
        market: str,
        *,
        contract_gas: int = CONTRACT_GAS,
        checks_per_minute: int = CONTRACT_CHECKS_PER_MINUTE,
    ) -> None:
        self._contract_gas, self._checks_per_minute = contract_gas, checks_per_minute
        self._connection = connection
        self._separator = domain_separator(connection.chain_id, market)
        self._slots = threading.BoundedSemaphore(CONTRACT_CHECKS_AT_ONCE)
        self._recovering = threading.Lock()  # one at a time: it takes 10 ms, and strangers ask
        self._lock = threading.Lock()
        self._minute, self._checks = 0.0, 0
        self._keyed: OrderedDict[tuple[str, bytes, bytes], None] = OrderedDict()
        self._plain: OrderedDict[str, float] = OrderedDict()

    def check(self, who: str, struct_hash: bytes, signature: bytes) -> Signed:
        """Whose word makes `signature`, under the market's domain, that of the account `who`.

        Raises:
            Busy: it may be a contract, and it can't be asked now.
        """
        if self.is_by_key(who, struct_hash, signature):
            return Signed.BY_KEY
        return (
            Signed.BY_CONTRACT if self.is_by_contract(who, struct_hash, signature) else Signed.NOT
        )

    def is_by_contract(self, who: str, struct_hash: bytes, signature: bytes) -> bool:
        """Whether `who` is a contract that holds to it now; raises `Busy`."""
        with self._lock:
            if time.monotonic() < self._plain.get(who, 0.0):
                return False
        return self._ask_contract(who, struct_hash, signature)

    def is_by_key(self, who: str, struct_hash: bytes, signature: bytes) -> bool:
        """Whether it is made with the account's key, and so holds for good; asks nobody."""
        if len(signature) != SIGNATURE_BYTES or signature[-1] not in RECOVERY_IDS:
            return False
        known = who, struct_hash, signature
        with self._lock:
            if known in self._keyed:
                return True
        with self._recovering:
            try:
                if recover_struct(self._separator, struct_hash, signature) != who:
                    return False
            except AuthError:
                return False
        with self._lock:
            self._keyed[known] = None
            if len(self._keyed) > KEYED_MAX:
                self._keyed.popitem(last=False)
        return True

    def _ask_contract(self, who: str, struct_hash: bytes, signature: bytes) -> bool:
        digest = bytes(keccak(b"\x19\x01" + self._separator + struct_hash))
        padded = signature + bytes(-len(signature) % 32)
        data = ERC1271_MAGIC + digest + encoded(64) + encoded(len(signature)) + padded
        self._count()
        if not self._slots.acquire(blocking=False):
            raise Busy
        try:
            answer = self._connection.call(who, data, gas=self._contract_gas)
        except CallReverted:
            return False
        except ChainError as error:
            raise Busy from error
        finally:
            self._slots.release()
        if not answer:
            self._remember_plain(who)
        return answer[:32] == ERC1271_MAGIC + bytes(28)

    def _count(self) -> None:
        with self._lock:
            now = time.monotonic()
            if now - self._minute >= 60:
                self._minute, self._checks = now, 0
            self._checks += 1
            if self._checks > self._checks_per_minute:
                raise Busy

    def _remember_plain(self, who: str) -> None:
        with self._lock:
            self._plain[who] = time.monotonic() + PLAIN_ACCOUNT_S
            self._plain.move_to_end(who)
            if len(self._plain) > PLAIN_ACCOUNTS_MAX:
                self._plain.popitem(last=False)
