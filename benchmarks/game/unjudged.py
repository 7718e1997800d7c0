"""What a provider loses that fails without a case, by the model of the market."""

from __future__ import annotations

from tests.model import rules
from tests.model.words import Job


def failed(bond: int, claimed: bool) -> int:
    """Its money: it withheld what was demanded, or it never claimed. Somebody else ends the job."""
    percent = rules.VOID_PERCENT if claimed else rules.EXPIRE_PERCENT
    job = Job("", "", "", 0, 0, 0, bond, 0, 0, 1, 1, 0, 0, 0, 0)
    return -rules.failure_slash(job, percent).total
