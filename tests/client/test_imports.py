"""Which module may import what: foreign libraries in one place each, the heavy ones late."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

import workbond

ROOT = Path(workbond.__file__).parent
ONLY_DOOR = {
    "web3": "chain/connection.py",
    "eth_account": "accounts/keys.py",
    "rlp": "accounts/proof.py",
    "wasmtime": "executor/engine.py",
    "requests": "http.py",
    "urllib3": "http.py",
    "fastapi": "matcher/api.py",
    "sqlalchemy": "matcher/store.py",
}


def _imported(path: Path) -> set[str]:
    """Top-level names of all that the module imports, anywhere in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("library", ONLY_DOOR)
def test_a_foreign_library_is_imported_by_one_module_only(library):
    doors = [path for path in ROOT.rglob("*.py") if library in _imported(path)]
    assert [path.relative_to(ROOT).as_posix() for path in doors] == [ONLY_DOOR[library]]


def _loaded(program: str) -> set[str]:
    """The modules that a fresh interpreter has loaded after `program`."""
    program += "; import json, sys; sys.stderr.write(json.dumps(list(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return set(json.loads(done.stderr))


def test_importing_the_package_loads_nothing_but_itself():
    assert _loaded("import workbond") - _loaded("pass") == {"workbond"}


def test_the_help_loads_nothing_foreign_but_click():
    loaded = _loaded("from workbond.cli.main import run; run(['--help'])") - _loaded("pass")
    foreign = {name.split(".")[0] for name in loaded} - sys.stdlib_module_names
    assert foreign == {"click", "workbond"}


def test_no_module_is_imported_by_the_name_of_its_folder():
    assert [path for path in ROOT.rglob("*.py") if "client" in _imported(path)] == []
