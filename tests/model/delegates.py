"""Keys that run a node and can't move money."""

from .errors import require
from .ledger import Ledger
from .words import NOBODY


class Delegates(Ledger):
    """Who may submit and answer for whom."""

    def set_delegate(self, caller: str, delegate: str) -> None:
        """Another delegate, or none."""
        self.delegates[caller] = delegate
        self.emit("DelegateSet", caller, delegate)

    def require_acts_for(self, caller: str, owner: str) -> None:
        delegate = self.delegates.get(owner, NOBODY)
        require(caller in (owner, delegate), "NotAllowed", caller, owner)
