"""The words of storage that hold money and jobs: compared as they lie there, after every call.

A view costs as much as a hundred words. Views are held against the same model now and then
(views.py): both agree only if the words mean what is written here.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache

from .calls import show
from .chain import Chain
from .committee.treasury import Purse
from .committee.verdicts import Committee
from .hashing import keccak, word
from .words import Account

ACCOUNTS, JOBS = 0, 4  # slots of mappings; accounts have the same in all three contracts


@lru_cache(maxsize=16384)
def slot_of(key: str | bytes, mapping: int) -> int:
    """Where a mapping holds a key's value."""
    return int.from_bytes(keccak(word(key) + word(mapping)), "big")


def account_words(account: Account) -> tuple[int, int]:
    """An account of the market."""
    unbonded = account.staked - account.bonded
    first = account.free | unbonded << 96 | account.counter << 192
    return first, account.staked | account.unbonding << 96 | account.matures_at << 192


def purse_word(purse: Purse, place: int) -> int:
    """An account of the committee: what it stakes stands in the tree, at its place."""
    return purse.free | purse.leaving << 96 | purse.matures_at << 192 | place << 232


def differences(
    committee: Committee, chain: Chain, owners: Iterable[str], ids: Iterable[bytes]
) -> Iterator[str]:
    """Where the money of these owners, and these jobs, are not stored as they should be."""
    storage, model = chain.evm.storage, committee.market
    places = {owner: at for at, owner in enumerate(committee.stakes, 1)}
    for owner in owners:
        slot = slot_of(owner, ACCOUNTS)
        expected = (
            *account_words(model.accounts[owner]),
            purse_word(committee.purses[owner], places.get(owner, 0)),
            model.token.balances[owner],
        )
        actual = (
            storage(chain.market, slot),
            storage(chain.market, slot + 1),
            storage(chain.committee, slot),
            storage(chain.token, slot),
        )
        if expected != actual:
            yield difference(f"money of {show(owner)}", expected, actual)
    for id_ in ids:
        record = model.record(id_)
        told, stored = record.state << 248 | record.hash, storage(chain.market, slot_of(id_, JOBS))
        if told != stored:
            yield difference(f"job {show(id_)}", (told,), (stored,))


def difference(what: str, expected: tuple[int, ...], actual: tuple[int, ...]) -> str:
    sides = (" ".join(f"{number:064x}" for number in side) for side in (expected, actual))
    return "{}\n    model:    {}\n    contract: {}".format(what, *sides)
