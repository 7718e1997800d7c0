"""Accounts of authors as the chain has them, kept until an event changes one."""

from __future__ import annotations

import threading
from collections.abc import Iterable

from workbond.chain.types import Account
from workbond.matcher.store import Store
from workbond.matcher.truth import Truth


class Ledger:
    """Accounts by address. Usable from several threads.

    Args:
        store: where they survive a restart.
        truth: where they are read.
    """

    def __init__(self, store: Store, truth: Truth) -> None:
        self._store, self._truth = store, truth
        self._lock = threading.Lock()
        self._accounts: dict[str, tuple[Account, int]] = {}
        for address, block, values in store.accounts():
            self._accounts[address] = (Account.from_args([int(v) for v in values]), block)

    def of(self, who: str) -> Account:
        """The account, read at the latest block if it isn't known yet."""
        with self._lock:
            known = self._accounts.get(who)
        return self._truth.account(who) if known is None else known[0]

    def known(self, who: str) -> Account | None:
        """The account, if it is known."""
        with self._lock:
            found = self._accounts.get(who)
        return None if found is None else found[0]

    def touched_after(self, block: int) -> list[str]:
        """Whose account was changed by a block beyond `block`."""
        with self._lock:
            return [who for who, (_, at) in self._accounts.items() if at > block]

    def refresh(self, whose: Iterable[str], block: int) -> None:
        """Reads accounts anew at `block`."""
        fresh = [(who, self._truth.account(who, block)) for who in whose]
        with self._lock:
            self._accounts |= {who: (account, block) for who, account in fresh}
        self._store.put_accounts([(who, block, account.to_tuple()) for who, account in fresh])

    def keep_only(self, needed: Iterable[str]) -> None:
        """Forgets the accounts of authors without orders."""
        with self._lock:
            gone = self._accounts.keys() - set(needed)
            for who in gone:
                del self._accounts[who]
        if gone:
            self._store.forget_accounts(sorted(gone))
