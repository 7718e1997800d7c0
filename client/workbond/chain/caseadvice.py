"""What to do about each refusal of the committee, in one line.

As `workbond.chain.advice`: a function takes the values of a Solidity error in their order; the
errors are those of contracts/interfaces/{IErrors,ICommitteeErrors}.sol.
"""

from __future__ import annotations

from workbond.chain import advice
from workbond.chain.cases import Phase
from workbond.money import format_amount, tokens


def _case(case_id: bytes) -> str:
    return f"case 0x{case_id.hex()}"


def policy(policy: bytes) -> str:
    return (
        f"the policy 0x{policy.hex()} is not the committee's: it takes 3, 7, 15 or 31 seats and an "
        "audit rate up to 100%"
    )


def course(course: int, case_for: int) -> str:
    return (
        f"a case could take {course} s but the request leaves it {case_for} s: requests with a "
        f"--case-for of at least {course} s can be judged"
    )


def phase(case_id: bytes, expected: int, actual: int) -> str:
    return (
        f"{_case(case_id)} is in phase {_label(actual)}, but this needs it {_label(expected)}: see "
        f"`workbond job status 0x{case_id.hex()}`"
    )


def _label(phase: int) -> str:
    return Phase(phase).label if phase <= max(Phase) else str(phase)


def not_drawn(case_id: bytes) -> str:
    return (
        f"the lottery did not choose job 0x{case_id.hex()} for an audit: whoever found its result "
        "wrong can challenge it"
    )


def unknown_hash(number: int) -> str:
    return (
        f"the chain keeps no hash of block {number}: it is too old, or not there yet; wait for it, "
        "or leave this case"
    )


def no_verifiers() -> str:
    return "no stake is active in this epoch, so that nobody can be drawn: the case can be closed"


def seat(case_id: bytes, seat: int) -> str:
    return (
        f"seat {seat} of {_case(case_id)} is not there, or has done this before: read the round "
        "again"
    )


def commitment(commitment: bytes, given: bytes) -> str:
    return (
        f"vote and salt commit to 0x{given.hex()} but the seat to 0x{commitment.hex()}: reveal "
        "with the vote and salt that it committed to"
    )


def not_appealable(case_id: bytes, round: int) -> str:
    return (
        f"round {round} of {_case(case_id)} can't be appealed (yet): it is the last one, or seats "
        "can still reveal; wait until it is complete"
    )


def join(case_id: bytes) -> str:
    return (
        f"the commits of the first round of {_case(case_id)} are over, so that nobody can join it: "
        "wait for its verdict"
    )


def not_disputed(case_id: bytes) -> str:
    return (
        f"the market holds no open case of job 0x{case_id.hex()} any more: see `workbond job "
        f"status 0x{case_id.hex()}`"
    )


def still_open(case_id: bytes) -> str:
    return f"the market has not ended {_case(case_id)}: wait for its verdict or its timeout"


# ──────────────── where the committee refuses as the market does ──────────────


def field(field: bytes, value: int, low: int, high: int) -> str:
    name = field.rstrip(b"\0")
    if name == b"stake":
        return (
            f"the stake would be {tokens(value)} but must be {tokens(low)} at least: stake "
            f"{format_amount(low - value)} more, or unstake all of it"
        )
    if name == b"leaving":
        return "nothing is leaving the stake: start with `workbond verifier unstake`"
    if name == b"challenges":
        return f"the case has its {high} challenges, and takes no more: wait for its verdict"
    return advice.field(field, value, low, high)


def free(account: str, free: int, needed: int) -> str:
    return (
        f"account {account} has {tokens(free)} free in the committee but {tokens(needed)} are "
        f"needed: deposit {format_amount(needed - free)} more there"
    )


def stake(account: str, available: int, needed: int) -> str:
    return (
        f"account {account} stakes {tokens(available)} in the committee but {tokens(needed)} are "
        "asked of it: take less"
    )


def recipient(to: str) -> str:
    return (
        f"tokens can't be withdrawn to {to} (the zero address, the market or the committee): give "
        "another --to"
    )
