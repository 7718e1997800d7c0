"""Output that its provider does not hand out: demanded, shown on the chain, or paid for dearly."""

from __future__ import annotations

import json
import re
import threading
from io import BytesIO
from pathlib import Path

import pytest

from workbond.answers import build_answer
from workbond.blobs.store import BlobStore
from workbond.chain import rules
from workbond.chain.types import State, pair, unpaired
from workbond.cli import job_missing
from workbond.errors import UsageError
from workbond.requester import demands
from workbond.requester.demands import affordable, missing_of, named_pairs, plan_demand

from ..terminals import ends
from .conftest import WORK, PlayedProvider, Work

TOKEN = 10**18
FEE = TOKEN // 100
LARGE = (Work(b"x" * 40_000), Work(b""), Work(b"three"))  # 3 chunks, 0, 1


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    monkeypatch.setattr(job_missing, "PAUSES_S", (0.01,))
    monkeypatch.setattr(demands, "LOOK_S", 1)


@pytest.fixture
def job_path(job_path):
    """With a fee for demands, so that they lock something."""
    text = job_path.read_text()
    job_path.write_text(text.replace('bond = "5"', 'bond = "5"\ndemand_fee = "0.01"'))
    return job_path


class Silent(PlayedProvider):
    """Claims, and hands nothing out; answers demands if it is told to."""

    works = WORK

    def claim_all(self, posted, works=WORK):
        self.works = works
        self.work(posted, works)

    def answer(self, desk, job_id, positions=None):
        record = desk.job(job_id)
        _, tree = self.publish(job_id, self.works)
        shown = [
            build_answer(i, each, tree, BytesIO(self.works[unpaired(each)[0]].output))
            for i, each in enumerate(record.pairs)
            if positions is None or i in positions
        ]
        opening = (tree.root, tree.total_units)
        self.world.market.answer(
            self.signer, job_id, record.live_job(), record.pairs, *opening, shown
        )


@pytest.fixture
def silent(world, tmp_path, provider):
    """Its announced gateway has none of its blobs."""
    return Silent(world, BlobStore(tmp_path / "hoard"), provider.gateway)


@pytest.fixture
def claimed(silent, posted):
    silent.claim_all(posted)
    return posted


@pytest.fixture
def large(silent, posted):
    silent.claim_all(posted, LARGE)
    return posted


def hand_out_manifest(silent: Silent, provider: PlayedProvider, job_id: bytes) -> None:
    """The provider serves its manifest, and no output."""
    manifest, _ = silent.publish(job_id, silent.works)
    provider.store.put(manifest.to_bytes())


# ─────────────────────────────────── the choice ───────────────────────────────


def test_without_a_manifest_the_first_chunk_of_each_task_is_demanded(desk, claimed):
    record = desk.job(claimed.id)
    plan = plan_demand(desk, record, missing_of(desk, None, 3))
    assert sorted(plan.pairs) == [pair(task, 0) for task in range(3)]
    assert (plan.fee, plan.fees) == (FEE, 3 * FEE)


def test_missing_outputs_come_first_and_then_more_of_them(desk, silent, large):
    manifest, _ = silent.publish(large.id, LARGE)
    desk.store.put(b"three")
    desk.store.put(b"")
    missing = missing_of(desk, manifest, 3)
    assert missing == {0: 3}
    plan = plan_demand(desk, desk.job(large.id), missing)
    assert sorted(plan.pairs) == [pair(0, chunk) for chunk in range(3)]


def test_a_demand_names_at_most_eight_different_pieces(desk, claimed):
    record = desk.job(claimed.id)
    plan = plan_demand(desk, record, dict.fromkeys(range(100), 5))
    assert len(set(plan.pairs)) == rules.MAX_PAIRS
    assert all(unpaired(each)[1] == 0 for each in plan.pairs)
    deep = plan_demand(desk, record, {1: 1_000_000})
    assert len(set(deep.pairs)) == rules.MAX_PAIRS
    assert pair(1, 0) in deep.pairs


def test_no_more_is_demanded_than_can_be_paid(desk, world, claimed):
    record = desk.job(claimed.id)
    free = world.market.account_of(world.requester.address).free
    world.market.withdraw(world.requester, world.requester.address, free - 2 * FEE - 1)
    assert len(affordable(desk, record, [1, 2, 3]).pairs) == 2
    world.market.withdraw(world.requester, world.requester.address, 2 * FEE)
    with pytest.raises(UsageError, match=r"a demand takes 0\.01 WORK for each piece"):
        affordable(desk, record, [1, 2, 3])


@pytest.mark.parametrize(
    ("tasks", "chunks", "problem"),
    [([3], [], "no task 3"), ([0, 1, 2], [0, 1, 2], "9 pieces are too many")],
)
def test_pieces_that_can_not_be_demanded_are_told_before(desk, claimed, tasks, chunks, problem):
    with pytest.raises(UsageError, match=problem):
        named_pairs(desk.job(claimed.id), tasks, chunks)


