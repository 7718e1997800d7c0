"""What a job's state is called where people read it."""

from __future__ import annotations

from workbond.chain.types import State
from workbond.jobs import JobRecord

SIGNED = "Signed"  # the state of a request that is no job yet: the chain knows nothing of it


def state_label(record: JobRecord) -> str:
    """The state in the protocol's own spelling; `Signed` where only a signature exists."""
    return SIGNED if record.state == State.NONE else record.state.label
