"""The compile process: `python -m workbond.executor.compile PARENT MODULE CODE MEMORY CPU`.

Compiling is where a small program can cost most (352 KiB took 9.2 GB), so it happens alone, under
limits of address space and CPU time. It checks the profile's static rules first. Reports
`{"module_sha256", "code_sha256", "memory_bytes", "table_elements"}`, `{"invalid": why}` for a
program that breaks the profile, or `{"error": why}`.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

from workbond.errors import ExecutionError, InvalidProgram
from workbond.executor import sandbox
from workbond.executor.cache import MAX_CODE_BYTES
from workbond.executor.profile import MAX_MODULE_BYTES


def compile_program(module_path: Path, code_path: Path) -> dict[str, object]:
    """Checks and compiles one module; see the module's text for the report."""
    from workbond.executor import engine, module

    with module_path.open("rb") as stream:
        data = stream.read(MAX_MODULE_BYTES + 1)
    module.check_form(data)
    host = engine.make_engine()
    engine.validate(host, data)
    needs = module.inspect(data)
    code = engine.compile_module(host, data)
    code_path.write_bytes(code)
    return {
        "module_sha256": hashlib.sha256(data).hexdigest(),
        "code_sha256": hashlib.sha256(code).hexdigest(),
        **needs._asdict(),
    }


def main(arguments: list[str]) -> None:
    """Runs one compilation and prints its report."""
    parent, module_path, code_path, memory_bytes, cpu_s = arguments
    report: dict[str, object]
    try:
        sandbox.die_with_parent(int(parent))
        sandbox.limit(int(cpu_s), MAX_CODE_BYTES)
        sandbox.limit_address_space(int(memory_bytes))
        report = compile_program(Path(module_path), Path(code_path))
    except InvalidProgram as error:
        report = {"invalid": str(error)}
    except ExecutionError as error:
        report = {"error": str(error)}
    except (MemoryError, OSError) as error:
        report = {"error": f"compiling needs more than this machine gives: {error!r}"}
    print(json.dumps(report))


if __name__ == "__main__":
    main(sys.argv[1:])
