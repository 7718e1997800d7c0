"""What the demo says of who got what, and how its liar lies."""

import pytest

from workbond.chain.abi import Event
from workbond.chunks import output_digest
from workbond.demo.corrupt import spoiled
from workbond.demo.gains import Gain, gains
from workbond.executor.tasks import TaskResult

NAMES = {"0xA": "requester", "0xB": "provider", "0xC": "verifier"}


def _event(name, **args):
    return Event(name, args, "0x0", 1, b"", b"", 0)


def test_amounts_of_one_account_for_one_thing_are_added():
    seat = {"verifier": "0xC", "fee": 7, "penalty": 0}
    told = [_event("SeatSettled", **seat), _event("SeatSettled", **seat)]
    assert gains(told, "0xA", NAMES) == [Gain("verifier", "seats", 14)]


def test_what_is_lost_is_negative_and_what_is_burned_is_nobodys():
    told = [
        _event("ChallengeSettled", challenger="0xD", bond=8, returned=0),
        _event(
            "CaseClosed", requester="0xA", provider="0xB", toRequester=0, toProvider=5, burned=1
        ),
    ]
    found = [(gain.who, gain.amount) for gain in gains(told, "0xA", NAMES)]
    assert found == [("0xD", -8), ("provider", 5), ("", 1)]


def test_amounts_of_nothing_and_other_events_are_left_out():
    told = [_event("JobSettled", provider="0xB", requester="0xA", payment=0, refund=0)]
    assert gains([*told, _event("JobClaimed")], "0xA", NAMES) == []


@pytest.mark.parametrize(("said", "lied"), [(b'{"mm":19}\n', b'{"mm":18}\n'), (b"8", b"9")])
def test_the_liar_changes_one_digit_and_fits_the_digest(tmp_path, said, lied):
    output = tmp_path / "out"
    output.write_bytes(said)
    honest = TaskResult(0, 0, 0, 7, output, len(said), output_digest(said), tmp_path / "log")
    result = spoiled(honest)
    assert output.read_bytes() == lied
    assert (result.digest, result.length) == (output_digest(lied), honest.length)
