"""`workbond config`: what is set, and where each value comes from."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from workbond.cli.group import OrderedGroup
from workbond.cli.options import json_option
from workbond.cli.output import emit, next_step, say, table
from workbond.errors import UsageError
from workbond.settings.declared import SETTINGS
from workbond.settings.layers import Layers
from workbond.settings.networks import endpoint

if TYPE_CHECKING:
    from workbond.settings.layers import Found
    from workbond.settings.setting import Setting


@click.group(cls=OrderedGroup)
def config() -> None:
    """Show the settings, and where each value comes from.

    A value is taken from the first of these that has it: a flag, the environment, the project's
    file (workbond.toml in this directory or above), your own file, the default.

    \b
    Example:
      workbond config show
    """


@config.command()
@click.argument("name", required=False)
@json_option
def show(name: str | None, json: bool) -> None:
    """Show every setting, or the one called NAME.

    Of URLs only the host is shown, since the rest may be a secret.

    \b
    Examples:
      workbond config show
      workbond config show rpc
      workbond config show --json
    """
    if name is not None and name not in SETTINGS:
        raise UsageError(f"there is no setting {name[:60]!r}: see `workbond config show`")
    layers = Layers()
    chosen = SETTINGS if name is None else {name: SETTINGS[name]}
    found = {key: _found(layers, key) for key in chosen}
    if json:
        emit(
            {
                "settings": {key: _entry(SETTINGS[key], f) for key, f in found.items()},
                "files": [
                    {
                        "layer": file.layer.label,
                        "path": str(file.path),
                        "exists": file.path.is_file(),
                        "ignored": file.why_ignored or None,
                    }
                    for file in layers.files
                ],
            }
        )
        return
    rows = [[key, _shown(SETTINGS[key], f), str(f.origin)] for key, f in found.items()]
    say(table(["setting", "value", "from"], rows))
    for file in layers.files:
        there = file.why_ignored and f"ignored: {file.why_ignored}"
        say(f"{file.layer.label}: {file.path} ({there or _presence(file.path.is_file())})")
    next_step("workbond config networks")


@config.command()
@json_option
def networks(json: bool) -> None:
    """List the networks that --network knows.

    None comes with an RPC of somebody else's: `rpc` under [networks.NAME] in a settings file
    gives one its endpoints, and adds networks of your own.

    \b
    Example:
      workbond config networks
    """
    from workbond.settings.networks import known_networks

    known = known_networks(Layers()).values()
    if json:
        emit(
            [
                {
                    "name": network.name,
                    "chain_id": network.chain_id,
                    "currency": network.currency,
                    "rpc": [_host(url) for url in network.rpc],
                }
                for network in known
            ]
        )
        return
    rows = [
        [n.name, n.chain_id, n.currency, " ".join(map(_host, n.rpc)) or "not set"] for n in known
    ]
    say(table(["network", "chain id", "gas coin", "rpc"], rows, right=["chain id"]))
    next_step("workbond account balance --network NAME")


def _found(layers: Layers, key: str) -> Found:
    """A setting's value; of `rpc` what commands connect to, which may follow from `network`."""
    if key == "rpc":
        with contextlib.suppress(UsageError):  # no such network, or none with an RPC
            return endpoint(layers).rpc
    return layers.find(key)


def _entry(setting: Setting, found: Found) -> dict[str, Any]:
    return {
        "value": _shown(setting, found) if found.value is not None else None,
        "from": found.origin.layer.label,
        "where": found.origin.where or None,
    }


def _shown(setting: Setting, found: Found) -> str:
    if found.value is None:
        return f"({setting.default_shown})"
    if setting.secret:
        return " ".join(map(_host, found.value))
    return setting.shown(found.value)


def _host(url: str) -> str:
    """The part of a URL that holds no key: `https://rpc.example.org/...`."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "(no URL)"
    hidden = parts.username or parts.query or parts.path.strip("/")
    return f"{parts.scheme}://{parts.hostname}{port}" + ("/..." if hidden else "")


def _presence(there: bool) -> str:
    return "read" if there else "not there"
