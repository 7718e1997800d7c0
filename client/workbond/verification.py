"""Proving what stands at a deployment's addresses: here, and on a block explorer.

A contract's creation transaction carries its creation bytecode and the ABI-encoded constructor
arguments. Whoever compiles the same sources with the same settings gets the same bytes: `check`
compares them with what the chain has, and `export` hands an explorer what it needs to do so too.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from workbond.chain.artifacts import artifact, standard_input
from workbond.chain.committee import Committee
from workbond.chain.connection import Connection
from workbond.chain.market import Market
from workbond.deploymentfile import Deployed, Deployment, described
from workbond.errors import UsageError

ETHERSCAN_LICENSES = {"MIT": "3"}  # Etherscan's and Blockscout's numbers
GUIDE = "README.md"


@dataclass(frozen=True)
class Check:
    """One thing that was compared; `detail` says what was found."""

    contract: str
    what: str
    passed: bool
    detail: str


# ──────────────────────────────── on the chain ────────────────────────────────


def check(connection: Connection, deployment: Deployment) -> list[Check]:
    """Compares the record with the chain and the package; `deployment` needn't be checked before.

    Raises:
        ChainError: the node fails.
    """
    genesis = "0x" + connection.genesis_hash.hex()
    found = [Check("chain", "genesis block", genesis == deployment.genesis_hash, genesis)]
    for contract in deployment.contracts:
        found += _check_contract(connection, contract)
    if all(item.passed for item in found if item.contract == "Market"):
        found += _check_market(connection, deployment)
    if all(item.passed for item in found if item.contract == "Committee"):
        found += _check_committee(connection, deployment)
    return found


def _check_contract(connection: Connection, contract: Deployed) -> Iterator[Check]:
    name = contract.name
    code = connection.code(contract.address)
    size = f"{len(code):,} bytes at {contract.address}"
    if not contract.is_ours:
        yield Check(name, "contract", bool(code), size)
        return
    shipped = artifact(name)
    yield Check(name, "runtime code", shipped.runtime_matches(code), size)
    recorded = (contract.compiler, contract.identifier, contract.license, contract.abi)
    packaged = (shipped.compiler, shipped.identifier, shipped.license, shipped.abi)
    version = str(contract.compiler.get("version", ""))
    yield Check(name, "compiler settings and ABI", recorded == packaged, version)
    yield from _check_creation(connection, contract)


def _check_creation(connection: Connection, contract: Deployed) -> Iterator[Check]:
    """The creation transaction: that it made this address, and of what."""
    name, tx_hash = contract.name, bytes.fromhex(str(contract.tx)[2:])
    sent, receipt = connection.transaction(tx_hash), connection.receipt(tx_hash)
    if sent is None or receipt is None:
        yield Check(name, "creation transaction", False, f"{contract.tx} is not on the chain")
        return
    block_hash = "0x" + receipt.block_hash.hex()
    right = (
        receipt.succeeded
        and receipt.contract == contract.address
        and sent.to is None
        and sent.sender == contract.deployer
        and receipt.block_number == contract.block
        and contract.block_hash in (None, block_hash)
    )
    yield Check(name, "creation transaction", right, f"in block {receipt.block_number}")
    bytecode = artifact(name).bytecode
    used = sent.data[len(bytecode) :]
    yield Check(
        name, "creation bytecode", sent.data.startswith(bytecode), f"{len(bytecode):,} bytes"
    )
    same = "0x" + used.hex() == contract.encoded_args and _are_encoded(contract)
    stated = ", ".join(f"{key} {value}" for key, value in contract.args.items())
    yield Check(name, "constructor arguments", same, stated)


def _are_encoded(contract: Deployed) -> bool:
    """Whether the arguments that people read are the encoded ones."""
    try:
        again = described(
            contract.name, list(contract.args.values()), address=contract.address, block=0
        )
    except (ValueError, UsageError):
        return False
    return (again.args, again.encoded_args) == (contract.args, contract.encoded_args)


def _check_market(connection: Connection, deployment: Deployment) -> Iterator[Check]:
    market = Market(connection, deployment.market.address)
    args = deployment.market.args
    stated = (args.get("token_"), args.get("cooldown_"))
    held = (market.token_address, str(market.cooldown_s))
    paid_in = market.token_address == deployment.token.address
    yield Check("Market", "token and cooldown", held == stated and paid_in, " ".join(held))


def _check_committee(connection: Connection, deployment: Deployment) -> Iterator[Check]:
    if deployment.committee is None:
        return
    committee = Committee(connection, deployment.committee.address)
    args = deployment.committee.args
    stated = (args.get("market_"), args.get("minStake_"))
    held = (committee.market_address, str(committee.min_stake))
    ours = committee.market_address == deployment.market.address
    yield Check("Committee", "market and least stake", held == stated and ours, " ".join(held))


# ────────────────────────────── for an explorer ───────────────────────────────


def export(deployment: Deployment, directory: Path) -> list[Path]:
    """Writes what an explorer asks for into `directory`; returns the files, the guide first.

    People paste from the guide into a shell, and the record may be a stranger's: all but its
    addresses, hashes and hexadecimal arguments is taken from the package.

    Raises:
        UsageError: it can't be written.
    """
    ours = [c for c in deployment.contracts if c.is_ours]
    files = {GUIDE: _guide(deployment, ours)}
    for contract in ours:
        shipped, source = artifact(contract.name), standard_input(contract.name)
        files[f"{contract.name}.standard-input.json"] = source
        # As the explorers want it: without 0x, and nothing behind it.
        files[f"{contract.name}.constructor-arguments.txt"] = contract.encoded_args[2:]
        files[f"{contract.name}.sourcify.json"] = json.dumps(
            {
                "stdJsonInput": json.loads(source),
                "compilerVersion": str(shipped.compiler["version"]).removeprefix("v"),
                "contractIdentifier": shipped.identifier,
                "creationTransactionHash": contract.tx,
            }
        )
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (directory / name).write_text(text, "utf-8")
    except OSError as error:
        raise UsageError(
            f"can't write to {directory} ({error.strerror}): choose another --out"
        ) from error
    return [directory / name for name in files]


def _guide(deployment: Deployment, contracts: list[Deployed]) -> str:
    parts = [_GUIDE_HEAD.format(chain=deployment.chain_id)]
    for contract in contracts:
        shipped = artifact(contract.name)
        parts.append(
            _GUIDE_CONTRACT.format(
                name=shipped.name,
                chain=deployment.chain_id,
                address=contract.address,
                identifier=shipped.identifier,
                version=shipped.compiler["version"],
                license=shipped.license,
                number=ETHERSCAN_LICENSES[shipped.license],
                spdx=shipped.license.lower(),
            )
        )
    return "\n".join(parts)


_GUIDE_HEAD = """\
# Verifying the source of Workbond's contracts on chain {chain}

