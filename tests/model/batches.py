"""Many calls in one: an entry that is refused is left out, as if it had never been there.

What is no batch at all is refused whole, so all entries are read before any is performed.
"""

from collections.abc import Callable

from .errors import Refused
from .hashing import job_id
from .orders import SignedOrders
from .packing import Reader, zeros
from .words import Job, Offer, Request


class Batches(SignedOrders):
    """An entry's structs are written as changes from those of the entry before."""

    def match_batch(self, caller: str, entries: bytes) -> None:
        """`match_orders` of each; an offer that stays brings no signature again."""
        reader, read = reader_of(entries), []
        request, offer, offer_signature = zeros(Request), zeros(Offer), b""
        while reader.more:
            request, _ = reader.struct(request)
            signature = reader.take(reader.number(2))
            offer, changed = reader.struct(offer)
            if changed:
                offer_signature = reader.take(reader.number(2))
                reader.require_within()
            proof = tuple(reader.take(32) for _ in range(reader.number(1)))
            reader.require_within()
            read.append((request, signature, offer, offer_signature, proof))
        for number, args in enumerate(read):
            id_ = job_id(self.domain, args[0])
            self.attempt(number, id_, self.match_orders, caller, *args)

    def submit_batch(self, caller: str, entries: bytes) -> None:
        """`submit` of each."""
        for number, (id_, job, seal, manifest) in enumerate(read_claims(entries, 32, 32)):
            self.attempt(number, id_, self.submit, caller, id_, job, seal, manifest)

    def finalize_batch(self, caller: str, entries: bytes) -> None:
        """`finalize` of each."""
        for number, (id_, job, root, units) in enumerate(read_claims(entries, 32, 8)):
            opening = (root, int.from_bytes(units, "big"))
            self.attempt(number, id_, self.finalize, caller, id_, job, *opening)

    def attempt(self, number: int, id_: bytes, call: Callable[..., object], *args: object) -> None:
        try:
            call(*args)
        except Refused as refusal:
            self.emit("EntrySkipped", number, id_, refusal.data)


def reader_of(entries: bytes) -> Reader:
    return Reader(entries, Reader.start)


def read_claims(entries: bytes, *sizes: int) -> list[tuple[bytes, Job, bytes, bytes]]:
    """Id, record, and two more values of these sizes, of each entry."""
    reader, read, job = reader_of(entries), [], zeros(Job)
    while reader.more:
        id_ = reader.take(32)
        job, _ = reader.struct(job)
        first, second = (reader.take(size) for size in sizes)
        reader.require_within()
        read.append((id_, job, first, second))
    return read
