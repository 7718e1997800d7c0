"""Providers announce themselves by an event."""

from hashlib import sha256

import pytest
from chainkit import event, out_of_range, send


@pytest.mark.parametrize("length", [2, 600, 4096])
def test_a_card_travels_in_the_event(market, provider, length):
    card = b"{" + b" " * (length - 2) + b"}"
    said = event(send(market.announce, card, by=provider), "CardAnnounced")
    assert (said["account"], said["json"]) == (provider, "0x" + card.hex())
    assert said["card"] == "0x" + sha256(card).hexdigest()


@pytest.mark.parametrize("length", [0, 1, 4097])
def test_a_card_has_2_to_4096_bytes(market, provider, length):
    with out_of_range("card", length, 2, 4096):
        send(market.announce, b"x" * length, by=provider)


def test_anybody_may_announce(market, stranger):
    assert event(send(market.announce, b"{}", by=stranger), "CardAnnounced")["account"] == stranger
