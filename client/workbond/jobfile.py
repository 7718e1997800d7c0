"""The job file: what a requester writes, in TOML or JSON, to have work done.

    program = "climate.wasm"
    arguments = ["climate", "2000"]
    inputs = "months/*.csv"

    [limits]
    units = 5_000_000_000
    memory = "64 MiB"
    output = "64 KiB"

    [price]
    max_unit_price = "0.5"
    bond = "10"

One input is one task. Paths are relative to the job file. An unknown field is refused, so that a
typo can't silently change a job. What a provider reads in the end is the spec (`workbond.spec`).
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BeforeValidator,
    Field,
    ValidationError,
    model_validator,
)

from workbond import canonical, money, shares, spec
from workbond.chain import cases, rules
from workbond.errors import UsageError, WorkbondError
from workbond.jobinputs import InputFiles, find_inputs, find_program
from workbond.sizes import parse_size
from workbond.tree import MAX_TASKS
from workbond.validation import Strict, first_problem

FILE_BYTES_MAX = 8 << 20  # 65,536 listed paths of 128 characters


def _parse_amount(value: object) -> int:
    if not isinstance(value, str):
        shown = repr(value)[:40]
        raise ValueError(f'write the amount as a string of tokens, like "1.5", not {shown}')
    try:
        return money.parse_amount(value)
    except WorkbondError as error:
        raise ValueError(str(error)) from error


def _listed(value: object) -> object:
    return (
        (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list) else value
    )


Share = Annotated[int, BeforeValidator(shares.parse_share)]
Size = Annotated[int, BeforeValidator(parse_size)]
Amount = Annotated[int, BeforeValidator(_parse_amount)]


class JobLimits(Strict):
    """`[limits]`: what one task may use. All three are required."""

    units: int = Field(ge=1, le=spec.UNITS_MAX)
    """Metered units of one task. The escrow covers this many for every task; only used ones are
    paid. A task that needs more ends as out-of-units."""
    memory: Size = Field(ge=1, le=spec.MEMORY_MAX)
    """Linear memory of one task, in bytes or as "64 MiB"; at most 4 GiB."""
    output: Size = Field(ge=0, le=spec.OUTPUT_MAX)
    """Standard output of one task, in bytes or as "1 MiB"; at most 256 MiB."""


class JobRequirements(Strict):
    """`[requirements]`: what the provider's machine must have; by default nothing special."""

    cores: int = Field(default=1, ge=1, le=spec.CORES_MAX)
    """Cores that work on this job's tasks at the same time."""
    memory: Size = Field(default=0, ge=0, le=spec.REQUIRED_MEMORY_MAX)
    """Main memory given to the job, in bytes or as "8 GiB"; 0 asks for nothing beyond the limit."""
    region: str = Field(default="", max_length=6, pattern=spec.REGION_FORM)
    """Country in lower case ("de"), country and subdivision ("us-ca"), or "eu"; empty: anywhere."""


