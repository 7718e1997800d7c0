"""Putting a token, a market and a committee on a chain.

`workbond.chain.creation` says what that costs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

from workbond.chain import evm
from workbond.chain.connection import Connection
from workbond.chain.creation import (
    DEFAULT_COOLDOWN_S,
    DEFAULT_SEAT_STAKE,
    DEFAULT_SUPPLY,
    LOCAL_COOLDOWN_S,
    Made,
    Terms,
    creation_code,
)
from workbond.chain.token import Token
from workbond.chain.transactions import Receipt, Signed, Signer, send
from workbond.deploymentfile import PLAIN_TOKEN, Deployed, Deployment, described
from workbond.deployments import require_plain_token
from workbond.errors import ChainError, UsageError, WorkbondError

__all__ = [
    "DEFAULT_COOLDOWN_S",
    "DEFAULT_SEAT_STAKE",
    "DEFAULT_SUPPLY",
    "LOCAL_COOLDOWN_S",
    "deploy",
    "unfinished",
]

CONTRACTS = ("WorkToken", "Market", "Committee")
CONFIRMATIONS = 2  # blocks to wait for where others build them; a local chain needs one


class Log(Protocol):
    """Remembers what `deployer` sent (`workbond.deploymentlog`)."""

    @property
    def deployer(self) -> str | None: ...

    def sent(self, contract: str) -> list[Signed]: ...

    def add(self, contract: str, deployer: str, signed: Signed) -> None: ...


class _NoLog:
    deployer = None

    def sent(self, contract: str) -> list[Signed]:
        return []

    def add(self, contract: str, deployer: str, signed: Signed) -> None:
        pass


def unfinished(connection: Connection, deployer: str, terms: Terms, log: Log) -> Made:
    """What an interrupted run of the same deployment has sent.

    Raises:
        UsageError: that run was another deployment: other terms, or another account's.
    """
    if log.deployer not in (None, deployer):
        raise UsageError(
            f"account {log.deployer} began a deployment on this chain that is not finished: go on "
            "with that one, or begin another one with --replace"
        )
    at, sent = terms.present, set[str]()
    for name in CONTRACTS:
        for signed in log.sent(name):
            if not _creates(signed, name, terms, at):
                raise UsageError(
                    "an interrupted deployment on this chain had other options: repeat it with "
                    "those, or begin another one with --replace"
                )
            receipt = connection.receipt(signed.hash)
            if receipt is None and connection.knows_transaction(signed.hash):
                sent.add(name)
            elif receipt is not None and receipt.succeeded:
                sent.add(name)
                at.setdefault(name, str(receipt.contract))
    return Made(at, frozenset(sent))


def _creates(signed: Signed, name: str, terms: Terms, at: Mapping[str, str]) -> bool:
    """Whether the transaction carries just the creation code of these terms."""
    args = terms.args(name, at) if name in terms.contracts else None
    return args is not None and creation_code(name, args) in signed.raw


def deploy(
    connection: Connection,
    signer: Signer,
    *,
    recipient: str,
    supply: int = DEFAULT_SUPPLY,
    cooldown_s: int = DEFAULT_COOLDOWN_S,
    token: str | None = None,
    seat_stake: int = DEFAULT_SEAT_STAKE,
    confirmations: int = 1,
    log: Log | None = None,
    tell: Callable[[str], None] = lambda line: None,
) -> Deployment:
    """Deploys a `WorkToken` (unless `token` names another ERC-20), a `Market` paid in it, and a
    `Committee` that judges its disputes.

    Args:
        seat_stake: the least that a verifier of the committee must stake.
        confirmations: blocks to wait for at the end, the committee's own included.
        log: remembers what was sent, so that an interrupted deployment can go on.
        tell: gets a line of news for people.

    Returns:
        The record to save (`workbond.deployments.save`).
    """
    terms = Terms(recipient, supply, cooldown_s, token, seat_stake)
    log = log or _NoLog()
    unfinished(connection, signer.address, terms, log)
    evm.require(connection)

    def create(name: str, blocks: int) -> Receipt:
        args = terms.args(name, at)
        assert args is not None, "contracts are made in order"
        receipt = send(
            connection,
            signer,
            None,
            creation_code(name, args),
            confirmations=blocks,
            sent=log.sent(name),
            before_sending=lambda signed: log.add(name, signer.address, signed),
        )
        if receipt.contract is None:
            raise ChainError(f"the deployment of {name} made no contract: check the RPC")
        tell(f"{name} is at {receipt.contract}")
        return receipt

    if terms.token is not None:
        require_plain_token(connection, terms.token)
    at, made = terms.present, dict[str, Receipt]()
    for name in terms.contracts:
        try:
            made[name] = create(name, confirmations if name == terms.contracts[-1] else 1)
        except WorkbondError as error:
            if made:
                error.args = (f"{error}. {_how_to_go_on(made)}", *error.args[1:])
            raise
        at[name] = str(made[name].contract)

    def record(name: str) -> Deployed:
        return _record(connection, name, terms.args(name, at) or [], made[name], signer.address)

    block = made["Market"].block_number
    if terms.token is not None:
        paid_in = _plain(connection, at["WorkToken"], at["Market"], block)
    else:
        paid_in = record("WorkToken")
    market = record("Market")
    made_at = connection.block(market.block).timestamp
    return Deployment(
        chain_id=connection.chain_id,
        genesis_hash="0x" + connection.genesis_hash.hex(),
        date=datetime.fromtimestamp(made_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        token=paid_in,
        market=market,
        committee=record("Committee"),
    )


def _how_to_go_on(made: Mapping[str, Receipt]) -> str:
    there = ", ".join(f"{name} is at {receipt.contract}" for name, receipt in made.items())
    token = made.get("WorkToken")
    elsewhere = "" if token is None else f", elsewhere with --token {token.contract}"
    return f"{there}: `workbond deploy` with the same options goes on{elsewhere}"


def _record(
    connection: Connection, name: str, args: list[Any], receipt: Receipt, deployer: str
) -> Deployed:
    """The record of a creation, whose block may be another one by now than when it was mined."""
    now = connection.receipt(receipt.tx_hash)
    if now is None or not now.succeeded or now.contract is None:
        raise ChainError(
            f"the chain replaced the block that created {name}: repeat the command, which goes on"
        )
    return described(
        name,
        args,
        address=now.contract,
        block=now.block_number,
        tx="0x" + now.tx_hash.hex(),
        block_hash="0x" + now.block_hash.hex(),
        deployer=deployer,
    )


def _plain(connection: Connection, token: str, market: str, block: int) -> Deployed:
    """A token that was there before.

    Its transfers matter from the market's first block on, unless somebody paid that address before:
    then nobody knows from when on, and all must be read.
    """
    paid_before = Token(connection, token).balance(market, block)
    return Deployed(PLAIN_TOKEN, token, 0 if paid_before else block)
