"""A call, and what came of it: the same two shapes on both sides of the comparison."""

from collections.abc import Callable
from dataclasses import dataclass

from .committee.verdicts import Committee
from .errors import Refused
from .keys import NAMES
from .words import DIRTY, camel, values_of


@dataclass(frozen=True)
class Call:
    """One transaction: `function` (the model's name for it) of one of the contracts."""

    function: str
    caller: str
    args: tuple[object, ...]
    at: int  # timestamp of its block
    block: int
    contract: str = "market"  # or "token", or "committee"
    dirty: int | None = None  # the word of its calldata that is out of its type's range
    notes: tuple[str, ...] = ()  # what the author of the call made wrong on purpose

    def __str__(self) -> str:
        args = ", ".join(show(arg) for arg in self.args)
        name = camel(self.function)
        name = name if self.contract == "market" else f"{self.contract}.{name}"
        wrong = f"   # wrong: {', '.join(self.notes)}" if self.notes else ""
        return f"t={self.at} block={self.block} {show(self.caller)}: {name}({args}){wrong}"


@dataclass(frozen=True)
class Outcome:
    """Either `refused` holds the error's name and values, or the call succeeded with the rest."""

    refused: tuple[object, ...] | None = None
    returned: object = None
    events: tuple[tuple[object, ...], ...] = ()

    @property
    def word(self) -> str:
        """`ok`, or the error's name."""
        return str(self.refused[0]) if self.refused else "ok"


def ask_model(committee: Committee, call: Call) -> Outcome:
    """Make the call in the model."""
    model = committee.market
    model.begin(call.at, call.block)
    args = call.args if call.dirty is None else smudged(call.args, call.dirty)
    targets = {"market": model, "token": model.token, "committee": committee}
    method: Callable[..., object] = getattr(targets[call.contract], call.function)
    try:
        returned = method(call.caller, *args)
    except Refused as refusal:
        return Outcome(refused=(refusal.name, *refusal.values))
    return Outcome(returned=returned, events=tuple(plain(event) for event in model.events))


def smudged(args: tuple[object, ...], dirty: int) -> tuple[object, ...]:
    """`args` with the struct that holds calldata word `dirty` spelled with a bit too many."""
    at = 0
    for i, arg in enumerate(args):
        size = len(vars(arg)) if type(arg) in DIRTY else 1
        if at <= dirty < at + size:
            spoiled = DIRTY[type(arg)](**vars(arg), dirty=dirty - at)
            return (*args[:i], spoiled, *args[i + 1 :])
        at += size
    raise ValueError(f"no struct at word {dirty}")


def plain(value: object) -> object:
    """Structs as tuples, as the ABI decodes them."""
    if isinstance(value, tuple | list):
        return tuple(plain(item) for item in value)
    return plain(values_of(value)) if hasattr(value, "__dataclass_fields__") else value


def show(value: object) -> str:
    """An argument for humans: names for addresses, long bytes cut, no zero fields of structs."""
    if isinstance(value, bytes):
        return f"0x{value[:32].hex()}" + (f"…({len(value)} bytes)" if len(value) > 32 else "")
    if isinstance(value, str) and value.startswith("0x"):
        return NAMES.get(value, value)
    if isinstance(value, str):
        return repr(value) if len(value) < 42 else f"{value[:40]!r}…({len(value)} characters)"
    if isinstance(value, tuple):
        return f"({', '.join(show(item) for item in value)})"
    if hasattr(value, "__dataclass_fields__"):
        said = {name: item for name, item in vars(value).items() if item not in (0, bytes(32))}
        pairs = ", ".join(f"{name}={show(item)}" for name, item in said.items())
        return f"{type(value).__name__}({pairs})"
    return str(value)