class JobPrice(Strict):
    """`[price]`: amounts are strings of tokens, like "1.5".

    `max_unit_price` and `bond` are required. The unit price is an auction that rises: it is
    `min_unit_price` at first and reaches `max_unit_price` after `ramp_s` seconds; whoever accepts
    the job fixes it.
    """

    max_unit_price: Amount
    """The highest price of 10^12 units. The escrow is computed with it."""
    bond: Amount
    """What the provider locks and partly loses if it fails: "0", or at least 10,000 base units."""
    min_unit_price: Amount | None = None
    """The price of 10^12 units at first; by default `max_unit_price`, so the price is fixed."""
    ramp_s: int | None = Field(default=None, ge=0, le=rules.MAX_OPEN_FOR_S)
    """Seconds until the price reaches its maximum; by default half of `timing.open_for_s` if the
    two prices differ, else 0."""
    flat: Amount = 0
    """Paid for the job as a whole, in addition to its units."""
    min_stake: Amount = 0
    """Stake a provider must have to accept the job."""
    tip: Amount = 0
    """For whoever matches the job with an offer; at most a fortieth of the bond."""
    demand_fee: Amount = 0
    """Paid to the provider for each piece of output that it must show on the chain."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if 0 < self.bond < rules.MIN_BOND:
            raise ValueError(
                f"the bond is {self.bond} base units; set 0 or at least {rules.MIN_BOND:,}"
            )
        if self.tip > self.bond // rules.MAX_TIP_SHARE:
            raise ValueError(f"the tip is more than 1/{rules.MAX_TIP_SHARE} of the bond; lower it")
        first = self.max_unit_price if self.min_unit_price is None else self.min_unit_price
        if first > self.max_unit_price:
            raise ValueError("min_unit_price is above max_unit_price; lower it")
        if self.ramp_s == 0 and first < self.max_unit_price:
            raise ValueError("ramp_s is 0, so min_unit_price would never hold; set ramp_s")
        return self


class JobTiming(Strict):
    """`[timing]`: durations in seconds of the chain's time."""

    open_for_s: int = Field(default=3600, ge=1, le=rules.MAX_OPEN_FOR_S)
    """How long a provider may accept the job after it was posted; at most 90 days."""
    run_for_s: int = Field(default=3600, ge=1, le=rules.MAX_RUN_FOR_S)
    """How long the provider may take from acceptance to its claim; at most 30 days."""
    challenge_for_s: int = Field(default=600, ge=0, le=rules.MAX_CHALLENGE_FOR_S)
    """How long a claim can be checked and disputed before anyone may settle it; at most 30 days."""


class JobJudging(Strict):
    """`[judging]`: who decides whether a result is wrong, and on which terms.

    What is not set follows from what is at risk: see `workbond.requester.judged`.
    """

    resolver: str | None = Field(
        default=None, pattern=r"^(committee|none|0x[0-9a-fA-F]{40})$", max_length=42
    )
    """The market's own "committee", another one's address, or "none": then nobody can dispute the
    result. By default the committee, if the market's deployment has one."""
    value: Amount | None = None
    """What a wrong result could be worth to whoever has it accepted, beside the work that it saves;
    by default as much as the job can pay. The defaults below follow from it."""
    audit_rate: Share | None = None
    """How many of such claims a lottery has judged although nobody challenged them, like "5%";
    by default so many that cheating does not pay."""
    seats: Literal[3, 7, 15, 31] | None = None
    """Verifiers in the first round, each of whom executes the whole job; by default as few as a
    case has time for."""
    case_fee: Amount | None = None
    """What these are paid out of, at most a quarter of the bond. It is locked with the payment, and
    comes back unless a case ends without a loser who pays for it."""
    case_for_s: int | None = Field(default=None, ge=1, le=cases.MAX_COURSE_S)
    """How long a case may take, at most 28 days; by default as long as it can with all its
    appeals."""


