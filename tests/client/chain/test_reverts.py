"""Every refusal of the contracts becomes a typed error that says what to do."""

import pytest

from workbond.chain import refusals, reverts
from workbond.chain.abi import Abi, encode
from workbond.chain.answers import CallReverted
from workbond.chain.artifacts import artifact
from workbond.chain.types import State
from workbond.errors import Reverted

WORK = 10**18
UNREACHABLE = {"InvalidShortString", "StringTooLong"}  # constructors of EIP712 with long names
WHO, WHOM = "0x" + "11" * 20, "0x" + "22" * 20
SAMPLES = {"address": WHO, "bytes32": b"amount".ljust(32, b"\0"), "uint8": 2}


def _explain(data):
    return reverts.explain(CallReverted("the call reverted: x", data))


def _sample(shape):
    return [SAMPLES.get(c["type"], 5) for c in shape.inputs]


def test_every_error_of_the_market_has_advice():
    errors = set(Abi(artifact("Market").abi).errors)
    assert errors - UNREACHABLE <= set(reverts.ADVICE)


def test_every_error_of_the_committee_has_advice():
    errors = set(Abi(artifact("Committee").abi).errors)
    assert errors <= set(reverts.ADVICE)
    assert set(reverts.OF_COMMITTEE) <= errors


def test_every_erc20_error_of_the_token_has_advice():
    errors = {name for name in Abi(artifact("WorkToken").abi).errors if name.startswith("ERC20")}
    assert errors
    assert errors <= set(reverts.ADVICE)


@pytest.mark.parametrize("name", sorted(reverts.ADVICE))
def test_advice_is_one_line_with_the_values(name):
    abis = (Abi(artifact(contract).abi) for contract in ("WorkToken", "Market", "Committee"))
    shape = next(abi.errors[name] for abi in abis if name in abi.errors)
    values = _sample(shape)
    error = _explain(shape.selector + encode(shape.inputs, values, name))
    assert type(error) is reverts.ADVICE[name][0]
    assert error.name == name
    assert len(error.values) == len(values)
    assert "\n" not in str(error)
    assert ":" in str(error) or ";" in str(error) or name == "TooLate"


@pytest.mark.parametrize("name", sorted(reverts.OF_COMMITTEE))
def test_the_committees_own_advice_is_of_the_same_kind(name):
    shape = Abi(artifact("Committee").abi).errors[name]
    error = _explain(shape.selector + encode(shape.inputs, _sample(shape), name))
    with pytest.raises(type(error)) as caught, reverts.about_committee():
        raise error
    told = caught.value
    assert (told.name, told.values) == (error.name, error.values)
    assert ":" in str(told)
    assert "market" not in str(told) or name == "RecipientRefused"


def test_a_missing_balance_says_how_much_to_deposit(world):
    with pytest.raises(refusals.InsufficientFree) as caught:
        world.market.withdraw(world.requester, world.requester.address, 1_002 * WORK)
    assert str(caught.value) == (
        f"account {world.requester.address} has 1000 WORK free but 1002 WORK are needed: "
        "deposit 2 more with `workbond account deposit`"
    )
    assert caught.value.values == (world.requester.address, 1_000 * WORK, 1_002 * WORK)


def test_refusals_on_a_real_chain_have_their_types(world):
    request, job_id, job = world.accepted()
    market, me = world.market, world.provider
    calls = [
        (refusals.WrongState, lambda: market.accept(me, request)),
        (refusals.NotAllowed, lambda: market.release(world.stranger, job_id, job)),
        (refusals.TooEarly, lambda: market.expire(me, job_id, job)),
        (refusals.InsufficientStake, lambda: market.unstake(me, 10**27)),
        (refusals.StakeTooLow, lambda: _accept(world, min_stake=10**27, salt=b"\x11" * 32)),
        (refusals.ProviderNotAllowed, lambda: _accept(world, providers=b"\0" * 31 + b"\1")),
        (refusals.CounterMismatch, lambda: world.posted(counter=1)),
        (refusals.FieldOutOfRange, lambda: world.posted(tasks=0)),
        (refusals.TokenRefused, lambda: market.deposit(me, 5)),
        (refusals.FieldOutOfRange, lambda: market.withdraw_stake(me)),
        (refusals.RecipientRefused, lambda: market.withdraw(me, market.address, 1)),
    ]
    for kind, call in calls:
        with pytest.raises(kind) as caught:
            call()
        assert type(caught.value) is kind


def test_a_wrong_state_names_both_states(world):
    request = world.posted()
    with pytest.raises(refusals.WrongState, match="is Open, but this needs it None") as caught:
        world.market.post(world.requester, request, "")
    assert caught.value.actual is State.OPEN


def test_another_record_is_refused(world):
    _, job_id, job = world.accepted()
    import dataclasses

    with pytest.raises(refusals.JobMismatch, match="read it again"):
        world.market.check(job_id, dataclasses.replace(job, bond=job.bond + 1))


def test_a_wrong_opening_is_refused(world):
    _, job_id, job = world.claimed(b"\x05" * 32, 7)
    with pytest.raises(refusals.SealMismatch, match="don't pay"):
        world.market.approve(world.requester, job_id, job, b"\x05" * 32, 8)


def test_too_late_says_by_how_much(world):
    _, job_id, job = world.accepted()
    world.advance(job.run_for + 10)
    with pytest.raises(refusals.TooLate, match=r"too late by \d+ s of chain time"):
        world.market.release(world.provider, job_id, job)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x01",
        b"\xde\xad\xbe\xef" + b"\0" * 32,
        bytes.fromhex("08c379a0"),
        bytes.fromhex("08c379a0") + b"\xff" * 64,
        bytes.fromhex("4e487b71"),
        Abi(artifact("Market").abi).errors["TooEarly"].selector + b"\0",
        Abi(artifact("Market").abi).errors["NotAllowed"].selector + b"\xff" * 64,
    ],
)
def test_data_that_no_sound_contract_returns_is_still_one_error(data):
    error = _explain(data)
    assert isinstance(error, Reverted)
    assert str(error).isprintable()


def test_a_reason_string_is_shown_bounded_and_printable():
    data = bytes.fromhex("08c379a0") + encode([{"type": "string"}], ["\x1b[31m" + "x" * 9_999], "")
    message = str(_explain(data))
    assert message.isprintable()
    assert len(message) < 400


def test_a_state_beyond_the_known_ones_does_not_break_the_message():
    shape = Abi(artifact("Market").abi).errors["WrongState"]
    error = _explain(shape.selector + encode(shape.inputs, [b"\0" * 32, 1, 200], ""))
    assert "in state 200" in str(error)


def _accept(world, **changes):
    return world.market.accept(world.provider, world.posted(**changes))
