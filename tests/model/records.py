"""What is on record of each job, and the checks that every call on a job starts with.

The chain keeps one slot per job: its state, and a hash of the record that callers must pass. The
model keeps the record itself.
"""

from dataclasses import dataclass

from .delegates import Delegates
from .erc20 import Token
from .errors import require
from .hashing import domain_separator, job_hash
from .signers import Signers
from .words import DirtyOffer, DirtyRequest, Job, Offer, Request, State


@dataclass
class Record:
    """What is known of a job id. `job` is set while the job is live, for ever None otherwise."""

    state: State = State.NONE
    job: Job | None = None

    @property
    def hash(self) -> int:
        """The 248 bits beside the state: zero unless the job is live."""
        return job_hash(self.job) if self.job else 0


class Records(Delegates):
    """The records of one market. Times are half-open: before t one thing, from t on the other."""

    def __init__(
        self,
        address: str,
        token: Token,
        cooldown_s: int,
        chain_id: int,
        signers: Signers | None = None,
    ) -> None:
        super().__init__(address, token, cooldown_s)
        self.domain = domain_separator(chain_id, address)
        self.signers = signers or Signers()
        self.records: dict[bytes, Record] = {}  # of every id that was ever posted, bound or revoked
        self.offer_uses: dict[bytes, int] = {}  # by digest
        self.offers: dict[bytes, Offer] = {}  # every one that was used
        self.known: set[bytes] = set()  # offers whose key's signature this transaction has seen

    def begin(self, now: int, block: int) -> None:
        super().begin(now, block)
        self.known.clear()

    def record(self, id_: bytes) -> Record:
        """What is on record of a job id; of most ids: nothing."""
        return self.records.get(id_, Record())

    def require_state(self, id_: bytes, expected: State) -> None:
        actual = self.record(id_).state
        require(actual == expected, "WrongState", id_, expected, actual)

    def require_record(self, id_: bytes, job: Job, expected: State) -> None:
        """The job is in that state, and `job` is its record to the last bit."""
        self.require_state(id_, expected)
        record = self.records[id_]
        require(job == record.job, "JobMismatch", id_, record.hash, job_hash(job))

    def require_counter(self, author: str, given: int) -> None:
        counter = self.accounts[author].counter
        require(given == counter, "CounterMismatch", counter, given)

    def require_from(self, time: int) -> None:
        require(self.now >= time, "TooEarly", self.now, time)

    def require_before(self, time: int) -> None:
        require(self.now < time, "TooLate", self.now, time)


def require_clean(struct: Request | Offer) -> None:
    """What is hashed or told for the first time must be well-formed, to the last unused bit."""
    require(not isinstance(struct, DirtyRequest | DirtyOffer), "Malformed")
