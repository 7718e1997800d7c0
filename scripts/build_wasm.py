"""Build the WebAssembly programs of the examples, or check that the committed ones are current.

    python scripts/build_wasm.py            rebuild examples/*/*.wasm from the .c beside each
    python scripts/build_wasm.py --check    write nothing; exit 1 if a committed .wasm differs

The same compiler and flags give the same bytes on every machine, from any directory and with an
empty cache: the source is compiled by its bare name in a directory of its own, and nothing that
names a path or a time (debug information, names) stays in the program.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
ZIG_VERSION = "0.17.0"
FLAGS = (
    "-target",
    "wasm32-wasi",  # WASI preview 1, the interface of profile wasm-1
    "-std=c11",
    "-O3",
    "-s",  # no names and no debug information
    "-ffp-contract=off",  # never fuse a * b + c: constant folding of it differs between machines
    "-Wl,-z,stack-size=65536",  # the default of 16 MiB would be memory that each task pays for
    "-Wall",
    "-Wextra",
    "-Werror",
)
BUILD_TIMEOUT_S = 600  # the first build also compiles the C library: about 20 s


class BuildError(Exception):
    """The compiler is missing, of another version, or refused the source."""


def zig(*arguments: str, directory: Path | None = None) -> str:
    """Run the compiler of the PyPI package `ziglang` and return its standard output."""
    environment = dict(os.environ)
    if directory is not None:
        environment["ZIG_LOCAL_CACHE_DIR"] = str(directory / "cache")
    done = subprocess.run(
        [sys.executable, "-m", "ziglang", *arguments],
        cwd=directory,
        env=environment,
        capture_output=True,
        text=True,
        timeout=BUILD_TIMEOUT_S,
        check=False,
    )
    if done.returncode != 0:
        raise BuildError(f"`ziglang {' '.join(arguments)}` failed:\n{done.stderr.strip()}")
    return done.stdout


def build(source: Path) -> bytes:
    """Compile one C file and return the module's bytes."""
    with tempfile.TemporaryDirectory() as scratch:
        directory = Path(scratch)
        shutil.copyfile(source, directory / source.name)
        zig("cc", *FLAGS, source.name, "-o", "program.wasm", directory=directory)
        return (directory / "program.wasm").read_bytes()


def difference(committed: Path, built: bytes) -> str | None:
    """One line saying how the committed module differs from the built one; None if it doesn't."""
    if not committed.is_file():
        return f"{committed} is missing: run `python scripts/build_wasm.py` and commit it"
    found = committed.read_bytes()
    if found == built:
        return None
    return (
        f"{committed} ({len(found)} bytes) is not what its source builds ({len(built)} bytes): "
        "run `python scripts/build_wasm.py` and commit the result"
    )


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Build the WebAssembly programs of the examples.")
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    parser.add_argument("sources", nargs="*", type=Path, help="C files (default: all examples)")
    options = parser.parse_args(arguments)
    sources = options.sources or sorted(REPOSITORY.glob("examples/*/*.c"))
    stale = 0
    try:
        version = zig("version").strip()
        if version != ZIG_VERSION:
            raise BuildError(f"ziglang is {version}: pip install ziglang=={ZIG_VERSION}")
        for source in sources:
            built = build(source)
            target = source.with_suffix(".wasm")
            if not options.check:
                target.write_bytes(built)
                print(f"{target}: {len(built)} bytes")
            elif complaint := difference(target, built):
                print(complaint, file=sys.stderr)
                stale += 1
            else:
                print(f"{target}: as its source builds it")
    except (BuildError, OSError, subprocess.TimeoutExpired) as error:
        print(f"build_wasm: {error}", file=sys.stderr)
        return 1
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
