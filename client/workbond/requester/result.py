"""A job's result as Python callers get it, and the check of a manifest against the chain's seal."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from workbond.errors import UsageError, VerificationFailed
from workbond.executor.profile import MAX_OUTPUT_BYTES
from workbond.jobs import JobRecord
from workbond.manifest import Manifest
from workbond.requester.labels import state_label
from workbond.spec import Spec
from workbond.tree import CLASS_EXIT, ResultTree, seal

CLASS_NAMES = ("exit", "out-of-units", "trap", "invalid")


def ending_of(cls: int, exit_code: int) -> str:
    """How a task ended, in words: `exit 0`, `trap`."""
    name = CLASS_NAMES[cls]
    return f"{name} {exit_code}" if cls == CLASS_EXIT else name


@dataclass(frozen=True)
class TaskOutput:
    """One task of a fetched result.

    `cls` is 0 exit, 1 out-of-units, 2 trap, 3 invalid; `output` and `log` are CIDs (`log` None
    where none was kept or could be had); `path` holds the verified output, `log_path` the log if
    it is not empty; `name` is a file name stem: the task's number and its input's name.
    """

    index: int
    cls: int
    exit_code: int
    units: int
    length: int
    output: str
    log: str | None
    name: str
    path: Path
    log_path: Path | None = None

    @property
    def succeeded(self) -> bool:
        """Whether the program ended by itself with exit code 0."""
        return self.cls == CLASS_EXIT and self.exit_code == 0

    @property
    def ending(self) -> str:
        """How the task ended, in words: `exit 0`, `trap`."""
        return ending_of(self.cls, self.exit_code)

    def to_json(self) -> dict[str, Any]:
        return {
            "index": self.index,
            "class": CLASS_NAMES[self.cls],
            "exit_code": self.exit_code,
            "units": self.units,
            "length": self.length,
            "output": self.output,
            "log": self.log,
            "path": str(self.path),
            "log_path": None if self.log_path is None else str(self.log_path),
        }


@dataclass(frozen=True)
class JobResult:
    """A result all of whose outputs were checked against the seal on the chain.

    `root` and `total_units` open the seal; `payment` is what approving pays, `refund` what then
    comes back of the escrow, both in base units; `notes` say what could not be checked or had.
    """

    id: bytes
    provider: str
    root: bytes
    total_units: int
    payment: int
    refund: int
    tasks: tuple[TaskOutput, ...]
    notes: tuple[str, ...] = ()

    @property
    def failed(self) -> tuple[TaskOutput, ...]:
        """The tasks that did not end with exit code 0."""
        return tuple(task for task in self.tasks if not task.succeeded)

    def with_tasks(self, tasks: list[TaskOutput]) -> JobResult:
        return replace(self, tasks=tuple(tasks))

    def to_json(self) -> dict[str, Any]:
        return {
            "id": "0x" + self.id.hex(),
            "provider": self.provider,
            "root": "0x" + self.root.hex(),
            "total_units": str(self.total_units),
            "payment": str(self.payment),
            "refund": str(self.refund),
            "failed": [task.index for task in self.failed],
            "tasks": [task.to_json() for task in self.tasks],
            "notes": list(self.notes),
        }


def check_manifest(record: JobRecord, data: bytes) -> tuple[Manifest, ResultTree]:
    """The manifest in `data`, if it is the one that the job's provider sealed.

    Raises:
        VerificationFailed: it is about something else, contradicts itself, or opens another seal.
    """
    job = record.live_job()
    manifest = Manifest.from_bytes(data)
    for what, said, wanted in (
        ("job", manifest.job, "0x" + record.id.hex()),
        ("provider", manifest.provider, job.provider.lower()),
        ("number of tasks", len(manifest.tasks), job.tasks),
    ):
        if said != wanted:
            raise VerificationFailed(
                f"the manifest names the {what} {said}, the chain says {wanted}: don't approve"
            )
    tree = manifest.tree()
    opened = seal(job.provider, record.id, tree.opening)
    if opened != job.seal:
        raise VerificationFailed(
            f"the manifest seals to 0x{opened.hex()}, but the provider's claim on the chain is "
            f"0x{job.seal.hex()}: don't approve"
        )
    return manifest, tree


def check_limits(manifest: Manifest, spec: Spec | None) -> None:
    """Raises `VerificationFailed` for a task beyond the spec's limits, or the profile's if None."""
    max_output = MAX_OUTPUT_BYTES if spec is None else spec.limits.output
    for index, task in enumerate(manifest.tasks):
        if task.length > max_output:
            raise VerificationFailed(
                f"task {index} claims {task.length:,} bytes of output; {max_output:,} are allowed: "
                "don't approve"
            )
        if spec is not None and task.units > spec.limits.units:
            raise VerificationFailed(
                f"task {index} claims {task.units:,} units; {spec.limits.units:,} are allowed: "
                "don't approve"
            )


def require_claim(record: JobRecord) -> bytes:
    """SHA-256 of the claimed manifest; raises `UsageError` for a job without a claim."""
    if record.manifest is None:
        raise UsageError(
            f"job 0x{record.id.hex()} is {state_label(record)} and has no result to fetch: see "
            f"`workbond job status 0x{record.id.hex()}`"
        )
    return record.manifest
