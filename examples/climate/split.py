"""Cut seattle-weather.csv into inputs/: one CSV per month, the 48 inputs of the job.

python examples/climate/split.py
"""

from pathlib import Path

from workbond.demo.climate import split

here = Path(__file__).resolve().parent
inputs = here / "inputs"
inputs.mkdir(exist_ok=True)
months = split((here / "seattle-weather.csv").read_bytes())
for name, content in months:
    (inputs / name).write_bytes(content)
print(f"{inputs}: {len(months)} files, {months[0][0]} to {months[-1][0]}")
