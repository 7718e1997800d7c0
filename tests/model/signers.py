"""Who signed what: keys first, then the signer's own code."""

from collections.abc import Iterable

from .keys import HALF, recover, split
from .wallets import Account


class Signers:
    """What a chain knows beside the market: the accounts that have code."""

    def __init__(self, wallets: Iterable[Account] = ()) -> None:
        self.wallets = {wallet.address: wallet for wallet in wallets}

    def by_key(self, signer: str, digest: bytes, signature: bytes) -> bool:
        """The signer's key made it: 65 bytes, with the lower s."""
        proper = len(signature) == 65 and split(signature)[1] <= HALF
        return proper and recover(digest, signature) == signer

    def by_code(self, signer: str, digest: bytes, signature: bytes, now: int) -> bool:
        """The signer's code says that it stands for it (ERC-1271)."""
        wallet = self.wallets.get(signer)
        return wallet is not None and wallet.accepts(digest, signature, now)
