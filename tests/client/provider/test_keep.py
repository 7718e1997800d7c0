"""Old results go when they exceed the budget; those of live jobs never do."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

from workbond.blobs.store import BlobStore
from workbond.chain.types import State
from workbond.diskspace import affordable_bytes
from workbond.provider.keep import FILE_BYTES, prune
from workbond.provider.plan import Plan


def aged(store: BlobStore, data: bytes, age: int) -> str:
    cid = store.put(data)
    os.utime(store.path(cid), (10**9 - age, 10**9 - age))
    return cid


def test_the_oldest_blobs_go_first_and_needed_ones_stay(tmp_path: Path) -> None:
    store = BlobStore(tmp_path)
    oldest = aged(store, b"a" * 100, 3)
    needed = aged(store, b"b" * 100, 2)
    older = aged(store, b"c" * 100, 1)
    newest = aged(store, b"d" * 100, 0)
    assert prune(store, 100 + FILE_BYTES, lambda: {needed}) == 2
    assert set(store.list()) == {needed, newest}
    assert not store.has(oldest)
    assert not store.has(older)


def test_nothing_goes_within_the_budget(tmp_path: Path) -> None:
    store = BlobStore(tmp_path)
    cids = {store.put(bytes([n])) for n in range(4)}
    assert prune(store, 4 * (1 + FILE_BYTES)) == 0
    assert set(store.list()) == cids


def test_many_small_blobs_count_as_the_files_they_are(tmp_path: Path) -> None:
    store = BlobStore(tmp_path)
    for number in range(10):
        store.put(bytes([number]))
    prune(store, 3 * (1 + FILE_BYTES))
    assert len(list(store.list())) == 3


def test_what_is_needed_is_looked_up_only_when_something_has_to_go(tmp_path: Path) -> None:
    store = BlobStore(tmp_path)
    cid = store.put(b"x")
    asked: list[str] = []

    def needed() -> set[str]:
        asked.append(cid)
        return {cid}

    assert prune(store, 1 + FILE_BYTES, needed) == 0
    assert asked == []
    assert prune(store, 0, needed) == 0
    assert asked == [cid]


def test_a_cache_takes_a_quarter_of_a_small_disk_at_most(tmp_path: Path) -> None:
    assert affordable_bytes(tmp_path, 0, 1) == 1
    free = shutil.disk_usage(tmp_path).free
    assert free // 5 < affordable_bytes(tmp_path, 0, 1 << 62) < free // 3
    assert affordable_bytes(tmp_path, 8 * free, 1 << 62) > 2 * free


def test_a_node_without_room_keeps_the_results_of_live_jobs_only(
    world: Any, shop: Any, operator: Any
) -> None:
    ended = shop.post(shop.spec(inputs=(b"old",)))
    operator.start(Plan(poll_s=0.05, keep_bytes=0))
    operator.turn_until_state(ended, State.SETTLED)
    live = shop.post(shop.spec(inputs=(b"new",)), challenge_for=600)
    operator.turn_until_state(live, State.CLAIMED)
    results, inputs = operator.workshop.results, operator.workshop.inputs

    def only_live_results() -> bool:
        held = {results.read(cid, verify=False) for cid in results.list()}
        return b"new" in held and b"old" not in held and not list(inputs.list())

    operator.turn_until(only_live_results, "old results and all inputs to go")
    world.advance(600)
    operator.turn_until_state(live, State.SETTLED)
    operator.turn_until(lambda: not list(results.list()), "all results to go")
