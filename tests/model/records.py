"""What is on record of each job, and the checks that every call on a job starts with.

The chain keeps one slot per job: its state, and a hash of the record that callers must pass. The
model keeps the record itself.
"""

from dataclasses import dataclass

from .erc20 import Token
from .errors import require
from .hashing import domain_separator, job_hash
from .ledger import Ledger
from .words import Job, State


@dataclass
class Record:
    """What is known of a job id. `job` is set while the job is live, for ever None otherwise."""

    state: State = State.NONE
    job: Job | None = None

    @property
    def hash(self) -> int:
        """The 248 bits beside the state: zero unless the job is live."""
        return job_hash(self.job) if self.job else 0


class Records(Ledger):
    """The records of one market. Times are half-open: before t one thing, from t on the other."""

    def __init__(self, address: str, token: Token, cooldown_s: int, chain_id: int) -> None:
        super().__init__(address, token, cooldown_s)
        self.domain = domain_separator(chain_id, address)
        self.records: dict[bytes, Record] = {}  # of every id that was ever posted

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

    def require_from(self, time: int) -> None:
        require(self.now >= time, "TooEarly", self.now, time)

    def require_before(self, time: int) -> None:
        require(self.now < time, "TooLate", self.now, time)
