"""Accounts with code of their own: what they answer to ERC-1271's question, as code and as rules.

All are for one owner, whose key they know. To whatever else they are sent they take as `target ‖
calldata`, and pass it on: so they act like anybody. An account with delegated code (EIP-7702) is
such code at the address of a key.
"""

from collections.abc import Callable
from dataclasses import dataclass

from .keys import recover

MAGIC = bytes.fromhex("1626ba7e")  # isValidSignature(bytes32,bytes), and the answer for yes
OPCODES = {
    "stop": 0x00, "add": 0x01, "sub": 0x03, "mod": 0x06, "and": 0x16, "lt": 0x10, "eq": 0x14,
    "iszero": 0x15, "shr": 0x1C, "calldataload": 0x35, "calldatasize": 0x36, "calldatacopy": 0x37,
    "returndatasize": 0x3D, "returndatacopy": 0x3E, "timestamp": 0x42, "mload": 0x51,
    "mstore": 0x52, "sstore": 0x55, "jump": 0x56, "jumpi": 0x57, "gas": 0x5A, "call": 0xF1,
    "return": 0xF3, "staticcall": 0xFA, "revert": 0xFD,
}  # fmt: skip


def assemble(source: str) -> bytes:
    """Opcodes by name; `0x…` and numbers are pushed; `name:` is a place to jump to, `@name` pushes
    it."""
    code, places, jumps = bytearray(), {}, {}
    for word in source.split():
        if word.endswith(":"):
            places[word[:-1]] = len(code)
            code.append(0x5B)
        elif word.startswith("@"):
            jumps[len(code) + 1] = word[1:]
            code += bytes([0x61, 0, 0])
        elif word in OPCODES:
            code.append(OPCODES[word])
        else:
            number = int(word, 0)
            size = max(1, (number.bit_length() + 7) // 8)
            code += bytes([0x5F + size]) + number.to_bytes(size, "big")
    for at, name in jumps.items():
        code[at : at + 2] = places[name].to_bytes(2, "big")
    return bytes(code)


# Arguments of an opcode are pushed last to first.
FORWARD = """
    0 calldataload 224 shr 0x1626ba7e eq @asked jumpi
    20 calldatasize sub 20 0 calldatacopy
    0 0 20 calldatasize sub 0 0 0 calldataload 96 shr gas call
    returndatasize 0 0 returndatacopy
    @done jumpi
    returndatasize 0 revert
    done: returndatasize 0 return
    asked:
"""
# The signature is 65 bytes, and the precompile finds the owner's key in it.
CHECK = """
    68 calldataload 65 eq iszero @no jumpi
    4 calldataload 0 mstore
    164 calldataload 248 shr 32 mstore
    100 calldataload 64 mstore
    132 calldataload 96 mstore
    0 128 mstore
    32 128 128 0 1 gas staticcall iszero @no jumpi
    128 mload {owner} eq iszero @no jumpi
"""
MAGIC_WORD = "0x1626ba7e" + "00" * 28
YES = f"{MAGIC_WORD} 0 mstore 32 0 return"
NO = "no: 0 0 mstore 32 0 return"

Rule = Callable[[bool, int], bool]  # (the owner's key signed, timestamp) to accepted


@dataclass(frozen=True)
class Wallet:
    """What a wallet answers, and what the market should make of it."""

    answer: str  # source of the code behind the question
    accepts: Rule

    def code(self, owner: str) -> bytes:
        return assemble(FORWARD + self.answer.format(owner=owner))


WALLETS = {
    "honest": Wallet(f"{CHECK} {YES} {NO}", lambda signed, now: signed),
    # Much is returned behind the one word that is read.
    "talkative": Wallet(
        CHECK + f"{MAGIC_WORD} 0 mstore 0x8000 0 return " + NO, lambda signed, now: signed
    ),
    "careless": Wallet(YES, lambda signed, now: True),
    "fickle": Wallet(f"2 timestamp mod @no jumpi {YES} {NO}", lambda signed, now: now % 2 == 0),
}
HOSTILE = {
    "says one": "1 0 mstore 32 0 return",
    "says less than a word": f"{MAGIC_WORD} 0 mstore 31 0 return",
    "says nothing": "stop",
    "says more than yes": f"0x1626ba7e{'00' * 27}01 0 mstore 32 0 return",
    "says yes in the low bytes": "0x1626ba7e 0 mstore 32 0 return",
    "reverts with yes": f"{MAGIC_WORD} 0 mstore 32 0 revert",
    "burns all gas": "loop: @loop jump",
    "breaks": "0xfe jump",
    "says a great deal of nothing": "0x20000 0 return",
    "writes first": f"1 0 sstore {YES}",
}
for name, answer in HOSTILE.items():
    WALLETS[name] = Wallet(answer, lambda signed, now: False)


@dataclass(frozen=True)
class Account:
    """A wallet at an address, of an owner."""

    address: str
    kind: str
    owner: str  # address of the key that it obeys

    @property
    def code(self) -> bytes:
        return WALLETS[self.kind].code(self.owner)

    def accepts(self, digest: bytes, signature: bytes, now: int) -> bool:
        """What the market should make of the wallet's answer."""
        signed = len(signature) == 65 and recover(digest, signature) == self.owner
        return WALLETS[self.kind].accepts(signed, now)
