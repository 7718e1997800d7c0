"""`workbond provider why` and `status`: answers from the chain, with and without a node."""

from __future__ import annotations

import json
from typing import Any

import pytest

from workbond.provider.plan import Plan

WORK = 10**18
ACCOUNT = ("--account", "provider")


@pytest.fixture
def own_cli(world: Any, world_cli: Any) -> Any:
    """The command line, with the world's provider as the account `provider`."""
    assert world_cli("account", "import", "provider", "--dev", "2", "--light-kdf").code == 0
    return world_cli


@pytest.fixture
def at_home(own_cli: Any, world: Any, operator: Any, tmp_path: Any) -> Any:
    """The operator, whose nodes work where the command line looks."""
    operator.home = tmp_path / "home" / "provider" / world.provider.address.lower()
    return operator


def test_no_open_job_is_said_to_be_the_reason(world: Any, own_cli: Any) -> None:
    ran = own_cli("provider", "why", *ACCOUNT)
    assert ran.code == 0, ran.err
    assert "No job is open at all: none was posted in the last 90 days." in ran.out
    request = world.posted()
    world.market.cancel(world.requester, request)
    world.advance(7_200)
    assert (
        "No job is open at all: the last one was posted 2 h ago."
        in own_cli("provider", "why", *ACCOUNT).out
    )
    found = json.loads(own_cli("provider", "why", *ACCOUNT, "--json").out)
    assert (found["jobs"], found["reasons"]) == ([], [])
    assert 7_200 <= found["quiet_s"] < 7_300


def test_each_open_job_is_judged_by_the_given_terms(world: Any, shop: Any, own_cli: Any) -> None:
    cheap = shop.post(shop.spec(), min_unit_price=0, max_unit_price=WORK)
    dear = shop.post(shop.spec(), bond=600 * WORK, min_unit_price=9 * WORK, max_unit_price=9 * WORK)
    good = shop.post(shop.spec(), min_unit_price=9 * WORK, max_unit_price=9 * WORK, flat=2 * WORK)
    asked = ("provider", "why", "--min-price", "5", *ACCOUNT)
    shown = own_cli(*asked)
    assert shown.code == 0, shown.err
    assert "3 open jobs" in shown.out
    assert "1 of them fits" in shown.out
    assert "PRICE 1: best offered 1 WORK per 10^12 units, you want 5. Ask for less" in shown.out
    assert "STAKE 1: 100 WORK more would do. Add some with `workbond provider stake`" in shown.out
    assert "Next: workbond provider run --account provider" in shown.err

    found = json.loads(own_cli(*asked, "--json").out)
    codes = {job["id"]: job["code"] for job in found["jobs"]}
    assert codes == {
        f"0x{cheap.hex()}": "PRICE",
        f"0x{dear.hex()}": "STAKE",
        f"0x{good.hex()}": "FITS",
    }
    first = found["jobs"][0]
    assert (first["code"], first["unit_price"], first["detail"]) == ("FITS", str(9 * WORK), None)
    assert int(first["expected_per_hour"]) > 0
    less = json.loads(own_cli("provider", "why", *ACCOUNT, "--json").out)
    assert [job["code"] for job in less["jobs"]] == ["FITS", "FITS", "STAKE"]


def test_what_a_node_found_out_about_a_job_is_told_too(
    world: Any, shop: Any, own_cli: Any, at_home: Any
) -> None:
    job_id = world.id_of(shop.post_bytes(b"{}"))
    node = at_home.start(Plan(once=True, poll_s=0.05))
    at_home.turn_until(lambda: node.finished, "the node to end")
    shown = own_cli("provider", "why", *ACCOUNT)
    assert "(said by the node)" in shown.out
    (job,) = json.loads(own_cli("provider", "why", *ACCOUNT, "--json").out)["jobs"]
    assert (job["id"], job["code"], job["said_by_node"]) == (f"0x{job_id.hex()}", "SPEC", True)


def test_status_tells_of_a_running_node_and_of_one_that_ended(
    world: Any, shop: Any, own_cli: Any, at_home: Any
) -> None:
    shop.post(shop.spec(), bond=501 * WORK)
    done = shop.post(shop.spec(), bond=0)
    node = at_home.start(Plan(once=True, poll_s=0.05))
    at_home.turn_until(lambda: node.finished, "the node to end")
    shown = own_cli("provider", "status", *ACCOUNT)
    assert shown.code == 0, shown.err
    assert "running for" in shown.out
    assert "2: took 1; done 1, earned 1.0" in shown.out
    assert "STAKE             1  1 WORK more would do" in shown.out
    assert f"0x{done.hex()[:16]} earned 1.0" in shown.out
    found = json.loads(own_cli("provider", "status", *ACCOUNT, "--json").out)
    assert found["running"] is True
    assert found["node"]["jobs"]["not_taken"][0]["code"] == "STAKE"
    at_home.stop()
    assert "not running; the last one ended" in own_cli("provider", "status", *ACCOUNT).out
    assert json.loads(own_cli("provider", "status", *ACCOUNT, "--json").out)["running"] is False


def test_status_tells_of_the_node_although_the_chain_can_not_be_reached(
    world: Any, own_cli: Any, at_home: Any
) -> None:
    at_home.start()
    at_home.turn()
    ran = own_cli("provider", "status", "--rpc", "http://127.0.0.1:9", *ACCOUNT)
    assert ran.code == 5
    assert "running for" in ran.out
    assert "can't reach the RPC" in ran.err
    ran = own_cli("provider", "status", "--rpc", "http://127.0.0.1:9", *ACCOUNT, "--json")
    assert ran.code == 5
    assert json.loads(ran.out)["node"]["rpc"]["block"] > 0


@pytest.mark.parametrize("command", ["why", "status"])
def test_a_damaged_status_file_is_told_and_the_rest_is_shown(
    world: Any, own_cli: Any, at_home: Any, command: str
) -> None:
    at_home.home.mkdir(parents=True)
    (at_home.home / "status.json").write_text('{"version": 1, "evil": "\\u001b[2J"}')
    ran = own_cli("provider", command, *ACCOUNT)
    assert ran.code == 0
    line = ran.err.splitlines()[0]
    assert "can't be read" in line
    assert line.isprintable()
    assert "Provider 0x" in ran.out
