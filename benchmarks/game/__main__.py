"""python -m benchmarks.game: computes the game and writes its figures, plots and tables.

python -m benchmarks.game                    # docs/security as it is: some minutes
python -m benchmarks.game --pages            # only tables and plots, from the last figures
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from . import page, plots
from .report import broken, report

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "benchmarks" / "results" / "game.json"
PAGES = {"economics.md": page.ECONOMICS, "threat-model.md": page.THREATS}


def main() -> int:
    parser = argparse.ArgumentParser(description="What every strategy gains against honest play.")
    parser.add_argument("--pages", action="store_true", help="from the last figures")
    if parser.parse_args().pages:
        figures = json.loads(RESULTS.read_text())
    else:
        figures = report()
        RESULTS.write_text(as_text(figures))
    for name, tables in PAGES.items():
        document = ROOT / "docs" / "security" / name
        document.write_text(page.filled(document.read_text(), tables, figures))
    plots.draw(ROOT / "docs" / "images")
    return _tell(figures)


def as_text(figures: dict[str, object]) -> str:
    """JSON, a row of a table a line."""
    parts = []
    for name, rows in figures.items():
        if isinstance(rows, list):
            lines = ",\n  ".join(json.dumps(row) for row in rows)
            parts.append(f' "{name}": [\n  {lines}\n ]')
        else:
            parts.append(f' "{name}": {json.dumps(rows)}')
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _tell(figures: dict[str, object]) -> int:
    """The recommended ranges, and whether honest play is best there."""
    print("recommended, in payments:")
    print(page.ranges(figures))
    print("\ndefaults of the client, in payments:")
    print(page.defaults(figures))
    found = broken(figures)
    for strategy in found:
        print(f"beats honest play within the recommended ranges: {strategy}")
    if not found:
        print("\nwithin these, no strategy beats honest play")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
