"""Calldata that is no struct is refused, so that a digest names one order only."""

import pytest
from chainkit import raw_reverts
from eth_abi import encode
from orders import (
    OFFER_TYPE,
    REQUEST_TYPE,
    members,
    offer_tuple,
    request_tuple,
)

NARROW = [
    pytest.param(type_string, place, kind, id=f"{type_string.partition('(')[0]}.{name}")
    for type_string in (REQUEST_TYPE, OFFER_TYPE)
    for place, (kind, name) in enumerate(members(type_string))
    if kind != "bytes32"
]


def kinds(type_string):
    return [kind for kind, _ in members(type_string)]


def encoded(type_string, values):
    return encode(kinds(type_string), values)


def dirty(words, place, kind):
    """`words` with a bit set beyond the type of the word at `place`: the lowest, the highest."""
    begin = 32 * place
    word = int.from_bytes(words[begin : begin + 32], "big")
    for bit in (160 if kind == "address" else int(kind.removeprefix("uint")), 255):
        changed = (word | 1 << bit).to_bytes(32, "big")
        yield words[:begin] + changed + words[begin + 32 :]


def input_of(function, *words):
    return function.signature + b"".join(words).hex()


@pytest.mark.parametrize(("type_string", "place", "kind"), NARROW)
def test_bits_beyond_a_members_type_are_refused(signed, market, stranger, type_string, place, kind):
    job = signed()
    if type_string == REQUEST_TYPE:
        view, words = market.jobId, encoded(REQUEST_TYPE, request_tuple(job.request))
    else:
        view, words = market.offerDigest, encoded(OFFER_TYPE, offer_tuple(job.offer))
    assert raw_reverts(market, input_of(view, words), stranger) is None
    for wrong in dirty(words, place, kind):
        assert raw_reverts(market, input_of(view, wrong), stranger) == b""


def test_every_call_with_a_fresh_order_looks_at_them(signed, market, requester, provider, stranger):
    """The tips' word of the request, that of maxJobs in the offer."""
    job = signed()
    request = encoded(REQUEST_TYPE, request_tuple(job.request))
    offer = encoded(OFFER_TYPE, offer_tuple(job.offer))
    bad_request = next(dirty(request, 12, "uint96"))
    bad_offer = next(dirty(offer, 15, "uint32"))
    signature, other = ([word] for word in (job.signature, job.offer_signature))

    def tails(head, *values):
        """Offsets of dynamic values behind `head` bytes, and the values."""
        kinds = ["bytes" if isinstance(value, bytes) else "bytes32[]" for value in values]
        offsets, data, place = [], b"", head
        for kind, value in zip(kinds, values, strict=True):
            tail = encode([kind], [value])[32:]
            offsets.append(place.to_bytes(32, "big"))
            data += tail
            place += len(tail)
        return offsets, data

    def filled(words):
        offsets, data = tails(800 + 64, signature[0], [])
        return [words, *offsets, data]

    def claimed(words):
        offsets, data = tails(800 + 96, signature[0])
        return [words, *offsets, bytes(64), data]

    def matched(words, offered):
        (first, second, third), data = tails(1_536, signature[0], other[0], [])
        return [words, first, offered, second, third, data]

    def posted(words):
        offsets, data = tails(800 + 32, b"")
        return [words, *offsets, data]

    for function, who, right, *wrong in (
        (market.fill, provider, filled(request), filled(bad_request)),
        (market.fillAndClaim, provider, claimed(request), claimed(bad_request)),
        (market.post, requester, posted(request), posted(bad_request)),
        (market.cancel, requester, [request], [bad_request]),
        (market.cancelOffer, provider, [offer], [bad_offer]),
        (
            market.matchOrders,
            stranger,
            matched(request, offer),
            matched(bad_request, offer),
            matched(request, bad_offer),
        ),
    ):
        assert raw_reverts(market, input_of(function, *right), who) is None
        for words in wrong:
            assert raw_reverts(market, input_of(function, *words), who) == b""
