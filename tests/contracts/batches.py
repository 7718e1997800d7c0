"""Batches: what their entries are, and what became of them.

An entry's struct is written as changes from the entry before: how many members differ, then the
position and the value of each.
"""

from brownie import web3
from chainkit import rpc
from eth_abi.packed import encode_packed
from orders import JOB_TYPE, OFFER_TYPE, REQUEST_TYPE, ZERO, ZERO32, members

PLACE = 68  # of the first entry in calldata, behind selector, offset and length


def blank(type_string):
    """The struct of zeros, which the first entry of a batch differs from."""
    zeros = {"address": ZERO, "bytes32": ZERO32, "bool": False}
    return {name: zeros.get(kind, 0) for kind, name in members(type_string)}


def width(kind):
    return {"address": 20, "bytes32": 32, "bool": 1}.get(kind) or int(kind[4:]) // 8


def change(type_string, position, value):
    """One member's position and value."""
    return bytes([position]) + encode_packed([members(type_string)[position][0]], [value])


def changes(type_string, before, after, also=()):
    """The members that differ, and those named in `also`."""
    told = [
        change(type_string, position, after[name])
        for position, (_, name) in enumerate(members(type_string))
        if after[name] != before[name] or name in also
    ]
    return bytes([len(told)]) + b"".join(told)


def sized(signature):
    return len(signature).to_bytes(2, "big") + signature


class Matches:
    """The entries of a matchBatch, in the order in which they are added."""

    def __init__(self, *deals):
        self.entries = []
        self._request, self._offer = blank(REQUEST_TYPE), blank(OFFER_TYPE)
        for deal in deals:
            self.add(deal)

    @property
    def data(self):
        return b"".join(self.entries)

    def add(self, deal, signature=None, offer_signature=None, proof=()):
        """Signatures are the parties' keys' unless others are given."""
        signed = deal.signature if signature is None else signature
        again = () if offer_signature is None else ("salt",)
        told = changes(OFFER_TYPE, self._offer, deal.offer, also=again)
        if told != b"\0":
            offered = deal.offer_signature if offer_signature is None else offer_signature
            told += sized(offered)
        request = changes(REQUEST_TYPE, self._request, deal.request)
        proved = bytes([len(proof)]) + b"".join(proof)
        self.entries.append(request + sized(signed) + told + proved)
        self._request, self._offer = dict(deal.request), dict(deal.offer)
        return self


def _claims(entries):
    """`entries` are (job, words behind its record)."""
    record, data = blank(JOB_TYPE), []
    for job, words in entries:
        data.append(job.id + changes(JOB_TYPE, record, job.job) + words)
        record = dict(job.job)
    return data


def submits(*claims):
    """A submitBatch of (job, seal, manifest)."""
    return b"".join(_claims((job, seal + manifest) for job, seal, manifest in claims))


def finalizes(*openings):
    """A finalizeBatch of (job, root, units)."""
    return b"".join(
        _claims((job, root + units.to_bytes(8, "big")) for job, root, units in openings)
    )


# ───────────────────────────────────── outcomes ───────────────────────────────────


def outcomes(tx):
    """Each event of a batch in its order: its name and its job, or what was skipped and why."""
    found = []
    for entry in tx.events:
        told = (entry.name, bytes.fromhex(str(entry["id"])[2:]))
        if entry.name == "EntrySkipped":
            told += (entry["entry"], bytes.fromhex(str(entry["reason"])[2:]))
        found.append(told)
    return found


def skipped(place, job_id, reason):
    return ("EntrySkipped", job_id, place, reason)


def least_gas(data):
    """What a transaction with this calldata (hex) costs before it runs (EIP-7623)."""
    spelled = bytes.fromhex(data[2:])
    tokens = len(spelled) * 4 - 3 * spelled.count(0)
    return 21_000 + 10 * tokens


def send_with_gas(function, *args, by, gas):
    """Sends with so much gas; returns whether it succeeded."""
    call = {"from": str(by), "to": str(function._address), "data": function.encode_input(*args)}
    answer = web3.provider.make_request("eth_sendTransaction", [call | {"gas": hex(gas)}])
    receipt = rpc("eth_getTransactionReceipt", answer["result"])
    return int(receipt["status"], 16) == 1


# ─────────────────────────────── where a batch breaks off ─────────────────────────


class _Reader:
    """Reads a batch as the market does: beyond its end there are zeros."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, size):
        self.at += size
        return (self.data[self.at - size : self.at]).ljust(size, b"\0")

    def number(self, size):
        return int.from_bytes(self.take(size), "big")

    def changes(self, type_string):
        """How many members differ; None if one is not in the struct."""
        kinds = [kind for kind, _ in members(type_string)]
        count = self.number(1)
        for _ in range(count):
            position = self.number(1)
            if position >= len(kinds):
                return None
            self.take(width(kinds[position]))
        return count

    def signature(self):
        self.take(self.number(2))


def breaks_at(data, kind):
    """Place in calldata that BatchMalformed names; None if the batch of `kind` is whole."""
    read = _Reader(data)
    while read.at < len(data):
        if kind == "match":
            begin = read.at
            if read.changes(REQUEST_TYPE) is None:
                return PLACE + begin
            read.signature()
            begin = read.at
            count = read.changes(OFFER_TYPE)
            if count is None:
                return PLACE + begin
            if count:
                read.signature()
                if read.at > len(data):
                    break
            read.take(32 * read.number(1))
        else:
            read.take(32)
            begin = read.at
            if read.changes(JOB_TYPE) is None:
                return PLACE + begin
            read.take(64 if kind == "submit" else 40)
    return PLACE + read.at if read.at > len(data) else None
