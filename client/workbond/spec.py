"""The spec of a job under profile `wasm-1`: what is to be computed, as canonical JSON.

    {"arguments":["wordcount"],"environment":{"LANG":"C"},"inputs":["bafkrei...","bafkrei..."],
     "limits":{"memory":67108864,"output":1048576,"units":5000000000},"profile":"wasm-1",
     "program":"bafkrei...","requirements":{"cores":1,"memory":0,"region":""}}

`spec` in the market's request is the SHA-256 of exactly these bytes (docs/protocol.md section 7).
A spec comes from a stranger: every text, count and number is bounded, no field is optional and none
may be added, so that a spec is either valid for every executor or for none.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    Discriminator,
    Field,
    Tag,
    ValidationError,
)

from workbond import canonical
from workbond.cid import cid_of, cid_of_digest, digest_of_cid
from workbond.errors import UsageError
from workbond.executor.profile import MAX_MEMORY_BYTES, MAX_OUTPUT_BYTES, MAX_UNITS
from workbond.inputs import INLINE_MAX, inputs_root, parse_input_list
from workbond.tree import MAX_TASKS
from workbond.validation import Strict, first_problem

PROFILE = "wasm-1"
SPEC_BYTES_MAX = 512 * 1024  # 1,000 CIDs take 62 KiB, arguments and environment the rest
ARGUMENTS_MAX = 1_024
ARGUMENTS_BYTES_MAX = 64 * 1024  # they are copied into the guest's memory, which may be one page
ENVIRONMENT_MAX = 256
ENVIRONMENT_BYTES_MAX = 64 * 1024
UNITS_MAX = MAX_UNITS  # of one task; a JSON number holds no more exactly
MEMORY_MAX = MAX_MEMORY_BYTES  # all that a 32-bit WebAssembly memory can address
OUTPUT_MAX = MAX_OUTPUT_BYTES
CORES_MAX = 1_024
REQUIRED_MEMORY_MAX = 1 << 44  # 16 TiB
REGION_FORM = r"^([a-z]{2}(-[a-z0-9]{1,3})?)?$"


def _checked_cid(cid: str) -> str:
    try:
        digest_of_cid(cid)
    except UsageError as error:
        raise ValueError(str(error)) from error
    return cid


def _checked_arguments(arguments: tuple[str, ...]) -> tuple[str, ...]:
    size = sum(len(argument.encode()) + 1 for argument in arguments)
    if size > ARGUMENTS_BYTES_MAX:
        raise ValueError(f"{size:,} bytes of arguments; at most {ARGUMENTS_BYTES_MAX:,}")
    if any("\0" in argument for argument in arguments):
        raise ValueError("an argument holds a zero byte, which ends a string in C")
    return arguments


def _checked_environment(environment: dict[str, str]) -> dict[str, str]:
    size = sum(len(f"{name}={value}".encode()) + 1 for name, value in environment.items())
    if size > ENVIRONMENT_BYTES_MAX:
        raise ValueError(f"{size:,} bytes of environment; at most {ENVIRONMENT_BYTES_MAX:,}")
    for name, value in environment.items():
        if not name or "=" in name or "\0" in name + value:
            raise ValueError(
                f"the variable {name[:40]!r} can't be set: a name is not empty and holds no '=', "
                "and neither it nor the value holds a zero byte"
            )
    return environment


Cid = Annotated[str, Field(max_length=64), AfterValidator(_checked_cid)]
Arguments = Annotated[
    tuple[Annotated[str, Field(max_length=ARGUMENTS_BYTES_MAX)], ...],
    Field(max_length=ARGUMENTS_MAX),
    AfterValidator(_checked_arguments),
]
Environment = Annotated[
    dict[str, str], Field(max_length=ENVIRONMENT_MAX), AfterValidator(_checked_environment)
]


class Limits(Strict):
    """What one task may use; the profile says what happens beyond."""

    units: int = Field(ge=1, le=UNITS_MAX)
    """Metered units; a task that needs more ends as out-of-units."""
    memory: int = Field(ge=1, le=MEMORY_MAX)
    """Bytes of linear memory."""
    output: int = Field(ge=0, le=OUTPUT_MAX)
    """Bytes of standard output; a task that writes more ends as a trap."""


class Requirements(Strict):
    """What the provider's machine must have: the requester's wish, which no result can prove."""

    cores: int = Field(ge=1, le=CORES_MAX)
    """Cores that work on this job's tasks at the same time."""
    memory: int = Field(ge=0, le=REQUIRED_MEMORY_MAX)
    """Bytes of main memory given to the job; 0 asks for nothing beyond the tasks' limit."""
    region: str = Field(max_length=6, pattern=REGION_FORM)
    """Where the machine stands: an ISO 3166-1 code in lower case ("de"), one with a subdivision
    ("us-ca"), or "eu"; empty asks for no place."""


