"""Gas of whole transactions: receipts of the packaged contracts on a fresh anvil (EVM prague).

    python benchmarks/gas.py    # prints a table, writes benchmarks/results/gas.json

Exits with 1 if open_1 (post, accept, submit, approve of one task) takes more than its limit. All
balances that a transaction touches were non-zero before it, as they are for whoever is in business.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path

from workbond import tree
from workbond.accounts import dev_signer
from workbond.chain import anvil, funds, rules
from workbond.chain.deploy import DEFAULT_COOLDOWN_S, DEFAULT_SUPPLY, deploy
from workbond.chain.market import Market
from workbond.chain.token import Token
from workbond.chain.transactions import Receipt
from workbond.chain.types import ZERO_ADDRESS, ZERO_WORD, Job, Request

RESULTS = Path(__file__).parent / "results" / "gas.json"
LIMITS = {"open_1": 205_000}
START = 2_000_000_000  # a fixed time, so that timestamps have the same bytes in every run
WORK = 10**18
GATEWAY = "http://192.0.2.10:8080"
UNITS = 123_456_789_012
CARD_BYTES = 600
DEPLOYER, REQUESTER, PROVIDER, CALLER = map(dev_signer, range(4))
ROOT = bytes(range(1, 33))
MANIFEST = bytes(range(33, 65))

Gas = dict[str, int]


class Bench:
    """A market with three customers, and jobs driven through it."""

    def __init__(self, chain: anvil.Anvil) -> None:
        self.connection = chain.connection
        anvil.set_time(self.connection, START)
        made = deploy(
            self.connection,
            DEPLOYER,
            recipient=DEPLOYER.address,
            supply=DEFAULT_SUPPLY,
            cooldown_s=DEFAULT_COOLDOWN_S,
        )
        self.token = Token(self.connection, made.token.address)
        self.market = Market(self.connection, made.market.address)
        self.salts = count(1)
        for person in (REQUESTER, PROVIDER, CALLER):
            self.token.transfer(DEPLOYER, person.address, 200_000 * WORK)
            self.token.approve(person, self.market.address, 2**256 - 1)
            funds.deposit(self.market, self.token, person, 100_000 * WORK)
            self.market.stake(person, 100 * WORK)

    def request(self, tasks: int = 1) -> Request:
        """A job of realistic numbers; its ramp began ten minutes ago and lasts an hour."""
        now = self.connection.now_s()
        salt = tree.opening_digest(ROOT, next(self.salts))
        return Request(
            requester=REQUESTER.address,
            spec=tree.opening_digest(MANIFEST, 1),
            profile=tree.opening_digest(MANIFEST, 2),
            tasks=tasks,
            flat=WORK // 100,
            min_unit_price=WORK // 10,
            max_unit_price=WORK // 5,
            ramp_start=now - 600,
            ramp_end=now + 3_000,
            max_units=tasks * 10**12,
            bond=10 * WORK,
            min_stake=WORK,
            tip=0,
            open_until=now + 3_600,
            run_for=7_200,
            challenge_for=3_600,
            resolver=ZERO_ADDRESS,
            policy=ZERO_WORD,
            case_for=0,
            case_fee=0,
            demand_fee=WORK // 1_000,
            providers=ZERO_WORD,
            matcher=ZERO_ADDRESS,
            counter=0,
            salt=salt,
        )

    def job_id(self, request: Request) -> bytes:
        return request.job_id(self.connection.chain_id, self.market.address)

    def accepted(self, request: Request) -> tuple[Gas, Job]:
        """Posts and accepts."""
        gas = {"post": self.market.post(REQUESTER, request, GATEWAY).gas_used}
        receipt = self.market.accept(PROVIDER, request)
        said = receipt.events[0].args
        job = Job.accepted(request, PROVIDER.address, said["unitPrice"], said["acceptedAt"])
        return gas | {"accept": receipt.gas_used}, job

    def claimed(self, request: Request) -> tuple[Gas, Job]:
        """Posts, accepts and submits."""
        gas, job = self.accepted(request)
        id_ = self.job_id(request)
        seal = tree.seal(PROVIDER.address, id_, tree.opening_digest(ROOT, UNITS))
        receipt = self.market.submit(PROVIDER, id_, job, seal, MANIFEST)
        said = receipt.events[0].args
        job = job.claimed(seal, said["claimedAt"], said["claimBlock"])
        return gas | {"submit": receipt.gas_used}, job

    def approved(self, tasks: int) -> Gas:
        request = self.request(tasks)
        gas, job = self.claimed(request)
        done = self.market.approve(REQUESTER, self.job_id(request), job, ROOT, UNITS)
        return gas | {"approve": done.gas_used}

    def finalized(self) -> Gas:
        request = self.request()
        gas, job = self.claimed(request)
        anvil.set_time(self.connection, job.window_end)
        done = self.market.finalize(PROVIDER, self.job_id(request), job, ROOT, UNITS)
        return gas | {"finalize": done.gas_used}

    def released(self) -> Gas:
        request = self.request()
        gas, job = self.accepted(request)
        anvil.advance(self.connection, 600)
        done = self.market.release(PROVIDER, self.job_id(request), job)
        return gas | {"release": done.gas_used}

    def expired(self) -> Gas:
        request = self.request()
        gas, job = self.accepted(request)
        anvil.set_time(self.connection, job.accepted_at + job.run_for)
        done = self.market.expire(CALLER, self.job_id(request), job)
        return gas | {"expire": done.gas_used}

    def voided(self) -> Gas:
        request = self.request()
        gas, job = self.claimed(request)
        anvil.set_time(self.connection, job.window_end + rules.GRACE_S)
        done = self.market.void(CALLER, self.job_id(request), job)
        return gas | {"void": done.gas_used}

    def cancelled(self) -> Gas:
        request = self.request()
        gas = {"post": self.market.post(REQUESTER, request, GATEWAY).gas_used}
        return gas | {"cancel": self.market.cancel(REQUESTER, request).gas_used}

    def single(self, name: str, send: Callable[[], Receipt]) -> Gas:
        return {name: send().gas_used}


def measure(bench: Bench) -> dict[str, Gas]:
    """Scenario to (transaction to gas), each with its total."""
    market = bench.market
    # The sink's first credit, ever, and whatever else a market pays once.
    for once in (bench.released, bench.expired, lambda: bench.approved(1)):
        once()
    card = b'{"gateway":"' + b"g" * (CARD_BYTES - 14) + b'"}'
    scenarios = {
        "open_1": lambda: bench.approved(1),
        "open_1_finalize": bench.finalized,
        "open_65536": lambda: bench.approved(65_536),
        "release": bench.released,
        "expire": bench.expired,
        "void": bench.voided,
        "cancel": bench.cancelled,
        "deposit": lambda: bench.single("deposit", lambda: market.deposit(CALLER, 7 * WORK)),
        "withdraw": lambda: bench.single(
            "withdraw", lambda: market.withdraw(CALLER, CALLER.address, 3 * WORK)
        ),
        "stake": lambda: bench.single("stake", lambda: market.stake(CALLER, 5 * WORK)),
        "announce": lambda: bench.single("announce", lambda: market.announce(PROVIDER, card)),
    }
    measured = {name: run() for name, run in scenarios.items()}
    return {name: gas | {"total": sum(gas.values())} for name, gas in measured.items()}


def show(measured: dict[str, Gas]) -> None:
    print(f"{'scenario':<16} {'total':>9}   transactions")
    for name, gas in measured.items():
        parts = "  ".join(f"{tx} {used:,}" for tx, used in gas.items() if tx != "total")
        print(f"{name:<16} {gas['total']:>9,}   {parts}")


def main() -> None:
    with anvil.Anvil(block_time_s=3_600) as chain:  # blocks only where this script makes them
        measured = measure(Bench(chain))
    show(measured)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(measured, indent=1) + "\n")
    for name, limit in LIMITS.items():
        total = measured[name]["total"]
        print(f"{name}: {total:,} of at most {limit:,} gas")
        if total > limit:
            sys.exit(f"{name} takes {total - limit:,} gas too many")


if __name__ == "__main__":
    main()
