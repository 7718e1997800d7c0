"""Every error that an ABI promises was raised by some test of this folder: conftest.py lets this
run after all of them, and only then."""

import pytest
from refusals import NAMES, errors_of

NAME_TOO_LONG = "an EIP-712 name or version has more than 31 bytes; ours are constants"
# What OpenZeppelin's code declares and raises where ...
UNREACHABLE = {
    "Market": {"StringTooLong(string)": NAME_TOO_LONG},
    "Committee": {},
    "WorkToken": {
        "StringTooLong(string)": NAME_TOO_LONG,
        "InvalidShortString()": "such a name was stored nevertheless",
        "InvalidAccountNonce(address,uint256)": "a caller passes a nonce; a permit has none",
        "ECDSAInvalidSignatureLength(uint256)": "a signature is bytes; a permit's is v, r and s",
    },
}


@pytest.mark.parametrize("name", NAMES)
def test_every_error_of_the_abi_is_reached(refusals, name):
    promised = errors_of(name)
    seen = {
        promised[selector]
        for who, selector in refusals.seen
        if who == name and selector in promised
    }
    assert sorted(set(promised.values()) - seen) == sorted(UNREACHABLE[name])
