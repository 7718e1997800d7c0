"""Mistakes that other markets were found to have would be noticed here: each is made again in our
contracts, one by one, and the model disagrees with what comes of it, where it must."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from . import model_oracle
from .builds import Builder, trees
from .compiler import Compiler
from .mistakes import MISTAKES, Mistake
from .sample import contracts_of
from .switches import alive

EPISODES = 12


@pytest.fixture(scope="module")
def codes() -> Iterator[dict[str, str]]:
    """The contracts with all the mistakes, of which none is alive, by name."""
    with Compiler() as compiler:
        built = {}
        for contract in ("Market", "Committee"):
            builder = Builder(compiler, contract, trees(compiler, contract))
            own = {n: m.mutant for n, m in numbered().items() if contract in contracts_of(m.path)}
            batches = [*builder.batches(own)]
            assert not builder.alone
            assert len(batches) == 1
            built[contract] = batches[0].code
        yield built


def numbered() -> dict[int, Mistake]:
    return dict(enumerate(MISTAKES, 1))


@pytest.mark.parametrize("contract", ["Market", "Committee"])
def test_without_a_mistake_the_model_agrees(codes: dict[str, str], contract: str) -> None:
    seeds = model_oracle.seeds_for(contract)[:2]
    assert model_oracle.noticed(contract, alive(codes[contract], 0), seeds) is None


@pytest.mark.parametrize("number", numbered(), ids=[m.name for m in MISTAKES])
def test_a_mistake_of_a_peer_is_noticed_where_it_is_made(
    codes: dict[str, str], number: int
) -> None:
    mistake = numbered()[number]
    (contract,) = contracts_of(mistake.path)
    seeds = [*model_oracle.seeds_for(contract)[:EPISODES]]
    word = model_oracle.noticed(contract, alive(codes[contract], number), seeds)
    assert word is not None
    assert any(f" at {call}:" in word for call in mistake.noticed_at), word
