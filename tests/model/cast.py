"""Who takes part in every episode, and how each of them signs."""

import random

from .keys import address_of, key_of, recover, sign, twin
from .wallets import HOSTILE, Account

ANN, BEN, CAT = key_of("ann"), key_of("ben"), key_of("cat")
DAN = key_of("dan")  # has a key, and delegated code that obeys another key too
EVE = address_of("eve")  # a contract
ACTORS = (ANN, BEN, CAT, DAN, EVE)
BANK = address_of("bank")
PASSER_BY = address_of("passer-by")  # owns nothing, may end what is over
OUTSIDER = address_of("outsider")  # owns nothing, tries everything
EVERYBODY = (*ACTORS, PASSER_BY, OUTSIDER)

CAREFUL = (
    Account(DAN, "honest", key_of("dan's phone")),
    Account(EVE, "talkative", key_of("eve's phone")),
)
ODD = tuple(
    Account(address_of(kind[-20:]), kind, key_of("somebody's phone"))
    for kind in ("careless", "fickle", *HOSTILE)
)  # own nothing
WALLETS = (*CAREFUL, *ODD)

# Whose keys bind whom.
SIGNING = {ANN: ("ann",), BEN: ("ben",), CAT: ("cat",), DAN: ("dan", "dan's phone")}
SIGNING[EVE] = ("eve's phone",)
SIGNING |= {wallet.address: ("somebody's phone",) for wallet in ODD}


def signature(rng: random.Random, owner: str, digest: bytes) -> bytes:
    """One that binds the owner; contracts take both spellings."""
    by = rng.choice(SIGNING[owner])
    signed = sign(by, digest)
    other = recover(digest, signed) != owner and rng.random() < 0.2
    return twin(signed) if other else signed