ANY_MACHINE = Requirements(cores=1, memory=0, region="")


class InputList(Strict):
    """The inputs as a blob of digests (see `workbond.inputs`)."""

    list: Cid
    """CID of the blob that holds the 32-byte digests in order."""
    root: str = Field(pattern=r"^0x[0-9a-f]{64}$")
    """RFC 6962 tree hash of the digests, as 0x and 64 hex digits."""


def _form_of_inputs(value: object) -> str:
    return "list" if isinstance(value, dict | InputList) else "each"


Inputs = Annotated[
    Annotated[tuple[Cid, ...], Field(min_length=1, max_length=INLINE_MAX), Tag("each")]
    | Annotated[InputList, Tag("list")],
    Discriminator(_form_of_inputs),
]


class Spec(Strict):
    """A valid spec; `to_bytes` and `from_bytes` are each other's inverse."""

    profile: Literal["wasm-1"]
    """Execution profile the fields below are written for."""
    program: Cid
    """The WebAssembly module."""
    arguments: Arguments
    """The guest's arguments, the program's own name first by custom."""
    environment: Environment
    """The guest's environment variables."""
    inputs: Inputs
    """Standard input of each task: up to 1,000 CIDs, or a list in a blob of its own."""
    limits: Limits
    requirements: Requirements

    def to_bytes(self) -> bytes:
        """The canonical bytes, which are also a blob."""
        data = canonical.dumps(self.model_dump(mode="json"))
        if len(data) > SPEC_BYTES_MAX:
            raise UsageError(f"the spec has {len(data):,} bytes, more than {SPEC_BYTES_MAX:,}")
        return data

    @property
    def digest(self) -> bytes:
        """SHA-256 of the bytes: the request's `spec` on the chain."""
        return hashlib.sha256(self.to_bytes()).digest()

    @property
    def cid(self) -> str:
        """The CID under which the spec's bytes are served."""
        return cid_of_digest(self.digest)

    @classmethod
    def from_bytes(cls, data: bytes) -> Spec:
        """The spec in `data`; `UsageError` if it breaks a rule, which every executor sees alike."""
        canonical.loads_canonical(data, what="the spec", max_bytes=SPEC_BYTES_MAX)
        try:
            spec = cls.model_validate_json(data)
        except ValidationError as error:
            raise UsageError(
                f"the spec breaks profile {PROFILE}: {first_problem(error, cls)}"
            ) from error
        if spec.to_bytes() != data:  # the digest on the chain is that of these bytes
            raise UsageError(
                f"the spec breaks profile {PROFILE}: its bytes say more than its fields"
            )
        return spec

    def input_cids(self, tasks: int, list_data: bytes | None = None) -> list[str]:
        """The input of each task.

        Args:
            tasks: the request's number of tasks, which the spec must agree with.
            list_data: the bytes of the blob `inputs.list`, where the spec has one.

        Raises:
            UsageError: the spec and the request (or the list) contradict each other.
        """
        if isinstance(self.inputs, InputList):
            if list_data is None:
                raise UsageError(f"fetch the input list {self.inputs.list} first")
            return parse_input_list(list_data, bytes.fromhex(self.inputs.root[2:]), tasks)
        if len(self.inputs) != tasks:
            raise UsageError(f"the spec has {len(self.inputs):,} inputs for {tasks:,} tasks")
        return [*self.inputs]


def make_spec(
    program: str,
    inputs: Sequence[str],
    limits: Limits,
    *,
    arguments: Sequence[str] = (),
    environment: dict[str, str] | None = None,
    requirements: Requirements | None = None,
) -> tuple[Spec, bytes | None]:
    """A spec, and the list blob to publish beside it when there are more than 1,000 inputs.

    Args:
        program: CID of the module.
        inputs: CIDs, one per task, 1 to 65,536.
        limits: per task.
        arguments: the guest's arguments.
        environment: the guest's environment.
        requirements: what the machine must have; nothing special by default.
    """
    if not 1 <= len(inputs) <= MAX_TASKS:
        raise UsageError(f"a job has 1 to {MAX_TASKS:,} inputs, not {len(inputs):,}")
    list_data: bytes | None = None
    named: tuple[str, ...] | InputList = tuple(inputs)
    if len(inputs) > INLINE_MAX:
        digests = [digest_of_cid(cid) for cid in inputs]
        list_data = b"".join(digests)
        named = InputList(list=cid_of(list_data), root="0x" + inputs_root(digests).hex())
    try:
        spec = Spec(
            profile="wasm-1",
            program=program,
            arguments=tuple(arguments),
            environment=environment or {},
            inputs=named,
            limits=limits,
            requirements=requirements or ANY_MACHINE,
        )
    except ValidationError as error:
        raise UsageError(f"the spec can't be made: {first_problem(error, Spec)}") from error
    spec.to_bytes()
    return spec, list_data