class JobFile(Strict):
    """A job as its requester wants it, paths resolved. See the fields for what may be written."""

    program: str = Field(min_length=1, max_length=4096)
    """Path of the WebAssembly module."""
    inputs: Annotated[
        tuple[Annotated[str, Field(min_length=1, max_length=4096)], ...], BeforeValidator(_listed)
    ] = Field(min_length=1, max_length=MAX_TASKS)
    """Standard input of the tasks: a path or glob ("data/*.csv"), or a list of them. A glob's
    matches are sorted by path as text ("10.csv" comes before "9.csv"); a list keeps its order."""
    limits: JobLimits
    """What one task may use."""
    price: JobPrice
    """What is paid, and what the provider puts up."""
    profile: Literal["wasm-1"] = "wasm-1"
    """Execution profile."""
    arguments: spec.Arguments = ()
    """The program's arguments; by custom the first is its name."""
    environment: spec.Environment = Field(default_factory=dict)
    """The program's environment variables."""
    requirements: JobRequirements = JobRequirements()
    """What the provider's machine must have."""
    timing: JobTiming = JobTiming()
    """How long each phase lasts."""
    judging: JobJudging = JobJudging()
    """Who decides whether a result is wrong."""
    providers: str | None = Field(default=None, pattern=r"^0x[0-9a-fA-F]{40}$")
    """Address of the only provider that may accept; by default anybody may."""

    _program_path: Path
    _input_files: InputFiles

    @property
    def program_path(self) -> Path:
        """The module, absolute."""
        return self._program_path

    @property
    def input_paths(self) -> tuple[Path, ...]:
        """The input of each task, absolute."""
        return self._input_files.paths

    @property
    def input_bytes(self) -> int:
        """The size of all inputs together."""
        return self._input_files.total_bytes

    @property
    def tasks(self) -> int:
        return len(self.input_paths)

    @property
    def max_units(self) -> int:
        """Units that the escrow covers: the request's `maxUnits`."""
        return self.tasks * self.limits.units

    @property
    def min_unit_price(self) -> int:
        """Base units per 10^12 units at first."""
        first = self.price.min_unit_price
        return self.price.max_unit_price if first is None else first

    @property
    def ramp_s(self) -> int:
        """Seconds from posting until the price reaches its maximum."""
        if self.price.ramp_s is not None:
            return self.price.ramp_s
        return self.timing.open_for_s // 2 if self.min_unit_price < self.price.max_unit_price else 0

    @property
    def max_payment(self) -> int:
        """The most the job can pay: docs/protocol.md section 3, rounded down."""
        return rules.max_payment(self.price.flat, self.max_units, self.price.max_unit_price)

    def make_spec(self, program: str, inputs: Sequence[str]) -> tuple[spec.Spec, bytes | None]:
        """The spec of this job, once its files have CIDs; see `workbond.spec.make_spec`."""
        return spec.make_spec(
            program,
            inputs,
            spec.Limits(**self.limits.model_dump()),
            arguments=self.arguments,
            environment=self.environment,
            requirements=spec.Requirements(**self.requirements.model_dump()),
        )


def load_job_file(path: Path) -> JobFile:
    """The job in the file `path` (`.toml` or `.json`), its program and inputs found on disk.

    Raises:
        UsageError: one line that names the file, the field and what to change.
    """
    raw = _read(path)
    try:
        # through JSON, as pydantic's strict mode takes arrays for tuples only there; a date of
        # TOML becomes text, which no number or list accepts
        document = json.dumps(raw, default=str)
        job = JobFile.model_validate_json(document)
        job._program_path = find_program(path.parent, job.program)
        job._input_files = find_inputs(path.parent, job.inputs)
        _check_sums(job)
    except ValidationError as error:
        raise UsageError(f"{path}: {first_problem(error, JobFile)}") from error
    except UsageError as error:
        raise UsageError(f"{path}: {error}") from error
    return job


def _read(path: Path) -> Any:
    """The document in the file, by its extension."""
    try:
        with path.open("rb") as file:
            data = file.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        raise UsageError(
            f"the job file {path} can't be read: {error.strerror or error}; check its path"
        ) from error
    if len(data) > FILE_BYTES_MAX:
        raise UsageError(f"the job file {path} is larger than {FILE_BYTES_MAX:,} bytes")
    if path.suffix == ".json":
        return canonical.loads(data, what=str(path), max_bytes=FILE_BYTES_MAX)
    if path.suffix != ".toml":
        raise UsageError(f"the job file {path} must end in .toml or .json")
    try:
        return tomllib.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())[:200]
        raise UsageError(f"the job file {path} is not valid TOML: {reason}") from error


def _check_sums(job: JobFile) -> None:
    """Numbers that fit each for itself can be too large together."""
    if job.max_units > rules.MAX_UNITS:
        raise UsageError(
            f"limits.units: {job.tasks:,} tasks of {job.limits.units:,} units are more than the "
            f"market's 2^63 - 1; lower the limit or post several jobs"
        )
    if job.max_payment + job.price.tip > money.AMOUNT_MAX:
        raise UsageError(
            f"price: {job.max_units:,} units at the highest price cost more than the market can "
            "hold (2^96 - 1 base units); lower the price or the units"
        )
    if job.ramp_s > job.timing.open_for_s:
        raise UsageError(
            f"price.ramp_s is {job.ramp_s}, beyond timing.open_for_s ({job.timing.open_for_s}); "
            "the price must reach its maximum while the job is open"
        )
