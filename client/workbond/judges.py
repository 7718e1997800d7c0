"""Who may have the inputs of a claimed job to judge its result: as the chain says, asked within
bounds, since whoever makes a key can ask."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import TypeVar

from workbond.accounts.verify import Busy
from workbond.chain.cases import MAX_CHALLENGES, ROUND_SEATS
from workbond.chain.committee import Committee
from workbond.chain.connection import Connection
from workbond.errors import ChainError, Reverted, UsageError

CASE_S = 5.0  # how long a case's seats and challengers are believed to be all there are
STAKE_S = 300.0  # how long who has a stake is believed to have it
NO_STAKE_S = 30.0
CASES_MAX = 1_024  # remembered
STAKES_MAX = 1_024
READS_PER_MINUTE = 120  # of cases, and as many of stakes
Found = TypeVar("Found")


class Judges:
    """Knows the verifiers of claims: the seats and challengers of an open case, and whoever has a
    stake in the resolver, since it may look for wrong results, and be drawn. Usable from several
    threads.

    A case is read once for all who ask, so that strangers with fresh keys, who can use up the reads
    of stakes, hold up no seat.

    Args:
        connection: to the chain.
        clock: seconds that only pass.
    """

    def __init__(
        self, connection: Connection, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._connection, self._clock = connection, clock
        self._cases: OrderedDict[tuple[str, bytes], tuple[frozenset[str], float]] = OrderedDict()
        self._stakes: OrderedDict[tuple[str, str], tuple[bool, float]] = OrderedDict()
        self._case_reads, self._stake_reads = _Budget(clock), _Budget(clock)
        self._lock = threading.Lock()

    def require(self, resolver: str, job_id: bytes, who: str) -> None:
        """Returns if `who` judges the claim of job `job_id`, or may look whether it is wrong.

        Raises:
            UsageError: it does not.
            Busy: that can't be told now.
        """
        if who in self._parties(resolver, job_id) or self._has_stake(resolver, who):
            return
        raise UsageError(
            f"{who} has no seat and no challenge in the job's case, and no stake in its resolver"
        )

    def _parties(self, resolver: str, job_id: bytes) -> frozenset[str]:
        key = resolver, job_id
        with self._lock:
            known, until = self._cases.get(key, (frozenset[str](), 0.0))
            if self._clock() < until:
                return known
            self._case_reads.spend()
        committee = Committee(self._connection, resolver)
        found = _asked(lambda: _parties(committee, job_id), frozenset[str]())
        with self._lock:
            self._cases[key] = found, self._clock() + CASE_S
            self._cases.move_to_end(key)
            if len(self._cases) > CASES_MAX:
                self._cases.popitem(last=False)
        return found

    def _has_stake(self, resolver: str, who: str) -> bool:
        key = resolver, who
        with self._lock:
            known, until = self._stakes.get(key, (False, 0.0))
            if self._clock() < until:
                return known
            self._stake_reads.spend()
        committee = Committee(self._connection, resolver)
        found = _asked(lambda: _has_stake(committee, who), False)
        with self._lock:
            self._stakes[key] = found, self._clock() + (STAKE_S if found else NO_STAKE_S)
            self._stakes.move_to_end(key)
            if len(self._stakes) > STAKES_MAX:
                self._stakes.popitem(last=False)
        return found


class _Budget:
    """So many reads a minute."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock, self._minute, self._spent = clock, -60.0, 0

    def spend(self) -> None:
        """Counts one; raises `Busy` for one too many."""
        if self._clock() - self._minute >= 60:
            self._minute, self._spent = self._clock(), 0
        self._spent += 1
        if self._spent > READS_PER_MINUTE:
            raise Busy


def _asked(read: Callable[[], Found], otherwise: Found) -> Found:
    """What the chain says; `otherwise` if the resolver is no committee; raises `Busy`."""
    try:
        return read()
    except Reverted:
        return otherwise
    except ChainError as error:
        raise Busy from error


def _parties(committee: Committee, job_id: bytes) -> frozenset[str]:
    """Challengers, and seats of all rounds, of an open case; nobody if there is none."""
    case = committee.case_of(job_id)
    if not case.phase.is_open:
        return frozenset()
    # a resolver may be any contract, and answer any numbers
    challenges = min(case.challenges, MAX_CHALLENGES)
    found = {committee.challenge_of(job_id, number).challenger for number in range(challenges)}
    for number in range(min(case.round + 1, len(ROUND_SEATS))):
        found.update(committee.seating_of(job_id, number).verifiers)
    return frozenset(found)


def _has_stake(committee: Committee, who: str) -> bool:
    verifier = committee.verifier_of(who)
    return verifier.active > 0 or verifier.staked > 0
