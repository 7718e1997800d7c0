"""The whole market."""

from hashlib import sha256

from .batches import Batches
from .demands import Demands
from .disputes import Disputes
from .errors import require_range
from .words import LIVE, Job, State

MIN_CARD_BYTES = 2  # "{}"
MAX_CARD_BYTES = 4096


class Market(Disputes, Demands, Batches):
    """Accounts (ledger.py), the life of jobs (jobs.py, exits.py, demands.py, disputes.py), signed
    orders (orders.py, batches.py), and cards."""

    def announce(self, caller: str, card: bytes) -> None:
        """The caller's card, for anybody who reads the chain."""
        require_range("card", len(card), MIN_CARD_BYTES, MAX_CARD_BYTES)
        self.emit("CardAnnounced", caller, sha256(card).digest(), card)

    def check(self, caller: str, id_: bytes, job: Job) -> State:
        """A view: the state of a job, after checking that `job` is its record if it is live."""
        record = self.record(id_)
        if record.state in LIVE:
            self.require_record(id_, job, record.state)
        return record.state
