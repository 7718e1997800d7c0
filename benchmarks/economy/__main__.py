"""python -m benchmarks.economy: plays the month and writes its figures, plots and tables.

python -m benchmarks.economy                      # docs/economics.md as it is: some minutes
python -m benchmarks.economy --providers 40 --jobs 300 --days 3 --out build/economy
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from . import page, plots
from .month import Month
from .report import report
from .scale import Scale

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    scale, out = _arguments()
    month = Month(scale)
    month.play()
    figures = report(month)
    text = json.dumps(figures, indent=1) + "\n"
    if out:
        out.mkdir(parents=True, exist_ok=True)
        (out / "economy.json").write_text(text)
        (out / "economics.md").write_text(page.tables(figures))
        plots.draw(month, figures, out)
        plots.draw(month, figures, out, "png")
    else:
        (ROOT / "benchmarks" / "results" / "economy.json").write_text(text)
        document = ROOT / "docs" / "economics.md"
        document.write_text(page.filled(document.read_text(), figures))
        plots.draw(month, figures, ROOT / "docs" / "images")
    waits = figures["waiting"]
    print(f"matched {figures['market']['matched']} of {figures['market']['requests']} requests")
    print(
        f"longest wait of a fitting order: {waits['longest_fitting_rounds']} rounds; "
        f"bound for it: {waits['its_bound_rounds']}; orders beyond their bounds: {waits['broken']}"
    )
    return 1 if waits["broken"] else 0


def _arguments() -> tuple[Scale, Path | None]:
    usual = Scale()
    parser = argparse.ArgumentParser(description="A month of the market in simulation.")
    for name in ("providers", "requesters", "jobs", "days", "seed"):
        parser.add_argument(f"--{name}", type=int, default=getattr(usual, name))
    parser.add_argument("--out", type=Path, help="a folder, instead of docs/ and the results")
    given = vars(parser.parse_args())
    out = given.pop("out")
    scale = Scale(**given)
    if scale != usual and not out:
        parser.error("another scale than the usual one goes to --out FOLDER, not into docs/")
    return scale, out


if __name__ == "__main__":
    sys.exit(main())
