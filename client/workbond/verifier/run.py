"""A verifier's process: the node, and the signals that end it."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path

from workbond.accounts.signer import Signer
from workbond.chain.committee import Committee
from workbond.chain.market import Market
from workbond.chain.token import Token
from workbond.executor.host import require_host
from workbond.progress import no_progress
from workbond.provider.journal import Journal
from workbond.provider.work import Fetching
from workbond.stopping import stop_signals
from workbond.verifier.bench import Bench
from workbond.verifier.bounds import Bounds
from workbond.verifier.node import Node
from workbond.verifier.notebook import Notebook
from workbond.verifier.plan import Plan


def run(
    market: Market,
    committee: Committee,
    token: Token,
    signer: Signer,
    first_block: int,
    home: Path,
    bounds: Bounds,
    fetching: Fetching | None = None,
    journal: Journal | None = None,
    plan: Plan | None = None,
) -> None:
    """Runs a verifier until SIGTERM or SIGINT.

    Args:
        market: the deployed market.
        committee: the deployed committee.
        token: that both are paid in.
        signer: the verifier's account.
        first_block: where the market was deployed.
        home: the verifier's directory, used by one process at a time.
        bounds: what may be put at risk.
        fetching: of inputs. On a local chain private addresses are always admitted.
        journal: told what happens; writes to standard error by default.
        plan: how the loop runs.

    Raises:
        ExecutionError: this machine can't execute the profile.
        UsageError: the directory is in use, or its notebook is damaged.
    """
    require_host()
    journal, fetching = journal or Journal(), fetching or Fetching()
    if market.connection.is_on_this_machine:
        fetching = replace(fetching, allow_private=True)
    with (
        contextlib.closing(Bench(home, market, first_block, signer, bounds, fetching)) as bench,
        contextlib.closing(Notebook(home)) as notebook,
        stop_signals(),
        no_progress(),
    ):
        node = Node(
            market,
            committee,
            token,
            signer,
            first_block,
            bench,
            notebook,
            bounds,
            plan or Plan(),
            journal,
        )
        try:
            node.run()
        except KeyboardInterrupt:
            journal.say(
                "stopping; seats of open cases are served by the next start, if it is in time",
                "STOPPING",
            )
        node.stop()