# ─────────────────────────────────── by hand ──────────────────────────────────


def test_a_demand_shows_its_bill_and_locks_its_fees(jobs_cli, world, desk, claimed):
    before = world.market.account_of(world.requester.address).free
    ran = jobs_cli("demand", "last", "--task", "2", "--chunk", "0", "--chunk", "3", "--yes")
    assert ran.code == 0, ran.err
    assert "WORK free in the market" in ran.out
    assert "the escrow and 2.45 WORK of its bond are yours" in ran.out
    told = "2 pieces demanded; the provider has (1 d|23 h 5. min) to show them"  # the clock runs
    assert re.search(told, ran.out)
    assert before - world.market.account_of(world.requester.address).free == 2 * FEE
    assert desk.job(claimed.id).pairs == (pair(2, 0), pair(2, 3))
    told = json.loads(jobs_cli("status", "last", "--json").out)
    assert told["demand"]["open"] == 2
    assert told["demand"]["pieces"][1] == {"task": 2, "chunk": 3, "shown": False}
    assert "left to show 2 demanded pieces of output" in jobs_cli("status", "last").out
    again = jobs_cli("demand", "last", "--task", "0", "--yes")
    assert again.code == 2
    assert "was demanded already, which is possible once" in again.err


def test_nothing_is_demanded_without_a_yes(jobs_cli, desk, claimed):
    ran = jobs_cli("demand", "last", "--task", "0")
    assert ran.code == 2
    assert "give --yes" in ran.err
    assert desk.job(claimed.id).pairs == ()


def test_only_a_claim_of_ones_own_is_demanded_in_its_window(jobs_cli, world, posted, silent):
    early = jobs_cli("demand", posted.id.hex(), "--task", "0", "--yes")
    assert (early.code, "only a claimed job's output" in early.err) == (2, True)
    silent.claim_all(posted)
    other = jobs_cli("demand", posted.id.hex(), "--task", "0", "--yes", "--account", "stranger")
    assert (other.code, "only its requester demands" in other.err) == (2, True)
    world.advance(200)
    late = jobs_cli("demand", posted.id.hex(), "--task", "0", "--yes")
    assert (late.code, "the time for checking" in late.err) == (2, True)


def test_waiting_ends_when_everything_is_shown(jobs_cli, world, desk, silent, claimed):
    def answer_soon() -> None:
        while not desk.job(claimed.id).pairs:
            pass
        silent.answer(desk, claimed.id)

    thread = threading.Thread(target=answer_soon)
    thread.start()
    ran = jobs_cli("demand", "last", "--yes", "--wait", "--wait-timeout", "120")
    thread.join()
    assert ran.code == 0, ran.err
    assert "All demanded output is shown." in ran.out
    shown = demands.shown_pieces(desk, desk.job(claimed.id))
    assert (
        {piece.task: piece.data for piece in shown}
        == {
            0: b"one",
            1: None,  # the output is empty
            2: WORK[2].output[: 16 * 1024],
        }
    )


# ───────────────────────────────── after a fetch ──────────────────────────────


def test_fetching_demands_what_is_missing_and_uses_what_is_shown(
    jobs_cli, world, desk, silent, provider, posted, tmp_path
):
    works = (Work(b"one"), Work(b""), Work(b"three"))
    silent.claim_all(posted, works)
    hand_out_manifest(silent, provider, posted.id)
    ran = jobs_cli("fetch", "last", "--yes")
    assert ran.code == 6
    assert "left to show 2 pieces of demanded output" in ran.err
    assert set(desk.job(posted.id).pairs) == {pair(0, 0), pair(2, 0)}
    silent.answer(desk, posted.id)
    fetched = jobs_cli("fetch", "last", "--out", tmp_path / "out", "--json")
    assert fetched.code == 0, fetched.err
    outputs = [Path(task["path"]) for task in json.loads(fetched.out)["tasks"]]
    assert [path.read_bytes() for path in outputs] == [b"one", b"", b"three"]
    approved = jobs_cli("approve", "last", "--yes", "--json")
    assert approved.code == 0, approved.err
    assert int(json.loads(approved.out)["money"]["shown"]) == 2 * FEE


def test_pieces_of_what_can_not_be_had_whole_are_written(
    jobs_cli, desk, silent, provider, large, tmp_path
):
    hand_out_manifest(silent, provider, large.id)
    assert jobs_cli("demand", "last", "--task", "0", "--chunk", "2", "--yes").code == 0
    silent.answer(desk, large.id)
    ran = jobs_cli("fetch", "last", "--out", tmp_path / "out")
    assert ran.code == 6
    assert "the provider showed what was demanded (what it showed is in" in ran.err
    (path,) = (tmp_path / "out").iterdir()
    assert path.name == "0.piece-2"
    assert path.read_bytes() == b"x" * (40_000 - 2 * 16 * 1024)


