"""A job whose claim must be audited: requester, provider and verifier in processes of their own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from workbond.chain import anvil as local
from workbond.chain.anvil import Anvil
from workbond.chain.cases import APPEAL_FOR_S, EPOCH_S, MIN_COMMIT_FOR_S, REVEAL_FOR_S

from .desk import free_port
from .test_order_book_walk import WAIT_S, Walk


@pytest.fixture
def chain() -> Iterator[Anvil]:
    with Anvil() as running:
        yield running


@pytest.fixture
def walk(chain: Anvil, tmp_path: Path) -> Walk:
    """A deployed market with a funded account for each role, two of them with a stake."""
    walk = Walk(chain, tmp_path)
    walk.run("workbond deploy")
    for name in ("provider", "requester", "verifier"):
        walk.run(f"workbond account new {name} --light-kdf && workbond account faucet {name}")
    walk.run("workbond account deposit 200 --account provider --yes")
    walk.run("workbond provider stake 150 --account provider --yes")
    walk.run("workbond account deposit 50 --account requester --yes")
    walk.run("workbond verifier stake 150 --account verifier --yes")
    return walk


def wait_until(what: str, look: Callable[[], Any], *logs: Path) -> Any:
    deadline = time.monotonic() + WAIT_S
    while not (found := look()):
        said = "\n".join(log.read_text()[-2_000:] for log in logs)
        assert time.monotonic() < deadline, f"waited in vain for {what}:\n{said}"
        time.sleep(0.5)
    return found


def test_an_audited_claim_is_judged_upheld_and_paid_and_so_is_its_verifier(
    walk: Walk, chain: Anvil, tmp_path: Path
) -> None:
    connection = chain.connection
    local.advance(connection, EPOCH_S - connection.now_s() % EPOCH_S + 60)
    node, judge = tmp_path / "node", tmp_path / "judge"
    listen = f"--listen 127.0.0.1:{free_port()}"
    provider = f"workbond provider run --account provider --min-price 1000 {listen} --yes"
    verifier = "workbond verifier run --account verifier --sample 0% --yes"

    def duty() -> dict[str, Any]:
        found = walk.json("workbond verifier status --account verifier")["duties"]
        return found[0] if found else {"committed": 0, "revealed": 0}

    def state() -> str:
        return str(walk.json("workbond audit job last")["state"])

    with walk.service(provider, node), walk.service(verifier, judge):
        job = "examples/climate/job.toml --account requester --audit-rate 100%"
        walk.run(f"workbond job submit {job} --yes --wait")
        wait_until("the commits", lambda: duty()["committed"] == 3, judge, node)
        assert duty()["waits_for"] == "reveal from"
        local.advance(connection, MIN_COMMIT_FOR_S)
        wait_until("the reveals", lambda: duty()["revealed"] == 3, judge, node)
        local.advance(connection, REVEAL_FOR_S + APPEAL_FOR_S)
        wait_until("the settlement", lambda: state() == "Settled", judge, node)
    status = walk.json("workbond verifier status --account verifier")
    assert int(status["earned"]) == int(status["free"]) > 0
    assert (status["lost"], status["running"]) == ("0", False)
    taken = walk.json("workbond verifier withdraw --account verifier --yes")
    assert taken["withdrawn"] == status["earned"]
    assert walk.json("workbond audit ledger")["findings"] == []
