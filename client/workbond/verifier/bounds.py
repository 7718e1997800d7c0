"""What a verifier's machine gives, and what it may put at risk. Options are these fields."""

from __future__ import annotations

from dataclasses import dataclass

from workbond.shares import ALL_BPS

SAMPLE_BPS = 500
"""Of 10,000 claims: at one in twenty, and a tenth of the bond as its own risk, a challenger that is
right is paid three times what it put up, less the case fee's part."""
UNITS = 10**13  # some hours on one core
DOWNLOAD_BYTES = 4 << 30
OUTPUT_BYTES = 4 << 30
UNITS_PER_SECOND = 50_000_000
"""Of one core. Lower than usual programs run at, as a sample that isn't done in time is wasted; a
seat is tried whatever this says."""


@dataclass(frozen=True)
class Bounds:
    """Bounds of one verifier.

    Args:
        cores: tasks at once.
        memory_bytes: for all tasks at once.
        download_bytes: program and inputs of one job; a seat whose job has more votes UNAVAILABLE.
        output_bytes: outputs of one job, all at their cap; likewise.
        sample_bps: how many of 10,000 claims are executed again unasked.
        sample_units: the most that a sampled job may use.
        units_per_second: of one core, by which is told whether a sample can be done in time.
        challenge_bond: base units that one challenge may put up; 0: it never challenges; None: as
            many as the account has.
        appeal: base units that further rounds of one case may cost; 0: nothing is appealed.
        seat_fee: base units below which a seat is not served; one that pays nothing never is.
        coin_price: base units of the token that one gas coin (10^18 wei) is worth. What pays less
            than its gas is left to others; 0: gas is not counted.
        withdraw_above: base units of free balance beyond which rewards go to the account's own
            address; None: they stay.
    """

    cores: int
    memory_bytes: int
    download_bytes: int = DOWNLOAD_BYTES
    output_bytes: int = OUTPUT_BYTES
    sample_bps: int = SAMPLE_BPS
    sample_units: int = UNITS
    units_per_second: int = UNITS_PER_SECOND
    challenge_bond: int | None = None
    appeal: int = 0
    seat_fee: int = 0
    coin_price: int = 0
    withdraw_above: int | None = None

    def __post_init__(self) -> None:
        assert 0 <= self.sample_bps <= ALL_BPS

    def gas_worth(self, wei: int) -> int:
        """Base units of the token that `wei` of gas coin are worth, rounded up."""
        return -(-wei * self.coin_price // 10**18)
