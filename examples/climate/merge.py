"""Merge the fetched outputs of the climate job into one table, on the screen, and one plot.

python examples/climate/merge.py OUTPUT...            the files that `workbond job fetch` wrote
"""

import sys
from pathlib import Path

from workbond.demo.climate import merge, plot, table
from workbond.errors import WorkbondError

PLOT = Path("climate.svg")

if len(sys.argv) < 2:
    sys.exit(__doc__)
try:
    rows = merge(Path(name).read_bytes() for name in sys.argv[1:])
    PLOT.write_text(plot(rows), encoding="utf-8")
except (WorkbondError, OSError) as error:
    sys.exit(f"merge: {error}")
print(table(rows))
print(f"\n{PLOT.resolve()}: open it in a browser")
