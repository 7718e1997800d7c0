"""The comparison looks where it says: contracts that change by themselves are noticed."""

import pytest

from .calls import Call
from .cast import ANN, BEN, CAT
from .chain import View
from .hashing import keccak, word
from .pair import COMPARE_ALL, START, Divergence, Pair, Stage
from .watch import SIZES, account_words, slot_of

STAGE = Stage(600, (10**24,) * 5)
BALANCES, DELEGATES, NONCES = 0, 1, 7  # slots of the mappings, in the market and in the token


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
    ("contract", "member"),
    [(name, at) for name in ("market", "committee") for at in range(SIZES[name])],
)
def test_money_that_moves_by_itself_is_noticed_by_the_next_call(
    pair: Pair, contract: str, member: int
) -> None:
    tamper(pair, contract, slot_of(BEN) + member)
    with pytest.raises(Divergence, match=r"accountOf|verifierOf"):
        calls(pair, 1, "committee")


@pytest.mark.parametrize(
    ("contract", "mapping"), [("token", BALANCES), ("token", NONCES), ("market", DELEGATES)]
)
def test_whatever_else_changes_by_itself_is_noticed_soon(
    pair: Pair, contract: str, mapping: int
) -> None:
    tamper(pair, contract, int.from_bytes(keccak(word(BEN) + word(mapping)), "big"))
    with pytest.raises(Divergence, match=r"balanceOf|delegateOf|nonces"):
        calls(pair, COMPARE_ALL)


def test_words_of_storage_are_those_of_the_accounts(pair: Pair) -> None:
    """By how they change when the accounts do."""
    changes = {"token": "deposit", "market": "deposit", "committee": "stake"}
    for contract, function in changes.items():
        before = account_words(pair.chain, contract, pair.owners)
        pair.perform(Call(function, ANN, (1,), START, 1, contract="committee"))
        after = account_words(pair.chain, contract, pair.owners)
        assert {owner for owner in pair.owners if before[owner] != after[owner]}


def test_many_views_are_read_like_one(pair: Pair) -> None:
    views = [View("market", "accountOf", (owner,)) for owner in pair.owners]
    views += [View("committee", "totalActive"), View("token", "balanceOf", (ANN,))]
    assert pair.chain.read(views) == [pair.chain.read([view])[0] for view in views]
