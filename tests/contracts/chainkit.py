"""Brownie's chain as the tests use it: exact times, exact refusals, balances and storage."""

import time
from contextlib import contextmanager

import pytest
from brownie import chain, web3
from brownie.exceptions import VirtualMachineError
from eth_abi import encode
from eth_utils import keccak

SINK = "0x000000000000000000000000000000000000dEaD"


def rpc(method, *params):
    """Result of a JSON-RPC call; raises where the node refuses it."""
    answer = web3.provider.make_request(method, list(params))
    if "result" not in answer:
        raise RuntimeError(f"{method}: {answer['error']}")
    return answer["result"]


def answer_when_mined(note):
    """Makes the node's answer to eth_sendTransaction wait for the receipt; `note` sees all answers.

    Anvil answers a moment before the block is whole. Brownie, which looks in that moment, takes the
    transaction for dropped, or looks again a second later.
    """
    provider = web3.provider
    ask = provider.make_request

    def wait(method, params):
        answer = ask(method, params)
        if method == "eth_sendTransaction" and "result" in answer:
            deadline = time.monotonic() + 30
            while not ask("eth_getTransactionReceipt", [answer["result"]])["result"]:
                if time.monotonic() > deadline:
                    raise RuntimeError(f"transaction {answer['result']} was never mined")
        note(ask, method, params, answer)
        return answer

    provider.make_request = wait
    provider._request_func_cache = (None, None)  # holds the unwrapped function


def now():
    return chain[-1].timestamp


def send(function, *args, by, at=None):
    """Sends a transaction from `by`, in a block of timestamp `at` if one is given."""
    if at is not None:
        rpc("evm_setNextBlockTimestamp", at)
    return function(*args, {"from": by})


@contextmanager
def refused(error, *values):
    """The block's transaction must revert with this custom error, with all its values."""
    expected = f"{error}: {', '.join(map(_shown, values))}" if values else error
    with pytest.raises(VirtualMachineError) as problem:
        yield
    assert problem.value.revert_msg.removesuffix(": ") == expected  # as brownie spells no values


def out_of_range(field, value, least, most):
    """Refusal of a field by its name."""
    return refused("FieldOutOfRange", field.encode().ljust(32, b"\0"), value, least, most)


def exceeded(field, value, limit):
    """Refusal of a request by an offer's limit."""
    return refused("OfferExceeded", field.encode().ljust(32, b"\0"), value, limit)


def reverts(function, *args, by, gas=None):
    """The data (bytes) with which a call from `by` would revert now, empty where gas ran out; None
    if it would succeed."""
    return raw_reverts(function._address, function.encode_input(*args), by, gas)


def raw_reverts(to, data, by, gas=None):
    """As `reverts`, for calldata in hex."""
    call = {"from": str(by), "to": str(to), "data": data} | ({"gas": hex(gas)} if gas else {})
    answer = web3.provider.make_request("eth_call", [call, "latest"])
    if "result" in answer:
        return None
    return bytes.fromhex((answer["error"].get("data") or "0x")[2:])


def error(signature, *values):
    """The data of a custom error, given as `Name(type,...)`."""
    kinds = signature[signature.index("(") + 1 : -1].split(",")
    return keccak(text=signature)[:4] + encode(kinds, values)


def _shown(value):
    text = str(value)
    return text.lower() if text.startswith("0x") else text


def account(market, address):
    """An account's balances as a dict of base units."""
    return market.accountOf(address).dict()


def ledger(market, *addresses):
    """free, staked, bonded and unbonding of each address."""
    kept = ("free", "staked", "bonded", "unbonding")
    return {
        (str(address), name): amount
        for address in addresses
        for name, amount in account(market, address).items()
        if name in kept
    }


@contextmanager
def moves(market, addresses, expected):
    """Checks by how much the block changes balances: `expected` maps (address, name) to the
    difference, and what it does not name must stay."""
    before = ledger(market, *addresses, SINK)
    yield
    after = ledger(market, *addresses, SINK)
    changed = {key: after[key] - before[key] for key in before if after[key] != before[key]}
    assert changed == {(str(who), name): by for (who, name), by in expected.items() if by}


def slot(market, index):
    """A storage word of `market` as an int."""
    return int(rpc("eth_getStorageAt", str(market), hex(index), "latest"), 16)


def event(tx, name):
    """The arguments of the one event `name` of `tx`, as a dict; it must be the only event."""
    assert [entry.name for entry in tx.events] == [name]
    return dict(tx.events[name][0])
