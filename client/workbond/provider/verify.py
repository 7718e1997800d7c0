"""Checking a signature against an account: by its key, else by asking the contract that it is.

ECDSA needs no chain. ERC-1271 (`isValidSignature`) is an `eth_call` into code that a stranger
wrote: its gas is capped, and so is how often it is done.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections import OrderedDict
from enum import Enum

from eth_hash.auto import keccak

from workbond.accounts import recover_struct
from workbond.blobs.access import SignedAccess
from workbond.chain.answers import CallReverted
from workbond.chain.connection import Connection
from workbond.chain.types import domain_separator, encoded
from workbond.errors import AuthError, ChainError

# keccak256("isValidSignature(bytes32,bytes)")[:4], which is also what a contract answers for yes
ERC1271_MAGIC = bytes.fromhex("1626ba7e")
ECDSA_BYTES = 65
CONTRACT_GAS = 1_000_000  # passkey and multi-signature wallets take up to half of it
CONTRACT_CHECKS_AT_ONCE = 2
CONTRACT_CHECKS_PER_MINUTE = 60
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
    """

    def __init__(self, connection: Connection, market: str) -> None:
        self._connection = connection
        self._separator = domain_separator(connection.chain_id, market)
        self._slots = threading.BoundedSemaphore(CONTRACT_CHECKS_AT_ONCE)
        self._recovering = threading.Lock()  # one at a time: it takes 10 ms, and strangers ask
        self._lock = threading.Lock()
        self._minute, self._checks = 0.0, 0
        self._plain: OrderedDict[str, float] = OrderedDict()

    def check(self, signed: SignedAccess) -> Signed:
        """Whose word makes the signature that of the requester named in it.

        Raises:
            Busy: the requester may be a contract, and it can't be asked now.
        """
        who, struct_hash = signed.access.requester, signed.access.struct_hash
        if len(signed.signature) == ECDSA_BYTES:
            with self._recovering, contextlib.suppress(AuthError):
                if recover_struct(self._separator, struct_hash, signed.signature) == who:
                    return Signed.BY_KEY
        with self._lock:
            if time.monotonic() < self._plain.get(who, 0.0):
                return Signed.NOT
        valid = self._ask_contract(who, struct_hash, signed.signature)
        return Signed.BY_CONTRACT if valid else Signed.NOT

    def _ask_contract(self, who: str, struct_hash: bytes, signature: bytes) -> bool:
        digest = bytes(keccak(b"\x19\x01" + self._separator + struct_hash))
        padded = signature + bytes(-len(signature) % 32)
        data = ERC1271_MAGIC + digest + encoded(64) + encoded(len(signature)) + padded
        self._count()
        if not self._slots.acquire(blocking=False):
            raise Busy
        try:
            answer = self._connection.call(who, data, gas=CONTRACT_GAS)
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
            if self._checks > CONTRACT_CHECKS_PER_MINUTE:
                raise Busy

    def _remember_plain(self, who: str) -> None:
        with self._lock:
            self._plain[who] = time.monotonic() + PLAIN_ACCOUNT_S
            self._plain.move_to_end(who)
            if len(self._plain) > PLAIN_ACCOUNTS_MAX:
                self._plain.popitem(last=False)
