"""The error tree: every failure a user can meet is a `WorkbondError`.

WorkbondError            1
├── UsageError           2   bad input: arguments, job files, settings
├── AuthError            4   keystores and passwords
├── ChainError           5   RPC, transactions, deployments
│   └── Reverted         5   the market refused a call (subclasses in `workbond.chain.refusals`)
├── BlobError            6   content that is missing, too large, slow or not what its CID says
├── BookError            6   order books that can't be used
│   └── BookRefused      6   the book refused an order
├── ExecutionError       7   the provider's own failure to execute (never a result)
│   └── InvalidProgram   7   the program breaks the execution profile
├── JobFailed            8   the job ended without a result
├── VerificationFailed   9   bytes or balances that contradict the chain
├── TimedOut           124   the time that the user gave for waiting is over
└── Cancelled          130   the user pressed Ctrl-C

The number is the process's exit code. A message is one line: what happened, with which values,
and what to do next.
"""

from __future__ import annotations


class WorkbondError(Exception):
    """Root of everything Workbond raises on purpose."""

    exit_code = 1


class UsageError(WorkbondError):
    """The caller's input can't be used as it is."""

    exit_code = 2


class AuthError(WorkbondError):
    """A keystore or password does not open, or a key is missing."""

    exit_code = 4


class ChainError(WorkbondError):
    """The chain can't be reached, answers nonsense, or a transaction failed."""

    exit_code = 5


class Reverted(ChainError):
    """The market refused a call; `name` and `values` are the Solidity error's."""

    def __init__(self, message: str, name: str = "", values: tuple[object, ...] = ()) -> None:
        super().__init__(message)
        self.name = name
        self.values = values


class BlobError(WorkbondError):
    """A blob is missing, too large, too slow, or not what its CID says."""

    exit_code = 6


class BookError(WorkbondError):
    """An order book can't be reached, or does not answer as one."""

    exit_code = 6


class BookRefused(BookError):
    """An order book refused; `status` is of HTTP, `code` the book's own reason."""

    def __init__(self, message: str, status: int = 0, code: str = "") -> None:
        super().__init__(message)
        self.status, self.code = status, code


class ExecutionError(WorkbondError):
    """The executor itself failed; by the protocol this is never a result."""

    exit_code = 7


class InvalidProgram(ExecutionError):
    """The program breaks a deterministic rule of the execution profile."""


class JobFailed(WorkbondError):
    """The job ended without a result."""

    exit_code = 8


class VerificationFailed(WorkbondError):
    """Bytes or balances contradict what the chain says."""

    exit_code = 9


class TimedOut(WorkbondError):
    """The time that the user gave for waiting is over; what was waited for may still happen."""

    exit_code = 124  # as timeout(1) has it


class Cancelled(WorkbondError):
    """The user interrupted the command."""

    exit_code = 130
