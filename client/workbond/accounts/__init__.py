"""Accounts: keys of this machine in keystore V3 files, and keys that a remote signer holds.

    entry = accounts.find(home, "me")              # no password needed
    signer = accounts.open_entry(home, entry, ask)  # `ask` gives it, if it takes one

`find` knows Workbond's own directory, Foundry's and geth's; a `Signer` signs, whatever holds its
key.
"""

from __future__ import annotations

from workbond.accounts.entry import Entry
from workbond.accounts.find import entries, find
from workbond.accounts.keys import (
    LocalSigner,
    WrongPassword,
    dev_signer,
    recover_message,
    recover_typed_data,
)
from workbond.accounts.opening import open_account, open_entry, read_password
from workbond.accounts.own import (
    create,
    export,
    import_dev_key,
    import_key,
    import_keystore,
    require_new,
)
from workbond.accounts.remote import RemoteSigner, add_signer
from workbond.accounts.signer import Signer

__all__ = [
    "Entry",
    "LocalSigner",
    "RemoteSigner",
    "Signer",
    "WrongPassword",
    "add_signer",
    "create",
    "dev_signer",
    "entries",
    "export",
    "find",
    "import_dev_key",
    "import_key",
    "import_keystore",
    "open_account",
    "open_entry",
    "read_password",
    "recover_message",
    "recover_typed_data",
    "require_new",
]