def test_a_program_is_told_of_demands_and_none_is_made(jobs_cli, desk, claimed):
    ran = jobs_cli("fetch", "last", "--json")
    assert ran.code == 6
    assert "Note: it can be demanded on the chain: `workbond job demand" in ran.err
    assert desk.job(claimed.id).pairs == ()


def test_a_terminal_is_asked_before(jobs_cli, world, desk, claimed, at_terminal):
    name = claimed.id.hex()[:8]
    child = at_terminal("job", "fetch", name, "--account", "requester")
    child.expect("Password of requester: ")
    child.sendline("pw")
    child.expect(r"Demand 3 pieces for 0.03 WORK\? \[y/N\]: ")
    child.sendline("n")
    ends(child, 6)
    assert desk.job(claimed.id).pairs == ()
    child = at_terminal("job", "fetch", name, "--account", "requester")
    child.expect("Password of requester: ")
    child.sendline("pw")
    child.expect("Demand 3 pieces")
    child.sendline("y")
    assert "left to show 3 pieces of demanded output" in " ".join(ends(child, 6).split())
    assert len(desk.job(claimed.id).pairs) == 3


def test_demands_can_be_switched_off(jobs_cli, desk, claimed):
    ran = jobs_cli("fetch", "last", "--yes", "--no-demand")
    assert ran.code == 6
    assert "demand" not in ran.err
    assert desk.job(claimed.id).pairs == ()


def test_approving_demands_too(jobs_cli, desk, claimed):
    ran = jobs_cli("approve", "last", "--yes")
    assert ran.code == 6
    assert len(desk.job(claimed.id).pairs) == 3
    assert desk.job(claimed.id).state == State.CLAIMED


# ──────────────────────────────────── the end ─────────────────────────────────


def test_an_unanswered_demand_ends_in_half_the_bond(jobs_cli, world, desk, silent, claimed):
    before = world.market.account_of(world.requester.address)
    assert jobs_cli("demand", "last", "--yes").code == 0
    silent.answer(desk, claimed.id, positions=[0])
    early = jobs_cli("end", "last", "--yes")
    assert (early.code, "can't be ended for" in early.err) == (2, True)
    world.advance(rules.ANSWER_FOR_S)
    status = jobs_cli("status", "last")
    assert "the provider did not show demanded output" in status.out
    fetched = jobs_cli("fetch", "last")
    assert (fetched.code, "`workbond job end 0x" in fetched.err) == (6, True)
    ran = jobs_cli("end", "last", "--yes")
    assert ran.code == 0, ran.err
    assert "The provider did not show demanded output." in ran.out
    record = desk.job(claimed.id)
    assert (record.state, record.reason.label) == (State.VOID, "Unanswered")
    after = world.market.account_of(world.requester.address)
    escrow = rules.job_escrow(record.live_job()) - 2 * FEE
    bond = record.request.bond
    # the escrow, half the bond, and two of the three fees
    assert after.free - before.free == escrow + bond // 2 - FEE


def test_an_answer_opens_the_seal_for_whoever_ends_the_job(jobs_cli, world, desk, silent, claimed):
    assert jobs_cli("demand", "last", "--yes").code == 0
    silent.answer(desk, claimed.id)
    record = desk.job(claimed.id)
    world.advance(record.live_job().window_end - world.now())
    ran = jobs_cli("end", claimed.id.hex(), "--yes", "--account", "stranger")
    assert ran.code == 0, ran.err
    assert desk.job(claimed.id).state == State.SETTLED


def test_watching_shows_the_demand_and_its_answer(jobs_cli, desk, silent, claimed):
    assert jobs_cli("demand", "last", "--task", "0", "--yes").code == 0

    def finish() -> None:
        silent.answer(desk, claimed.id)
        record = desk.job(claimed.id)
        _, tree = silent.publish(claimed.id, WORK)
        desk.market.approve(
            silent.world.requester, record.id, record.live_job(), tree.root, tree.total_units
        )

    timer = threading.Timer(1.0, finish)
    timer.start()
    ran = jobs_cli("watch", "last", "--timeout", "120")
    timer.join()
    assert ran.code == 0, ran.err
    assert "1 piece of output demanded" in ran.out
    assert "left to show 1 demanded piece of output" in ran.out
    assert "all demanded output is shown, for 0.01 WORK" in ran.out
    assert "approved" in ran.out


def test_the_list_knows_of_answers(jobs_cli, desk, silent, claimed):
    assert jobs_cli("demand", "last", "--yes").code == 0
    silent.answer(desk, claimed.id)
    (listed,) = json.loads(jobs_cli("list", "--json").out)
    assert listed["demand"]["open"] == 0
