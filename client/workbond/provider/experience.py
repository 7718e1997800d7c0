"""What a node's own jobs taught it about speed and use, kept from one run to the next.

The file `statistics.json` only guides the choice among jobs that fit: if it is lost or damaged the
node begins with the defaults again. Each job moves a figure by a quarter of the way to what it
showed (an exponential moving average), within bounds, so that no single job says much.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from workbond import canonical
from workbond.errors import UsageError
from workbond.provider.returns import PPM, Habits
from workbond.validation import Strict, first_problem

VERSION = 1
FILE = "statistics.json"
WEIGHT = 4  # a job counts for a quarter
REQUESTERS_MAX = 1_000  # of whom the use is known, those seen last
FILE_BYTES_MAX = 1 << 18

# What is believed at most. Beyond are clocks that jumped, or machines that slept.
SPEED = (1_000_000, 20_000_000_000)  # units per second of a core; measured: 14 to 1,500 million
TASK_MS = (1, 60_000)
OVERHEAD_MS = (100, 1_200_000)

Ppm = Annotated[int, Field(ge=0, le=PPM)]
Address = Annotated[str, Field(pattern=r"^0x[0-9a-fA-F]{40}$")]


class Statistics(Strict):
    """The file's content."""

    version: int = Field(ge=VERSION, le=VERSION)
    jobs: int = Field(ge=0)
    """How many taught something."""
    units_per_second: int = Field(ge=SPEED[0], le=SPEED[1])
    task_ms: int = Field(ge=TASK_MS[0], le=TASK_MS[1])
    overhead_ms: int = Field(ge=OVERHEAD_MS[0], le=OVERHEAD_MS[1])
    usage_ppm: Ppm
    requesters: dict[Address, Ppm] = Field(max_length=REQUESTERS_MAX)
    """Units used per million paid for, by requester, those seen last at the end."""


class Experience:
    """Reads and writes `statistics.json` in `home`; `problem` says why it began anew, if it did."""

    def __init__(self, home: Path) -> None:
        self._path = home / FILE
        self._habits = Habits()
        self._usage: OrderedDict[str, int] = OrderedDict()
        self.jobs = 0
        self.problem = ""
        self._load()

    def habits(self, requester: str = "") -> Habits:
        """How jobs usually go, of `requester` if it is known.

        A promise to pay for many units costs little when few are used, so who promises too much is
        believed less the next time.
        """
        usage = self._usage.get(requester)
        return self._habits if usage is None else replace(self._habits, usage_ppm=usage)

    def executed(
        self, requester: str, *, tasks: int, cores: int, paid_units: int, units: int, ms: int
    ) -> None:
        """Learns from the execution of all tasks of a job.

        Args:
            requester: whose job it was.
            tasks: their number.
            cores: tasks at once.
            paid_units: that the request pays for at most.
            units: that were used.
            ms: from the first task's start to the last one's end.
        """
        if not (tasks > 0 and cores > 0 and paid_units > 0 and units >= 0 and ms > 0):
            return
        self.jobs += 1
        self._learn_use(requester, min(PPM, units * PPM // paid_units))
        at_once = min(cores, tasks)
        habits, core_ms = self._habits, ms * at_once
        starting_ms = tasks * habits.task_ms
        # Two unknowns, one equation: the larger part of the time learns, the other is believed.
        if units * 1_000 // habits.units_per_second > starting_ms:
            computing_ms = max(1, core_ms - starting_ms)
            speed = _moved(habits.units_per_second, units * 1_000 // computing_ms, SPEED)
            self._habits = replace(habits, units_per_second=speed)
        else:
            rest_ms = max(0, core_ms - units * 1_000 // habits.units_per_second)
            task_ms = _moved(habits.task_ms, rest_ms // tasks, TASK_MS)
            self._habits = replace(habits, task_ms=task_ms)

    def claimed(self, ms: int) -> None:
        """Learns what a job took beside its tasks, from the beginning of fetching to the claim."""
        moved = _moved(self._habits.overhead_ms, ms, OVERHEAD_MS)
        self._habits = replace(self._habits, overhead_ms=moved)

    def save(self) -> None:
        """Writes the file in one piece; raises `OSError`."""
        document = Statistics(
            version=VERSION,
            jobs=self.jobs,
            units_per_second=self._habits.units_per_second,
            task_ms=self._habits.task_ms,
            overhead_ms=self._habits.overhead_ms,
            usage_ppm=self._habits.usage_ppm,
            requesters=dict(self._usage),
        )
        replace_file(self._path, document.model_dump_json(indent=1).encode() + b"\n")

    def _learn_use(self, requester: str, usage_ppm: int) -> None:
        known = self._usage.pop(requester, self._habits.usage_ppm)
        self._usage[requester] = _moved(known, usage_ppm, (0, PPM))
        if len(self._usage) > REQUESTERS_MAX:
            self._usage.popitem(last=False)
        overall = _moved(self._habits.usage_ppm, usage_ppm, (0, PPM))
        self._habits = replace(self._habits, usage_ppm=overall)

    def _load(self) -> None:
        try:
            found = Statistics.model_validate(read_json(self._path, FILE_BYTES_MAX))
        except FileNotFoundError:
            return
        except ValidationError as error:
            self.problem = first_problem(error, Statistics)
            return
        except (OSError, UsageError) as error:
            self.problem = str(error)
            return
        self.jobs = found.jobs
        self._usage = OrderedDict(found.requesters)
        self._habits = Habits(
            found.units_per_second, found.task_ms, found.overhead_ms, found.usage_ppm
        )


def read_json(path: Path, max_bytes: int) -> object:
    """The JSON value in a file of at most `max_bytes`.

    Raises:
        OSError: it can't be read.
        UsageError: it is too large, or no strict JSON.
    """
    with path.open("rb") as file:
        data = file.read(max_bytes + 1)
    return canonical.loads(data, what=f"the file {path.name}", max_bytes=max_bytes)


def replace_file(path: Path, data: bytes) -> None:
    """Puts `data` in the place of what `path` holds: readers see the old or the new, whole."""
    draft = path.with_name(path.name + ".new")
    try:
        draft.write_bytes(data)
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise


def _moved(known: int, shown: int, bounds: tuple[int, int]) -> int:
    """`known`, a quarter of the way to what a job has `shown`, both within `bounds`."""
    low, high = bounds
    shown = min(max(shown, low), high)
    return min(max(known + (shown - known) // WEIGHT, low), high)
