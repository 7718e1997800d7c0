"""What a verifier is bound to in an open case, and until when."""

from __future__ import annotations

from workbond.chain.cases import Phase
from workbond.verifier.docket import OpenCase
from workbond.verifier.statusfile import Duty


def duty_of(us: str, each: OpenCase, now_s: int) -> Duty | None:
    """Our part in a case; None if we have none.

    Args:
        us: the verifier's address.
        each: the case.
        now_s: chain time.
    """
    seating, case = each.seating, each.case
    seats, challenged = seating.seats_of(us), each.is_challenged_by(us)
    if not seats and not challenged:
        return None
    committed = sum(map(seating.has_committed, seats))
    revealed = sum(map(seating.has_revealed, seats))
    waits_for, deadline = _next_step(each, len(seats) - committed, committed - revealed, now_s)
    return Duty(
        id=f"0x{each.id.hex()}",
        phase=case.phase.label,
        round=case.round,
        seats=len(seats),
        committed=committed,
        revealed=revealed,
        challenged=challenged,
        waits_for=waits_for,
        deadline=deadline,
    )


def _next_step(each: OpenCase, uncommitted: int, unrevealed: int, now_s: int) -> tuple[str, int]:
    case = each.case
    if case.phase is Phase.DRAWING:
        return "be drawn before", case.deadline
    if now_s < case.deadline:
        return ("commit before" if uncommitted else "reveal from"), case.deadline
    if unrevealed and now_s < case.reveals_until:
        return "reveal before", case.reveals_until
    return "be closed from", case.appeals_until
