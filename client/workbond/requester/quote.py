"""What a job will lock, is expected to cost, and costs or gives each side at every end.

    quote = make_quote(load_job_file(path), sample=run_sample(job, spread(3, job.tasks), ...))
    quote.expected_payment(quote.request.max_unit_price)

Needs no account and no chain; with a connection it adds what the network takes.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from workbond.chain import rules
from workbond.chain.connection import Connection
from workbond.chain.fees import price
from workbond.chain.types import ZERO_ADDRESS, ZERO_WORD, Request
from workbond.jobfile import JobFile
from workbond.requester.cautions import Caution
from workbond.requester.exits_money import Entry, Exit, exits_of, free_again_s, worst_of
from workbond.requester.gas_figures import EXIT_GAS, SIGNED_EXIT_GAS
from workbond.requester.judged import cautions_of, judging_json
from workbond.requester.order import Cost, cost_of, make_request
from workbond.requester.sample import Sample

NOBODY = ZERO_ADDRESS
NOW_S = 0  # a quote's times count from posting or signing


@dataclass(frozen=True)
class NetworkFee:
    """About what the network takes from each side for one exit, in wei of gas coin."""

    exit: str
    requester: int
    provider: int


@dataclass(frozen=True)
class Quote:
    """All of it, amounts in base units; `sample` and `fees` are None if they could not be had.

    `entry` is how the job begins; of a signed request, the match, which costs most, is shown.
    `warnings` tell what of its judging lies outside the recommended ranges.
    """

    job: JobFile
    cost: Cost
    request: Request
    sample: Sample | None
    exits: tuple[Exit, ...]
    free_again_s: dict[str, int]
    fees: tuple[NetworkFee, ...] | None
    entry: Entry = Entry.POSTED
    warnings: tuple[Caution, ...] = ()

    @property
    def expected_units(self) -> int | None:
        return None if self.sample is None else self.sample.expected_units

    def expected_payment(self, unit_price: int) -> int | None:
        """What the expected units cost at `unit_price`."""
        if self.expected_units is None:
            return None
        units = min(self.expected_units, self.request.max_units)
        return rules.max_payment(self.request.flat, units, unit_price)

    def escrow_with(self, units: int) -> int:
        """What posting would lock with another `limits.units`."""
        request, price = self.request, self.request.max_unit_price
        most = rules.max_payment(request.flat, units * request.tasks, price)
        return most + request.tip + request.case_fee

    def to_json(self) -> dict[str, Any]:
        sample, low, high = self.sample, self.request.min_unit_price, self.request.max_unit_price
        return {
            "entry": self.entry.value,
            "tasks": self.job.tasks,
            "input_bytes": self.job.input_bytes,
            "locked": {
                "flat": str(self.cost.flat),
                "units": str(self.cost.units),
                "tip": str(self.cost.tip),
                "case_fee": str(self.cost.case_fee),
                "total": str(self.cost.escrow),
            },
            "unit_price": {"min": str(low), "max": str(high)},
            "bond": str(self.request.bond),
            "judging": judging_json(self.job),
            "warnings": [asdict(warning) for warning in self.warnings],
            "sample": None if sample is None else self._sample_json(sample),
            "expected": None
            if self.expected_units is None
            else {
                "units": str(self.expected_units),
                "payment_at_min_price": str(self.expected_payment(low)),
                "payment_at_max_price": str(self.expected_payment(high)),
            },
            "exits": [one.to_json() for one in self.exits],
            "worst": {role: str(worst_of(self.exits, role)) for role in ("requester", "provider")},
            "demand": {
                "fee": str(self.request.demand_fee),
                "max_pieces": rules.MAX_PAIRS,
                "answer_s": rules.ANSWER_FOR_S,
            },
            "free_again_s": self.free_again_s,
            "network_fees": None
            if self.fees is None
            else {
                fee.exit: {"requester": str(fee.requester), "provider": str(fee.provider)}
                for fee in self.fees
            },
        }

    def _sample_json(self, sample: Sample) -> dict[str, Any]:
        tighter = sample.tighter(self.job.limits.units)
        stats = (sample.least, sample.mean, sample.most) if sample.tasks else (None,) * 3
        names = ("min_units", "mean_units", "max_units")
        return {
            **{n: None if s is None else str(s) for n, s in zip(names, stats, strict=True)},
            "cut_short": sample.cut_short,
            "near_limit": sample.near(self.job.limits.units),
            "suggested_units": None if tighter is None else str(tighter),
            "tasks": [task.to_json() for task in sample.tasks],
        }


def make_quote(
    job: JobFile,
    *,
    sample: Sample | None = None,
    gas_price: int | None = None,
    entry: Entry = Entry.POSTED,
    least_stake: int | None = None,
    committee: str | None = None,
) -> Quote:
    """The quote for `job`.

    Args:
        job: the job file, its judging settled (`workbond.requester.judged`).
        sample: some of its tasks, run here.
        gas_price: wei, see `current_gas_price`.
        entry: how it begins.
        least_stake: of the committee's verifiers, if it is known.
        committee: the address of the deployment's committee, if it is known.
    """
    request = make_request(job, ZERO_WORD, NOBODY, 0, NOW_S, ZERO_WORD)
    units = None if sample is None else sample.expected_units
    exits = tuple(exits_of(request, NOW_S, units, entry))
    fees, names = None, {one.name for one in exits}
    if gas_price is not None:
        fees = tuple(
            NetworkFee(name, mine * gas_price, theirs * gas_price)
            for name, (mine, theirs) in (SIGNED_EXIT_GAS if entry.signed else EXIT_GAS).items()
            if name in names
        )
    return Quote(
        job=job,
        cost=cost_of(job),
        request=request,
        sample=sample,
        exits=exits,
        free_again_s=free_again_s(request, NOW_S, entry),
        fees=fees,
        entry=entry,
        warnings=tuple(cautions_of(job, least_stake, committee)),
    )


def current_gas_price(connection: Connection) -> int:
    """What a transaction pays now for a unit of gas, in wei."""
    return price(connection).likely
