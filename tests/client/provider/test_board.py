"""The board keeps what matters, through reorganisations too, and is rebuilt from events."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from workbond.accounts.verify import Verifier
from workbond.chain import anvil
from workbond.chain.connection import Connection
from workbond.chain.market import Market
from workbond.chain.types import State
from workbond.errors import ChainError
from workbond.provider import board as board_module
from workbond.provider.board import Board
from workbond.provider.signed import signatures_hold

from .conftest import frozen


@pytest.fixture
def board(world: Any) -> Board:
    made = Board(world.market, world.provider.address, world.deployment.market.block)
    made.start(world.connection.block())
    return made


def catch_up(world: Any, board: Board) -> list[Any]:
    return board.catch_up(world.connection.block())


def test_a_job_taken_by_another_provider_is_forgotten(world: Any, board: Board) -> None:
    request = world.posted(bond=0)
    catch_up(world, board)
    assert [record.id for record in board.open()] == [world.id_of(request)]
    world.market.accept(world.stranger, request)
    assert catch_up(world, board) == []
    assert board.open() == board.own() == []


def test_a_cancelled_job_is_forgotten(world: Any, board: Board) -> None:
    request = world.posted()
    catch_up(world, board)
    world.market.cancel(world.requester, request)
    catch_up(world, board)
    assert board.open() == []


def test_an_open_job_past_its_time_is_forgotten(world: Any, board: Board) -> None:
    world.posted()
    catch_up(world, board)
    world.advance(3_600)
    catch_up(world, board)
    assert board.open() == []


def test_a_job_of_mine_is_found_again_by_a_new_board(world: Any, board: Board) -> None:
    _, job_id, job = world.accepted()
    catch_up(world, board)
    fresh = Board(world.market, world.provider.address, world.deployment.market.block)
    fresh.start(world.connection.block(), with_open=False)
    for each in (board, fresh):
        (record,) = each.own()
        assert (record.id, record.state, record.job) == (job_id, State.RUNNING, job)


def test_a_job_dropped_as_unfit_returns_when_it_turns_out_to_be_mine(
    world: Any, board: Board
) -> None:
    request = world.posted()
    catch_up(world, board)
    board.drop(world.id_of(request))
    world.market.accept(world.provider, request)
    catch_up(world, board)
    (record,) = board.own()
    assert record.id == world.id_of(request)


def test_the_end_of_my_job_is_reported_once(world: Any, board: Board) -> None:
    _, job_id, job = world.accepted()
    catch_up(world, board)
    receipt = world.market.release(world.provider, job_id, job)
    (ended,) = board.learn(receipt.events)
    assert (ended.id, ended.state) == (job_id, State.VOID)
    assert catch_up(world, board) == []
    assert board.own() == []


def test_an_acceptance_undone_by_a_reorganisation_is_undone_here(world: Any, board: Board) -> None:
    request = world.posted()
    catch_up(world, board)
    taken = anvil.snapshot(world.connection)
    world.market.accept(world.provider, request)
    catch_up(world, board)
    assert len(board.own()) == 1
    anvil.revert(world.connection, taken)
    anvil.mine(world.connection, 3)
    catch_up(world, board)
    assert board.own() == []


def test_a_job_ended_only_in_an_abandoned_branch_is_live_again(world: Any, board: Board) -> None:
    _, job_id, job = world.accepted()
    catch_up(world, board)
    taken = anvil.snapshot(world.connection)
    world.market.release(world.provider, job_id, job)
    catch_up(world, board)
    assert board.own() == []
    anvil.revert(world.connection, taken)
    anvil.mine(world.connection, 3)
    catch_up(world, board)
    (record,) = board.own()
    assert (record.id, record.state) == (job_id, State.RUNNING)


def test_a_job_accepted_in_another_block_of_the_new_branch_has_its_new_record(
    world: Any, board: Board
) -> None:
    request = world.posted()
    catch_up(world, board)
    taken = anvil.snapshot(world.connection)
    world.market.accept(world.provider, request)
    catch_up(world, board)
    anvil.revert(world.connection, taken)
    world.advance(100)
    world.market.accept(world.provider, request)
    anvil.mine(world.connection, 2)
    catch_up(world, board)
    (record,) = board.own()
    assert record.job is not None
    assert world.market.check(record.id, record.job) is State.RUNNING


def test_a_node_that_lags_behind_changes_nothing(world: Any, board: Board) -> None:
    old = world.connection.block()
    request = world.posted()
    catch_up(world, board)
    assert board.catch_up(old) == []
    assert [record.id for record in board.open()] == [world.id_of(request)]


def test_a_job_of_mine_survives_an_rpc_that_fails_or_lags(world: Any, board: Board) -> None:
    before = world.connection.block().number
    _, job_id, job = world.accepted()
    impatient = Market(Connection(world.url, timeout_s=0.5), world.market.address)
    mine = Board(impatient, world.provider.address, world.deployment.market.block)
    mine.start(world.connection.block())
    with frozen(world.anvil.process.pid), pytest.raises(ChainError):
        mine.reload(job_id)
    mine.reload(job_id, before)  # what a node tells that has not seen the posting
    (record,) = mine.own()
    assert (record.id, record.job) == (job_id, job)


def test_a_flood_of_postings_leaves_the_best_paid(
    world: Any, board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board_module, "OPEN_MAX", 3)
    monkeypatch.setattr(board_module, "TRIM_EVERY", 1)
    flats = [5, 9, 1, 7, 3]
    for flat in flats:
        world.posted(flat=flat * 10**18, salt=bytes([flat]) * 32)
    catch_up(world, board)
    assert sorted(record.request.flat // 10**18 for record in board.open()) == [5, 7, 9]


def test_old_blocks_are_skipped_when_looking_for_open_jobs(still_world: Any) -> None:
    old = still_world.posted()
    still_world.advance(91 * 86_400)
    recent = still_world.posted(salt=b"\x09" * 32)
    fresh = Board(
        still_world.market, still_world.provider.address, still_world.deployment.market.block
    )
    fresh.start(still_world.connection.block())
    assert [record.id for record in fresh.open()] == [still_world.id_of(recent)]
    assert fresh.find(still_world.id_of(old)) is None


def test_a_block_that_the_node_lacks_only_makes_more_to_read(world: Any, proxy: Any) -> None:
    job = world.posted()
    world.advance(60)
    head = world.connection.block().number

    def tamper(body: dict[str, Any], forward: Any) -> dict[str, Any]:
        if body["method"] == "eth_getBlockByNumber" and body["params"][0] != hex(head):
            return {"jsonrpc": "2.0", "id": 1, "result": None}
        return dict(forward())

    market = Market(Connection(proxy(world.url, tamper).url), world.market.address)
    board = Board(market, world.provider.address, world.deployment.market.block)
    board.start(world.connection.block(head))
    assert [record.id for record in board.open()] == [world.id_of(job)]


# ───────────────────────── what several books say of one ──────────────────────


def believing(world: Any, board: Board) -> Board:
    verifier = Verifier(world.connection, world.market.address)
    board.holds = lambda order: signatures_hold(world.market, verifier, order)
    return board


def spoilt(order: Any) -> Any:
    """As a book lists it that would have us look for the inputs elsewhere."""
    details = order.details.model_copy(update={"gateway": "http://192.0.2.1", "issued": 2**40})
    return replace(order, details=details)


def test_a_books_spoilt_copy_keeps_no_good_one_out(world: Any, board: Board, shop: Any) -> None:
    believing(world, board)
    good = shop.sign(shop.spec())
    for copies in ((spoilt(good), good), (good, spoilt(good))):
        board.list_signed(copies)
        assert board.order(good.id) == good
        board.list_signed(())
    board.list_signed([spoilt(good)])
    board.drop(good.id)  # its signature does not hold
    board.list_signed([spoilt(good)])
    assert board.order(good.id) is None
    board.list_signed([good])
    assert board.order(good.id) == good
    board.drop(good.id)
    board.list_signed([good])
    assert board.order(good.id) is None


@pytest.mark.parametrize("honest", [True, False])
def test_a_matched_jobs_gateway_is_that_which_its_requester_signed(
    world: Any, board: Board, shop: Any, honest: bool
) -> None:
    """A job that is ours by a stranger's match must not be looked for where some book said."""
    believing(world, board)
    good = shop.sign(shop.spec())
    board.list_signed([good if honest else spoilt(good)])
    world.market.fill(world.provider, good.order, good.signature)
    catch_up(world, board)
    (record,) = board.matched()
    assert record.gateway == (good.details.gateway if honest else "")
