"""What a deployment consists of, what it needs of a chain, and what it costs there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from workbond.chain import evm, fees, rules
from workbond.chain.abi import Abi, encode
from workbond.chain.answers import CallReverted, NodeRefused
from workbond.chain.artifacts import artifact
from workbond.chain.connection import Connection
from workbond.chain.reverts import explain
from workbond.chain.transactions import too_poor, with_margin
from workbond.chain.types import address as checked
from workbond.deployments import require_plain_token
from workbond.errors import ChainError, UsageError
from workbond.money import AMOUNT_MAX

DEFAULT_COOLDOWN_S = 7 * 86_400
LOCAL_COOLDOWN_S = 60  # long enough to be seen, short enough to be waited for
DEFAULT_SUPPLY = 10**9 * 10**18
DEFAULT_SEAT_STAKE = 100 * 10**18  # a seat's penalty is five fees: far below it

# Gas of a creation, from the yellow paper and EIP-2028, 3860: transaction and CREATE, bytes of
# calldata, words of creation code, bytes of the contract.
_CREATE_GAS, _ZERO_GAS, _BYTE_GAS, _WORD_GAS, _CODE_GAS = 53_000, 4, 16, 2, 200
_ANYWHERE = "0x00000000000000000000000000000000000000bb"  # where an estimate assumes a contract


@dataclass(frozen=True)
class Terms:
    """What to deploy: a `WorkToken` whose `supply` goes to `recipient`, a market paid in it, and a
    committee for the market's disputes, whose verifiers stake at least `seat_stake`.

    With `token`, an ERC-20 that is there already, no token is made.

    Raises:
        UsageError: something is out of range.
    """

    recipient: str
    supply: int = DEFAULT_SUPPLY
    cooldown_s: int = DEFAULT_COOLDOWN_S
    token: str | None = None
    seat_stake: int = DEFAULT_SEAT_STAKE

    def __post_init__(self) -> None:
        if not 0 <= self.cooldown_s <= rules.MAX_COOLDOWN_S:
            raise UsageError(
                f"a cooldown of {self.cooldown_s} s is out of range: choose 0 to "
                f"{rules.MAX_COOLDOWN_S}"
            )
        if not 0 < self.supply <= AMOUNT_MAX:
            raise UsageError(
                f"a supply of {self.supply} base units is out of range: choose 1 to 2^96 - 1"
            )
        if not 0 < self.seat_stake <= AMOUNT_MAX:
            raise UsageError(
                f"a least stake of {self.seat_stake} base units is out of range: choose 1 to "
                "2^96 - 1"
            )
        checked(self.recipient)
        if self.token is not None:
            checked(self.token)

    @property
    def contracts(self) -> list[str]:
        """The names of what is made, each after what it is made for."""
        return [*(["WorkToken"] if self.token is None else []), "Market", "Committee"]

    @property
    def present(self) -> dict[str, str]:
        """What is there before: the token, under the name of the one that it stands for."""
        return {} if self.token is None else {"WorkToken": checked(self.token)}

    def args(self, name: str, at: Mapping[str, str]) -> list[Any] | None:
        """The constructor arguments of `name`, where others stand `at` these addresses; None if
        the one it is made for does not yet."""
        if name == "WorkToken":
            return [checked(self.recipient), self.supply]
        needed = _MADE_FOR[name]
        if needed not in at:
            return None
        own = {"Market": self.cooldown_s, "Committee": self.seat_stake}
        return [checked(at[needed]), own[name]]


_MADE_FOR = {"Market": "WorkToken", "Committee": "Market"}


@dataclass(frozen=True)
class Made:
    """What an interrupted run left: contracts `at` their addresses, a token that was there before
    included, and those whose transactions are sent."""

    at: Mapping[str, str] = field(default_factory=dict)
    sent: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Estimate:
    """What a deployment costs: estimated `gas` of each creation, and the most they may cost in wei.

    `most` covers the margin for gas, doubled base fees and a rollup's data fee; `likely` is what
    it would be at today's prices.
    """

    gas: dict[str, int]
    most: int
    likely: int


NOTHING_MADE = Made()


def creation_code(name: str, args: Sequence[Any]) -> bytes:
    """Creation bytecode of the shipped contract `name` with its encoded constructor arguments."""
    shipped = artifact(name)
    return shipped.bytecode + encode(Abi(shipped.abi).constructor, args, f"constructor of {name}")


def estimate(
    connection: Connection,
    deployer: str,
    terms: Terms,
    made: Made = NOTHING_MADE,
) -> Estimate:
    """What is still to be paid, after an interrupted run that `made` some of it.

    Raises:
        ChainError: the chain can't take the contracts, the deployer can't pay, or a transaction may
            cost more than the connection allows.
    """
    evm.require(connection)
    if terms.token is not None:
        require_plain_token(connection, terms.token)
    at = {**terms.present, **made.at}
    head = connection.block()
    codes, gas = {}, {}
    for name in terms.contracts:
        if name in made.sent:
            continue
        args, assumed = terms.args(name, at), None
        if args is None:
            assumed = _ANYWHERE
            args = terms.args(name, {_MADE_FOR[name]: assumed})
        assert args is not None
        codes[name] = code = creation_code(name, args)
        least = _least_gas(name, code)
        if least > head.gas_limit:
            raise _no_room(connection, name, least, head.gas_limit)
        gas[name] = _estimate(connection, deployer, name, code, assumed) or least * 11 // 10
    price = fees.price(connection, head)
    data_fee = sum(fees.data_fee(connection, code) for code in codes.values())
    limits = [with_margin(units, head.gas_limit) for units in gas.values()]
    for limit in limits:
        fees.require_payable(connection, limit, price)
    most = sum(limits) * price.per_gas
    most += 2 * data_fee
    if connection.balance(deployer) < most:
        raise too_poor(connection, deployer, most)
    return Estimate(gas, most, sum(gas.values()) * price.likely + data_fee)


def _least_gas(name: str, code: bytes) -> int:
    """What the creation takes on any EVM, without running its constructor."""
    zeros = code.count(0)
    calldata = zeros * _ZERO_GAS + (len(code) - zeros) * _BYTE_GAS
    words = (len(code) + 31) // 32
    runtime = len(artifact(name).deployed_bytecode)
    return _CREATE_GAS + calldata + words * _WORD_GAS + runtime * _CODE_GAS


def _estimate(
    connection: Connection, deployer: str, name: str, code: bytes, assumed: str | None
) -> int | None:
    """The node's estimate; None if it can't assume the contract `assumed`."""
    try:
        return connection.estimate_gas(None, code, sender=deployer, as_if_code_at=assumed)
    except CallReverted as refusal:
        if assumed is not None:
            return None
        raise explain(refusal) from refusal
    except NodeRefused as refusal:
        reason = refusal.reason.lower()
        if "insufficient funds" in reason:
            raise too_poor(connection, deployer, 0) from refusal
        if "gas" in reason or "size" in reason:
            raise ChainError(
                f"the RPC at {connection.label} won't create {name} ({refusal.reason}): its chain "
                "or its own limits allow too little for the contract; use another RPC or chain"
            ) from refusal
        if assumed is not None:
            return None
        raise


def _no_room(connection: Connection, name: str, least: int, limit: int) -> ChainError:
    return ChainError(
        f"chain {connection.chain_id} can't take a deployment: {name} needs at least {least} gas "
        f"to be created, and its blocks hold {limit}: choose another chain"
    )
