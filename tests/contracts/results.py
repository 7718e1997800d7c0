"""Results of jobs by the rules of docs/protocol.md section 6, in plain recursion: trees of leaves
and of chunks, and the packed answers that prove a chunk."""

from hashlib import sha256

from eth_utils import keccak

CHUNK = 16_384
LEAF = (("index", 4), ("class", 1), ("exitCode", 4), ("units", 8), ("outputLen", 8))


def content(length):
    """An output whose every chunk differs; the same bytes as in the shared vectors."""
    return bytes((31 * k + k // 251) % 256 for k in range(length))


def pack_leaf(leaf):
    """89 bytes of a leaf, a dict whose hashes are hex."""
    numbers = b"".join(leaf[name].to_bytes(size, "big") for name, size in LEAF)
    return numbers + bytes.fromhex(leaf["outputDigest"][2:] + leaf["extra"][2:])


def _split(size):
    """The largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1


def _node(left, right):
    digest = keccak(b"\1" + left[0] + _u64(left[1]) + right[0] + _u64(right[1]))
    return digest, left[1] + right[1]


def _u64(value):
    return value.to_bytes(8, "big")


def _root(nodes):
    if len(nodes) == 1:
        return nodes[0]
    split = _split(len(nodes))
    return _node(_root(nodes[:split]), _root(nodes[split:]))


def _path(nodes, index, root):
    """Siblings from the bottom up; `root` gives a subtree's top."""
    if len(nodes) == 1:
        return []
    split = _split(len(nodes))
    if index < split:
        return [*_path(nodes[:split], index, root), root(nodes[split:])]
    return [*_path(nodes[split:], index - split, root), root(nodes[:split])]


def _chunks(output):
    return [output[at : at + CHUNK] for at in range(0, len(output), CHUNK)]


def _chunk_root(chunks):
    if len(chunks) == 1:
        return sha256(b"\0" + chunks[0]).digest()
    split = _split(len(chunks))
    return sha256(b"\1" + _chunk_root(chunks[:split]) + _chunk_root(chunks[split:])).digest()


def digest_of(output):
    return _chunk_root(_chunks(output)) if output else sha256(b"").digest()


def pair(task, chunk):
    """How a demand names a chunk."""
    return task << 32 | chunk


class Result:
    """What a provider knows of its result: root, total and an answer to any demand."""

    def __init__(self, outputs):
        self.outputs = outputs
        self.leaves = [
            pack_leaf(
                {
                    "index": task,
                    "class": task % 3,
                    "exitCode": 0 if task % 3 else 7,
                    "units": 1_000_003 * (task + 1),
                    "outputLen": len(output),
                    "outputDigest": "0x" + digest_of(output).hex(),
                    "extra": "0x" + keccak(bytes([task])).hex(),
                }
            )
            for task, output in enumerate(outputs)
        ]
        self._nodes = [
            (keccak(b"\0" + leaf), int.from_bytes(leaf[9:17], "big")) for leaf in self.leaves
        ]
        self.root, self.units = _root(self._nodes)

    def parts(self, task, chunk):
        """leaf, path, chunk and chunk path of an answer, as a list of bytes."""
        path = b"".join(node + _u64(units) for node, units in _path(self._nodes, task, _root))
        chunks = _chunks(self.outputs[task])
        if chunk >= len(chunks):
            return [self.leaves[task], path, b"", b""]
        proof = b"".join(_path(chunks, chunk, _chunk_root))
        return [self.leaves[task], path, chunks[chunk], proof]

    def answer(self, place, task, chunk):
        """The answer to the demand's pair at `place`."""
        return bytes([place]) + b"".join(self.parts(task, chunk))
