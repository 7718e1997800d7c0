"""The static rules of `wasm-1`, checked on the bytes of a module before it is compiled.

What a program imports, exports and asks for at its start is known from its bytes, so a violation
is found here and alike by every executor, and never when a task runs. The parser reads the five
sections it needs of a module that the engine has validated (WebAssembly core specification,
chapter 5.5); it has no lists, so a million imports cost no memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from workbond.errors import InvalidProgram
from workbond.executor.profile import (
    MAX_MEMORY_BYTES,
    MAX_MODULE_BYTES,
    MAX_TABLE_ELEMENTS,
    MAX_TABLES,
    PAGE_BYTES,
    WASI_IMPORTS,
    WASI_MODULE,
)

MAGIC = b"\0asm\x01\0\0\0"
_VALUE_TYPES = {0x7F: "i", 0x7E: "I", 0x7D: "f", 0x7C: "F", 0x7B: "v", 0x70: "r", 0x6F: "e"}
_FUNCTION, _TABLE, _MEMORY = 0, 1, 2


class Needs(NamedTuple):
    """What a valid module needs to start: bytes of memory and table elements."""

    memory_bytes: int
    table_elements: int


def check_form(module: bytes) -> None:
    """Refuses what is no core WebAssembly binary of an allowed size.

    The engine would also take the text format and, elsewhere, native code: neither is a program.
    """
    if len(module) > MAX_MODULE_BYTES:
        raise InvalidProgram(
            f"the program has {len(module)} bytes, the profile allows {MAX_MODULE_BYTES}: shrink it"
        )
    if module[:8] != MAGIC:
        raise InvalidProgram(
            "the program is no core WebAssembly module (version 1): compile it for wasm32-wasi"
        )


def inspect(module: bytes) -> Needs:
    """Needs of a validated module; raises `InvalidProgram` if it breaks a rule of the profile."""
    try:
        return _Inspection(module).needs()
    except (IndexError, KeyError, UnicodeDecodeError) as error:
        raise InvalidProgram(
            f"the program uses an encoding outside the profile ({error!r}): compile it for "
            "wasm32-wasi without extensions"
        ) from None


class _Reader:
    """A cursor over a part of the module."""

    def __init__(self, data: bytes, at: int, end: int) -> None:
        self.data, self.at, self.end = data, at, end

    def byte(self) -> int:
        if self.at >= self.end:
            raise IndexError(f"section ends at {self.end}")
        self.at += 1
        return self.data[self.at - 1]

    def u32(self) -> int:
        value = shift = 0
        while (byte := self.byte()) & 0x80:
            value |= (byte & 0x7F) << shift
            shift += 7
            if shift > 28:
                raise IndexError("integer too long")
        return value | byte << shift

    def name(self) -> str:
        length = self.u32()
        self.at += length
        if self.at > self.end:
            raise IndexError(f"name ends beyond {self.end}")
        return self.data[self.at - length : self.at].decode()

    def limits(self) -> int:
        """Minimum of a memory or table; anything but plain limits is another proposal's."""
        flags = self.byte()
        if flags > 1:
            raise IndexError(f"limits flags {flags}")
        minimum = self.u32()
        if flags:
            self.u32()
        return minimum


class _Inspection:
    """One pass over a module's sections; only function types are kept, as short texts."""

    def __init__(self, module: bytes) -> None:
        self.module = module
        self.sections = dict(self._sections())

    def _sections(self) -> Iterator[tuple[int, tuple[int, int]]]:
        reader = _Reader(self.module, len(MAGIC), len(self.module))
        while reader.at < reader.end:
            number, size = reader.byte(), reader.u32()
            if number:  # 0: custom sections, any number of them
                yield number, (reader.at, reader.at + size)
            reader.at += size

    def section(self, number: int) -> tuple[_Reader, int]:
        """A cursor behind the count of a section's entries, and that count."""
        if number not in self.sections:
            return _Reader(b"", 0, 0), 0
        reader = _Reader(self.module, *self.sections[number])
        return reader, reader.u32()

    def needs(self) -> Needs:
        types = list(self._types())
        functions = self._imports(types)
        self._exports(types, functions)
        return Needs(self._memory(), self._tables())

    def _types(self) -> Iterator[str]:
        reader, count = self.section(1)
        for _ in range(count):
            if reader.byte() != 0x60:
                raise IndexError("type that is no function")
            sides = (
                "".join(_VALUE_TYPES[reader.byte()] for _ in range(reader.u32())) for _ in "pr"
            )
            yield ">".join(sides)

    def _imports(self, types: list[str]) -> int:
        """Number of imported functions, all of them of WASI and of the right type."""
        reader, count = self.section(2)
        for _ in range(count):
            module, name, kind = reader.name(), reader.name(), reader.byte()
            if module != WASI_MODULE or name not in WASI_IMPORTS or kind != _FUNCTION:
                raise InvalidProgram(
                    f"the program imports {module[:40]!r} {name[:40]!r}, which the profile "
                    f"does not offer: only functions of {WASI_MODULE} can be imported"
                )
            expected = WASI_IMPORTS[name] + (">" if name == "proc_exit" else ">i")
            if types[reader.u32()] != expected:
                raise InvalidProgram(
                    f"the program imports {name} with a type that is not that of {WASI_MODULE}"
                )
        return count

    def _exports(self, types: list[str], imported: int) -> None:
        reader, count = self.section(7)
        start, memory = -1, False
        for _ in range(count):
            name, kind, index = reader.name(), reader.byte(), reader.u32()
            if name == "_start" and kind == _FUNCTION:
                start = index
            memory = memory or (name == "memory" and kind == _MEMORY)
        if start < 0 or not memory:
            raise InvalidProgram(
                "the program does not export the function `_start` and the memory `memory`: build "
                "it as a command for wasm32-wasi"
            )
        # No function of WASI has this type, so an imported `_start` is refused as well.
        if start < imported or types[self._type_of(start - imported)] != ">":
            raise InvalidProgram("the program's `_start` takes or returns values: it must not")

    def _type_of(self, function: int) -> int:
        reader, _ = self.section(3)
        for _ in range(function):
            reader.u32()
        return reader.u32()

    def _memory(self) -> int:
        reader, _ = self.section(5)  # exported, not imported and validated: there is exactly one
        size = reader.limits() * PAGE_BYTES
        if size > MAX_MEMORY_BYTES:
            raise InvalidProgram(f"the program starts with {size} bytes of memory: ask for less")
        return size

    def _tables(self) -> int:
        reader, count = self.section(4)
        if count > MAX_TABLES:
            raise InvalidProgram(f"the program has {count} tables, the profile allows {MAX_TABLES}")
        total = 0
        for _ in range(count):
            reader.byte()  # element type
            elements = reader.limits()
            if elements > MAX_TABLE_ELEMENTS:
                raise InvalidProgram(
                    f"the program starts with a table of {elements} elements, the profile allows "
                    f"{MAX_TABLE_ELEMENTS}: make it smaller"
                )
            total += elements
        return total
