"""What a provider is ready to do, and for how much. The command line's options are its fields."""

from __future__ import annotations

from dataclasses import dataclass

UNITS_PER_SECOND = 10_000_000
"""Units that one core executes per second in the worst case that is planned for. Units don't bound
time, and a requester may choose the slowest instructions: measured were 800 to 1,500 million per
second for loops and divisions, 380 for square roots, 79 for stores anywhere in 1 GiB, and 14 for
those that cost a unit and leave compiled code for a function of the engine (`ref.func`, and
`memory.grow` that fails); the rest is left for neighbours on the same machine."""
MEMORY_BYTES_PER_S = 500_000_000
"""First touch of a task's memory, which one instruction can do: 0.4 s for 256 MiB measured."""
LOCK_S = 15 * 86_400
"""Days: a week's challenge window, half of it again after a demand, one to answer it and one of
grace are twelve and a half; a case of the committee that begins with three seats takes up to two
and a quarter more, if the job may run for an hour."""
APPEAL_PERCENT = 60
"""Of the bond: enough for two further rounds after three seats at the terms that requesters are
recommended (docs/security/economics.md counts on them), and for one at the highest case fee, a
quarter of the bond. A minority that outvotes three seats loses by it; who is right is repaid."""
FILL_AFTER_S = 36  # for a book to match our offer: three of Ethereum's blocks
DOWNLOAD_BYTES = 4 << 30
OUTPUT_BYTES = 4 << 30
KEEP_BYTES = 10 << 30
TASK_START_S = 0.3  # a process per task: measured 0.1 to 0.15 s
TASK_STORE_S = 0.03  # output and log hashed, written and synchronised to disk
STORE_BYTES_PER_S = 50_000_000
SUBMIT_S = 40.0
"""From the last result to the block that holds the claim: three of Ethereum's, of 12 s each. It is
also what a busy machine may be late by: requesters can offer the shortest time that is accepted."""


@dataclass(frozen=True)
class Terms:
    """Bounds on the jobs to take.

    Args:
        cores: tasks at once.
        memory_bytes: for all tasks at once.
        min_price: base units per 1e12 metered units.
        min_flat: base units per job.
        download_bytes: program and inputs of one job.
        output_bytes: the outputs of one job, all at their cap.
        units_per_second: of one core, in the worst case planned for.
        lock_s: how long a bond may stay locked after a claim, at the longest (`rules.lock_for`).
        region: where the machine stands, as in a spec's requirements; empty: not told.
        max_bond: base units that one job may lock; None: whatever stake is free.
        min_demand_fee: base units for each chunk of output that a requester may demand.
        committee: the address of the deployment's; empty: it has none. Its rules are known, so a
            job that names it is judged by them.
        resolvers: others that are admitted, whatever they do.
        max_appeal: base units that appeals may cost in one case; None: `APPEAL_PERCENT` of the
            job's bond.
    """

    cores: int
    memory_bytes: int
    min_price: int = 0
    min_flat: int = 0
    download_bytes: int = DOWNLOAD_BYTES
    output_bytes: int = OUTPUT_BYTES
    units_per_second: int = UNITS_PER_SECOND
    lock_s: int = LOCK_S
    region: str = ""
    max_bond: int | None = None
    min_demand_fee: int = 0
    committee: str = ""
    resolvers: frozenset[str] = frozenset()
    max_appeal: int | None = None

    def appeal_limit(self, bond: int) -> int:
        """Base units that appeals may cost in one case about a job with this bond."""
        return bond * APPEAL_PERCENT // 100 if self.max_appeal is None else self.max_appeal

    def run_s(self, tasks: int, units: int, memory_bytes: int, output_bytes: int) -> float:
        """Seconds from acceptance to the claim in the worst case planned for.

        Args:
            tasks: their number.
            units: limit of each.
            memory_bytes: likewise.
            output_bytes: output cap of each.
        """
        rounds = -(-tasks // self.cores)
        filling_s = memory_bytes / MEMORY_BYTES_PER_S
        computing_s = rounds * (TASK_START_S + filling_s + units / self.units_per_second)
        storing_s = tasks * (TASK_STORE_S + output_bytes / STORE_BYTES_PER_S)
        return computing_s + storing_s + SUBMIT_S
