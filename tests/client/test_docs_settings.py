"""docs/settings.md and docs/cli.md say what the code does."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from workbond.settings.declared import SETTINGS
from workbond.settings.layers import Layers
from workbond.settings.networks import endpoint

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "settings.md").read_text("utf-8")


def test_what_is_made_from_the_code_is_fresh():
    script = ROOT / "scripts" / "make_docs.py"
    done = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_every_setting_is_documented_with_flag_variables_and_default():
    rows = [line for line in PAGE.splitlines() if line.startswith("| `")]
    assert len(rows) == len(SETTINGS)
    for row, setting in zip(rows, SETTINGS.values(), strict=True):
        assert f"`{setting.key}`" in row
        assert (f"`{setting.flag}`" in row) is not setting.flagless
        assert all(f"`{variable}`" in row for variable in setting.variables)
        assert setting.default_shown in row
        assert ("Not in a project's file" in row) is not setting.project


def test_the_example_of_a_file_works(tmp_path):
    (example,) = re.findall(r"^```toml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    (tmp_path / "config.toml").write_text(example)
    layers = Layers({"WORKBOND_CONFIG": str(tmp_path / "config.toml")}, tmp_path)
    assert layers.find("account").value == "me"
    assert endpoint(layers).rpc.value == ("https://rpc.example.org", "https://other.example.org")
    assert endpoint(layers, given_network="devnet").network.currency == "DEV"


def test_every_variable_that_the_code_reads_is_documented():
    sources = (ROOT / "client" / "workbond").rglob("*.py")
    read = {
        name for s in sources for name in re.findall(r'"(WORKBOND_[A-Z_]*[A-Z])"', s.read_text())
    }
    assert read > {"WORKBOND_CONFIG", "WORKBOND_GATEWAY_TOKEN"}
    assert {name for name in read if f"`{name}`" not in PAGE} == set()
