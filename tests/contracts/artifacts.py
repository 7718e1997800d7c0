"""The artifacts that ship inside the package, read without the package."""

import json
from pathlib import Path

DIRECTORY = Path(__file__).parents[2] / "client" / "workbond" / "artifacts"


def artifact(name):
    """The parsed artifact of a contract."""
    return json.loads((DIRECTORY / f"{name}.json").read_text())


def plain_code(code, shipped):
    """Runtime code (hex) without what may differ between builds: immutables, and solc's metadata,
    whose length is its last two bytes. Raises AssertionError if the rest isn't metadata."""
    size = len(bytes.fromhex(shipped["deployedBytecode"][2:]))
    code = bytes.fromhex(code.removeprefix("0x"))
    # Between code and metadata solc puts an INVALID, unless data ends the code.
    body, tail = bytearray(code[:size]), code[size:].removeprefix(b"\xfe")
    assert not tail or len(tail) == int.from_bytes(tail[-2:], "big") + 2
    for hole in shipped["immutables"]:
        body[hole["start"] : hole["start"] + hole["length"]] = bytes(hole["length"])
    return "0x" + body.hex()
