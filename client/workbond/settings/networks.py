"""Networks by name or chain id, and the RPC endpoints that a command uses.

A few public networks are known by name; none has an endpoint here, since each would be somebody's
service. `[networks.NAME]` in a settings file adds one, or gives a known one its endpoints:

    [networks.sepolia]
    rpc = ["https://rpc.example.org", "https://other.example.org"]

    [networks.devnet]
    chain_id = 4242
    currency = "DEV"
    rpc = "http://127.0.0.1:9545"
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from workbond.chain.defaults import DEFAULT_RPC_URL, GAS_COIN
from workbond.errors import UsageError
from workbond.settings import kinds
from workbond.settings.layers import Found, Layer, Layers, Origin

CHAIN_ID_MAX = 2**63 - 1  # EIP-2294 proposes a bound close to it


@dataclass(frozen=True)
class Network:
    """A chain: `currency` is the symbol of its gas coin, `rpc` what the settings say for it, and
    `rpc_origin` where they do, if they do."""

    name: str
    chain_id: int
    currency: str = GAS_COIN
    rpc: tuple[str, ...] = ()
    rpc_origin: Origin | None = None


# Names as users of wallets know them; ids and symbols from https://chainlist.org's source,
# github.com/ethereum-lists/chains.
KNOWN = {
    network.name: network
    for network in (
        Network("local", 31337, "ETH", (DEFAULT_RPC_URL,)),
        Network("mainnet", 1, "ETH"),
        Network("sepolia", 11155111, "ETH"),
        Network("hoodi", 560048, "ETH"),
        Network("optimism", 10, "ETH"),
        Network("optimism-sepolia", 11155420, "ETH"),
        Network("base", 8453, "ETH"),
        Network("base-sepolia", 84532, "ETH"),
        Network("arbitrum", 42161, "ETH"),
        Network("arbitrum-sepolia", 421614, "ETH"),
        Network("polygon", 137, "POL"),
        Network("polygon-amoy", 80002, "POL"),
        Network("gnosis", 100, "xDAI"),
        Network("gnosis-chiado", 10200, "xDAI"),
    )
}


@dataclass(frozen=True)
class Endpoint:
    """What a command connects to: the URLs in order, and the network they must turn out to be.

    `network` is None where none was named: then any chain will do.
    """

    rpc: Found
    network: Network | None
    network_origin: Origin


def known_networks(layers: Layers) -> dict[str, Network]:
    """All networks by name: the known ones, changed and added to by the settings' files."""
    found = dict(KNOWN)
    for name, tables in layers.networks().items():
        for table, origin in reversed(tables):
            found[name] = _network(name, table, origin, found.get(name))
    return found


def endpoint(layers: Layers, given_rpc: object = None, given_network: object = None) -> Endpoint:
    """Where to connect: `rpc` and `network`, of which the one from the stronger layer decides.

    Raises:
        UsageError: an unknown network, or one without an endpoint.
    """
    rpc, named = layers.find("rpc", given_rpc), layers.find("network", given_network)
    network = None
    if named.value is not None:
        network = _find(named, known_networks(layers))
    if rpc.value is not None and (network is None or rpc.origin.layer <= named.origin.layer):
        return Endpoint(rpc, network, named.origin)
    if network is None:
        return Endpoint(Found((DEFAULT_RPC_URL,), rpc.origin), None, named.origin)
    if network.rpc:
        origin = network.rpc_origin or Origin(Layer.DEFAULT)
        return Endpoint(Found(network.rpc, origin), network, named.origin)
    if rpc.value is not None:
        return Endpoint(rpc, network, named.origin)
    raise UsageError(
        f'no RPC is known for network {network.name}: give --rpc URL, or write rpc = "URL" under '
        f"[networks.{network.name}] in a settings file (see `workbond config show`)"
    )


def _find(named: Found, networks: Mapping[str, Network]) -> Network:
    wanted = str(named.value)
    if wanted in networks:
        return networks[wanted]
    if wanted.isascii() and wanted.isdigit() and len(wanted) < 20:
        chain_id = int(wanted)
        same = (network for network in networks.values() if network.chain_id == chain_id)
        return next(same, Network(wanted, chain_id))
    close = difflib.get_close_matches(wanted, networks, n=1)
    hint = f"did you mean {close[0]}?" if close else f"known are {', '.join(networks)}"
    raise UsageError(f"network ({named.origin}): {wanted[:60]!r} is no network; {hint}")


def _network(name: str, table: Any, origin: Origin, known: Network | None) -> Network:
    """The network of a table, with what is `known` of it where the table says nothing."""
    parsers = {"chain_id": kinds.whole(1, CHAIN_ID_MAX), "currency": kinds.text, "rpc": kinds.words}
    if not isinstance(table, dict):
        raise UsageError(f"{origin}: [networks.{name}] must be a table")
    values: dict[str, Any] = {}
    for key, raw in table.items():
        if key not in parsers:
            raise UsageError(
                f"{origin}: [networks.{name}] has no {key!r:.40}; it takes {', '.join(parsers)}"
            )
        try:
            values[key] = parsers[key](raw)
        except UsageError as error:
            raise UsageError(f"{origin}: [networks.{name}] {key}: {error}") from None
    if "rpc" in values:
        values["rpc_origin"] = origin
    if known is not None:
        if values.get("chain_id", known.chain_id) != known.chain_id:
            raise UsageError(
                f"{origin}: {name} is chain {known.chain_id}, not {values['chain_id']}: choose "
                "another name"
            )
        return replace(known, **values)
    if "chain_id" not in values:
        raise UsageError(f"{origin}: [networks.{name}] needs a chain_id")
    return Network(name, **values)
