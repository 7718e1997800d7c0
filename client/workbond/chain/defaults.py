"""What holds for a connection of which nobody says more; the settings take their defaults here."""

from __future__ import annotations

DEFAULT_RPC_URL = "http://127.0.0.1:8545"  # a local chain's
MAX_FEE = 10**18  # wei; above one whole coin a transaction, something is wrong
GAS_COIN = "gas coin"  # what a chain's own coin is called where nobody named it