A block explorer compiles the sources again and compares the result with the transaction that
created the contract. `*.standard-input.json` is solc's standard JSON input: all sources and
settings. The shipped bytecode carries no metadata hash, so Sourcify reports a "match" and not an
"exact match"; the code is the same to the last byte either way.

By form: choose "Solidity (Standard-Json-Input)" as compiler type, upload the file, and fill in what
the tables below say. By API: run the commands in this directory. `ETHERSCAN_API_KEY` is a key of
your own; `EXPLORER` is the address of the chain's Blockscout. They answer with an id under which
the outcome can be asked for.
"""

_GUIDE_CONTRACT = """\
## {name}

| field | value |
| --- | --- |
| address | `{address}` |
| contract name | `{identifier}` |
| compiler version | `{version}` |
| licence | {license} ({number}) |
| standard JSON input | `{name}.standard-input.json` |
| constructor arguments, ABI-encoded | in `{name}.constructor-arguments.txt` |

Optimizer, EVM version and the rest stand in the standard JSON input.

Etherscan (API V2, one key for all its chains):

```sh
curl "https://api.etherscan.io/v2/api?chainid={chain}" \\
  --data-urlencode module=contract \\
  --data-urlencode action=verifysourcecode \\
  --data-urlencode apikey="$ETHERSCAN_API_KEY" \\
  --data-urlencode codeformat=solidity-standard-json-input \\
  --data-urlencode sourceCode@{name}.standard-input.json \\
  --data-urlencode contractaddress={address} \\
  --data-urlencode contractname={identifier} \\
  --data-urlencode compilerversion={version} \\
  --data-urlencode constructorArguments@{name}.constructor-arguments.txt \\
  --data-urlencode licenseType={number}
```

Blockscout:

```sh
curl "$EXPLORER/api/v2/smart-contracts/{address}/verification/via/standard-input" \\
  --form compiler_version={version} \\
  --form contract_name={identifier} \\
  --form license_type={spdx} \\
  --form autodetect_constructor_args=false \\
  --form constructor_args="$(cat {name}.constructor-arguments.txt)" \\
  --form "files[0]=@{name}.standard-input.json;type=application/json"
```

Sourcify:

```sh
curl https://sourcify.dev/server/v2/verify/{chain}/{address} \\
  --header "Content-Type: application/json" \\
  --data @{name}.sourcify.json
```
"""
