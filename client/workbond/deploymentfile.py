"""What `deployments/<chain-id>.json` says, and how it is written down.

Format 2 records enough to verify the source on a block explorer: for each contract its address,
creation transaction and block, deployer, constructor arguments (by name and ABI-encoded), fully
qualified name, compiler version and settings, licence and ABI. Numbers of the arguments are decimal
strings. Format 1, which older versions wrote, is read too; so is a file without a committee.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from workbond.chain.abi import Abi, encode
from workbond.chain.artifacts import artifact
from workbond.chain.types import address as checked

FORMAT = 2
OLDEST_FORMAT = 1
PLAIN_TOKEN = "ERC20"  # the name of a token that somebody else deployed
MAX_BLOCK = 2**63
MAX_ARGUMENT_CHARS = 78  # the digits of 2^256
_HASH = re.compile(r"0x[0-9a-f]{64}")
_HEX = re.compile(r"0x([0-9a-f]{2})*")


class NewerFormat(ValueError):
    """Another version wrote the file, and only that one knows how to read it."""


@dataclass(frozen=True)
class Deployed:
    """A contract. `block` is where its events begin; what is not known is None or empty.

    A token that was there before (`name` is `PLAIN_TOKEN`) has an address and a block only.
    """

    name: str
    address: str
    block: int
    tx: str | None = None
    block_hash: str | None = None
    deployer: str | None = None
    args: dict[str, str] = field(default_factory=dict)
    encoded_args: str = ""
    identifier: str = ""
    license: str = ""
    compiler: dict[str, Any] = field(default_factory=dict)
    abi: list[dict[str, Any]] = field(default_factory=list, repr=False)

    @property
    def is_ours(self) -> bool:
        """Whether it was made from the package's bytecode."""
        return self.name != PLAIN_TOKEN


@dataclass(frozen=True)
class Deployment:
    """A token, a market and, unless the file is an older one, a committee on one chain.

    `date` (UTC, RFC 3339) is the market's block's.
    """

    chain_id: int
    genesis_hash: str
    date: str
    token: Deployed
    market: Deployed
    committee: Deployed | None = None

    @property
    def deployer(self) -> str | None:
        return self.market.deployer

    @property
    def contracts(self) -> list[Deployed]:
        """All of them, in the order in which they were made."""
        others = [] if self.committee is None else [self.committee]
        return [self.token, self.market, *others]


def described(name: str, args: Sequence[Any], **place: Any) -> Deployed:
    """The shipped contract `name` with these constructor arguments, at `place`."""
    shipped = artifact(name)
    inputs = Abi(shipped.abi).constructor
    values = [
        checked(v) if c["type"] == "address" else int(v) for c, v in zip(inputs, args, strict=True)
    ]
    return Deployed(
        name=name,
        args={str(c["name"]): str(value) for c, value in zip(inputs, values, strict=True)},
        encoded_args="0x" + encode(inputs, values, f"constructor of {name}").hex(),
        identifier=shipped.identifier,
        license=shipped.license,
        **({"compiler": shipped.compiler} | place),
        abi=shipped.abi,
    )


# ────────────────────────────────── writing ───────────────────────────────────


def to_json(deployment: Deployment, *, with_abi: bool = True) -> dict[str, Any]:
    """The file's content; `with_abi` False leaves out what fills most of it."""
    record = {
        "format": FORMAT,
        "chain_id": deployment.chain_id,
        "genesis_hash": deployment.genesis_hash,
        "date": deployment.date,
        "token": _contract_to_json(deployment.token, with_abi),
        "market": _contract_to_json(deployment.market, with_abi),
    }
    if deployment.committee is not None:
        record["committee"] = _contract_to_json(deployment.committee, with_abi)
    return record


def _contract_to_json(contract: Deployed, with_abi: bool) -> dict[str, Any]:
    place = {"name": contract.name, "address": contract.address, "block_number": contract.block}
    if not contract.is_ours:
        return place
    record = place | {
        "transaction_hash": contract.tx,
        "block_hash": contract.block_hash,
        "deployer": contract.deployer,
        "constructor_arguments": contract.args,
        "encoded_constructor_arguments": contract.encoded_args,
        "contract": contract.identifier,
        "license": contract.license,
        "compiler": contract.compiler,
    }
    return record | ({"abi": contract.abi} if with_abi else {})


# ────────────────────────────────── reading ───────────────────────────────────


def from_json(data: Any) -> Deployment:
    """Reads either format.

    Raises:
        NewerFormat: written by a later version.
        KeyError, TypeError, ValueError, OverflowError, UsageError: damaged.
    """
    version = data["format"]
    if type(version) is not int or version < OLDEST_FORMAT:
        raise ValueError(f"format {version!r:.20}")
    if version > FORMAT:
        raise NewerFormat(f"format {version!r:.20}")
    read = _read_first if version == OLDEST_FORMAT else _read
    return Deployment(
        chain_id=int(data["chain_id"]),
        genesis_hash=str(data["genesis_hash"]),
        date=str(data["date"]) if version > OLDEST_FORMAT else "",
        token=read(data, "token", "WorkToken"),
        market=read(data, "market", "Market"),
        committee=read(data, "committee", "Committee") if "committee" in data else None,
    )


def _read(data: dict[str, Any], role: str, name: str) -> Deployed:
    record = data[role]
    address, block = checked(record["address"]), _block(record["block_number"])
    if role == "token" and record["name"] == PLAIN_TOKEN:
        return Deployed(PLAIN_TOKEN, address, block)
    if record["name"] != name:
        raise ValueError(f"the {role} is a {record['name']!r:.20}")
    args, compiler = record["constructor_arguments"], record["compiler"]
    return Deployed(
        name=name,
        address=address,
        block=block,
        tx=_matching(_HASH, record["transaction_hash"]),
        block_hash=_matching(_HASH, record["block_hash"]),
        deployer=checked(record["deployer"]),
        args={_short(key): _short(value) for key, value in args.items()},
        encoded_args=_matching(_HEX, record["encoded_constructor_arguments"]),
        identifier=str(record["contract"]),
        license=str(record["license"]),
        compiler={"version": str(compiler["version"]), "settings": dict(compiler["settings"])},
        abi=list(record["abi"]),
    )


def _read_first(data: dict[str, Any], role: str, name: str) -> Deployed:
    """Format 1 had the arguments as a list, and the compiler once; the rest is the package's."""
    record, compiler = data[role], data["compiler"]
    shipped = artifact(name).compiler
    same_settings = dict(compiler["settings"]) == shipped["settings"]
    # It named the version without its commit.
    if same_settings and str(shipped["version"]).startswith(f"v{compiler['version']}+"):
        compiler = shipped
    return described(
        name,
        record["args"],
        address=checked(record["address"]),
        block=_block(record["block"]),
        tx=_matching(_HASH, record["tx"]),
        deployer=checked(data["deployer"]),
        compiler={"version": str(compiler["version"]), "settings": dict(compiler["settings"])},
    )


def _block(value: Any) -> int:
    number = int(value)
    if not 0 <= number < MAX_BLOCK:
        raise ValueError(f"block {number!r:.30}")
    return number


def _short(value: Any) -> str:
    if not isinstance(value, str) or len(value) > MAX_ARGUMENT_CHARS:
        raise ValueError(f"{value!r:.30} is no constructor argument")
    return value


def _matching(form: re.Pattern[str], value: Any) -> str:
    if not isinstance(value, str) or not form.fullmatch(value):
        raise ValueError(f"{value!r:.30} is not hexadecimal of the right length")
    return value
