"""The result manifest: what a provider says about every task, as canonical JSON.

    {"job":"0x...","profile":"wasm-1","provider":"0x...","root":"0x...","tasks":[
      {"class":0,"digest":"0x...","exitCode":0,"length":5,"log":null,"output":"bafkrei...",
       "units":1200}],"totalUnits":"1200","version":1}

`root` and `totalUnits` belong to the sum-checked tree over the tasks (docs/protocol.md section 6);
with them anyone can check the seal. `digest` is the tree hash of the output that stands in the
leaf, `output` the CID its bytes are fetched by. A manifest comes from a stranger: it is bounded,
checked in form by `from_bytes`, and against its own tree by `tree`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, ValidationError, model_validator

from workbond import canonical
from workbond.cid import cid_of
from workbond.errors import UsageError, VerificationFailed
from workbond.spec import Cid
from workbond.tree import CLASS_INVALID, MAX_TASKS, Leaf, ResultTree
from workbond.validation import Strict, first_problem

VERSION = 1
TASK_BYTES_MAX = 360  # a task with every number at its largest and a log has 341
MANIFEST_BYTES_MAX = 1_024 + MAX_TASKS * TASK_BYTES_MAX  # 22.5 MiB
EMPTY_CID = cid_of(b"")

Hash = Annotated[str, Field(pattern=r"^0x[0-9a-f]{64}$")]
Address = Annotated[str, Field(pattern=r"^0x[0-9a-f]{40}$")]
SafeInteger = Annotated[int, Field(ge=0, le=canonical.INTEGER_MAX)]


class TaskResult(Strict):
    """One task's leaf, and where its bytes are."""

    cls: int = Field(alias="class", ge=0, le=CLASS_INVALID)
    """0 exit, 1 out-of-units, 2 trap, 3 invalid."""
    exit_code: int = Field(alias="exitCode", ge=0, lt=2**32)
    """0 unless the class is 0."""
    units: SafeInteger
    """Metered units."""
    length: SafeInteger
    """Bytes of output."""
    digest: Hash
    """RFC 6962 tree hash of the output's 16 KiB chunks."""
    output: Cid
    """Where the output is fetched."""
    log: Cid | None
    """Standard error, which is no part of the result; null if it was not kept."""

    @model_validator(mode="after")
    def _nothing_has_one_name(self) -> Self:
        if (self.length == 0) != (self.output == EMPTY_CID):
            raise ValueError(f"a length of {self.length} and the output {self.output} differ")
        return self


class Manifest(Strict):
    """The results of a job; `to_bytes` and `from_bytes` are each other's inverse."""

    version: int = Field(ge=VERSION, le=VERSION)  # a literal 1 would admit `true` as well
    """Version of this format."""
    job: Hash
    """The job's id."""
    provider: Address
    """Who executed it, in lower case."""
    profile: Literal["wasm-1"]
    """Execution profile."""
    root: Hash
    """Root of the result tree."""
    total_units: str = Field(alias="totalUnits", pattern=r"^(0|[1-9][0-9]{0,19})$")
    """The tree's sum of units; in decimal, as it may exceed what a JSON number holds."""
    tasks: tuple[TaskResult, ...] = Field(min_length=1, max_length=MAX_TASKS)
    """Every task, in order."""

    def to_bytes(self) -> bytes:
        """The canonical bytes, which are also a blob."""
        return canonical.dumps(self.model_dump(mode="json", by_alias=True))

    @property
    def cid(self) -> str:
        """The CID under which the manifest is served."""
        return cid_of(self.to_bytes())

    @property
    def units(self) -> int:
        """`total_units` as a number."""
        return int(self.total_units)

    @classmethod
    def from_bytes(cls, data: bytes) -> Manifest:
        """The manifest in `data`; `VerificationFailed` if its form is wrong."""
        try:
            canonical.loads_canonical(data, what="the manifest", max_bytes=MANIFEST_BYTES_MAX)
            return cls.model_validate_json(data)
        except ValidationError as error:
            problem = first_problem(error, cls)
            raise VerificationFailed(f"the manifest is not valid: {problem}") from error
        except UsageError as error:
            raise VerificationFailed(str(error)) from error

    def tree(self) -> ResultTree:
        """The result tree, whose root and sum of units are checked to be the manifest's.

        Raises:
            VerificationFailed: the manifest contradicts itself or holds an impossible leaf.
        """
        tree = ResultTree(
            Leaf(i, t.cls, t.exit_code, t.units, t.length, bytes.fromhex(t.digest[2:]))
            for i, t in enumerate(self.tasks)
        )
        if tree.total_units != self.units:
            raise VerificationFailed(
                f"the manifest of job {self.job} says {self.units} units in all, its tasks sum to "
                f"{tree.total_units}"
            )
        root = "0x" + tree.root.hex()
        if root != self.root:
            raise VerificationFailed(
                f"the manifest of job {self.job} says root {self.root}, its tasks give {root}"
            )
        return tree


def make_manifest(
    job: bytes,
    provider: str,
    tree: ResultTree,
    outputs: Sequence[str],
    logs: Sequence[str | None],
) -> Manifest:
    """The manifest of the executed tasks in `tree`.

    Args:
        job: the job's id, 32 bytes.
        provider: its address, in any case.
        tree: the results.
        outputs: the CID of each task's output.
        logs: the CID of each task's log, or None.
    """
    fields = {
        "version": VERSION,
        "job": "0x" + job.hex(),
        "provider": provider.lower(),
        "profile": "wasm-1",
        "root": "0x" + tree.root.hex(),
        "totalUnits": str(tree.total_units),
        "tasks": tuple(
            {
                "class": leaf.cls,
                "exitCode": leaf.exit_code,
                "units": leaf.units,
                "length": leaf.length,
                "digest": "0x" + leaf.digest.hex(),
                "output": output,
                "log": log,
            }
            for leaf, output, log in zip(tree.leaves, outputs, logs, strict=True)
        ),
    }
    try:
        return Manifest.model_validate(fields)
    except ValidationError as error:
        raise UsageError(f"the manifest can't be made: {first_problem(error, Manifest)}") from error
