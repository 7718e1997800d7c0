"""The comparison looks where it says: contracts that change by themselves are noticed."""

import random
from dataclasses import replace

import pytest

from .author import Author
from .calls import Call
from .cast import ANN, BEN, CAT
from .chain import View
from .hashing import job_id
from .pair import COMPARE_ALL, START, Divergence, Pair, Stage
from .watch import ACCOUNTS, JOBS, slot_of
from .words import NOBODY, ZERO32, State

STAGE = Stage(600, (10**24,) * 5)
DELEGATES, NONCES = 1, 7  # slots of the mappings, in the market and in the token


@pytest.fixture
def pair() -> Pair:
    """Ann and Ben have money everywhere."""
    pair = Pair(STAGE)
    for owner in (ANN, BEN):
        for contract in ("market", "committee"):
            pair.setup("deposit", owner, 1000, contract=contract)
            pair.setup("stake", owner, 400, contract=contract)
    return pair


def calls(pair: Pair, count: int, contract: str = "market") -> None:
    """Somebody else's deposits."""
    for _ in range(count):
        pair.perform(Call("deposit", CAT, (7,), START, 1, contract=contract))


def tamper(pair: Pair, contract: str, slot: int) -> None:
    """Another number in storage, as if a call had written it that has no business there."""
    address, evm = pair.chain.contracts[contract], pair.chain.evm
    before = evm.storage(address, slot)
    evm.insert_account_storage(address, slot, before + 1)
    assert evm.storage(address, slot) == before + 1


@pytest.mark.parametrize(
    ("contract", "member", "view"),
    [
        ("market", 0, "accountOf"),
        ("market", 1, "accountOf"),
        ("committee", 0, "verifierOf"),
        ("token", 0, "balanceOf"),
    ],
)
def test_money_that_moves_by_itself_is_noticed_by_the_next_call(
    pair: Pair, contract: str, member: int, view: str
) -> None:
    tamper(pair, contract, slot_of(BEN, ACCOUNTS) + member)
    with pytest.raises(Divergence, match=view):
        calls(pair, 1)


@pytest.mark.parametrize(
    ("contract", "mapping", "view"),
    [("token", NONCES, "nonces"), ("market", DELEGATES, "delegateOf")],
)
def test_whatever_else_changes_by_itself_is_noticed_soon(
    pair: Pair, contract: str, mapping: int, view: str
) -> None:
    tamper(pair, contract, slot_of(BEN, mapping))
    with pytest.raises(Divergence, match=view):
        calls(pair, COMPARE_ALL)


def test_a_live_job_that_changes_by_itself_is_noticed_by_the_next_call(pair: Pair) -> None:
    request = Author(random.Random(1)).request(ANN, 100, 0, 0, START)
    request = replace(request, providers=ZERO32, matcher=NOBODY)
    id_ = job_id(pair.model.domain, request)
    for call in (("post", ANN, (request, "")), ("accept", BEN, (request, ()))):
        assert pair.perform(Call(*call, START, 1)).word == "ok"
    assert pair.model.records[id_].state == State.RUNNING
    tamper(pair, "market", slot_of(id_, JOBS))
    with pytest.raises(Divergence, match="slotOf"):
        calls(pair, 1)


def test_many_views_are_read_like_one(pair: Pair) -> None:
    views = [View("market", "accountOf", (owner,)) for owner in pair.owners]
    views += [View("committee", "totalActive"), View("token", "balanceOf", (ANN,))]
    assert pair.chain.read(views) == [pair.chain.read([view])[0] for view in views]
