"""Install the wheel as a user would, with runtime dependencies alone, and run the demo there."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WEB3_MAJOR = "8"  # what users get; the development environment has brownie's 7

MAX_WHEEL_BYTES = 1_250_000  # what the contracts' sources for explorers add is a tenth of that


def run(*command: str | Path, cwd: Path | None = None) -> str:
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode != 0:
        sys.exit(f"{' '.join(str(part) for part in command)} exited {done.returncode}")
    return done.stdout


def require_sources(python: Path) -> None:
    """The standard JSON inputs that explorers compile are in the installed package."""
    ask = (
        "import json; from workbond.chain.artifacts import artifact, standard_input; "
        "print(all(artifact(name).source in json.loads(standard_input(name))['sources'] "
        "for name in ('Market', 'Committee', 'WorkToken')), end='')"
    )
    if run(python, "-c", ask) != "True":
        sys.exit("the wheel lacks the contracts' standard JSON inputs")


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="workbond-wheel-") as name:
        place = Path(name)
        run(sys.executable, "-m", "build", "--wheel", "--outdir", place, ROOT)
        (wheel,) = place.glob("*.whl")
        run(sys.executable, "-m", "venv", place / "env")
        python = place / "env" / "bin" / "python"
        run(python, "-m", "pip", "install", "--quiet", wheel)
        ask = "from importlib.metadata import version; print(version('web3'), end='')"
        web3 = run(python, "-c", ask)
        if web3.split(".")[0] != WEB3_MAJOR:
            sys.exit(f"the runtime environment has web3 {web3}, not {WEB3_MAJOR}.x")
        size = wheel.stat().st_size
        if size > MAX_WHEEL_BYTES:
            sys.exit(f"the wheel has {size} bytes, more than {MAX_WHEEL_BYTES}")
        require_sources(python)
        shown = run(python.with_name("workbond"), "demo", "--json", cwd=place)
        demo = json.loads(shown)
        expected = {"matches_storage": True, "solvent": True}
        ledger = {key: demo["ledger"][key] for key in expected}
        states = [job["state"] for job in demo["jobs"]]
        if ledger != expected or states != ["Settled", "Void", "Void", "Settled"]:
            sys.exit(f"the demo's result is not what it must be: {shown}")
        print(f"wheel: {size} bytes; demo passed with web3 {web3}: jobs {', '.join(states)}")


if __name__ == "__main__":
    main()
