"""What `provider run`, `why` and `status` share: terms from the settings, the node's place."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbond.cli.options import Settings

if TYPE_CHECKING:
    from workbond.deployments import Deployment
    from workbond.provider.terms import Terms

SECTIONS = {
    "What a job must offer": ("min_price", "min_flat", "max_lock", "max_bond", "min_demand_fee"),
    "Who may judge results": ("resolvers",),
    "What this machine gives": (
        "cores",
        "max_memory",
        "max_download",
        "max_output",
        "units_per_second",
        "region",
    ),
}


TERMS = tuple(name for names in SECTIONS.values() for name in names)
"""The settings in the table `provider` from which `make_terms` makes the terms."""


_FIELDS = {
    "min_flat": "min_flat",
    "max_download": "download_bytes",
    "max_output": "output_bytes",
    "units_per_second": "units_per_second",
    "max_lock": "lock_s",
    "region": "region",
    "max_bond": "max_bond",
    "min_demand_fee": "min_demand_fee",
    "max_appeal": "max_appeal",
}


def make_terms(given: dict[str, Any], deployment: Deployment | None = None) -> Terms:
    """The terms that the settings' values come to on this machine; what a command does not ask for
    keeps its default. The committee of the `deployment` is admitted."""
    from workbond.chain.types import address
    from workbond.provider import machine
    from workbond.provider.terms import Terms

    committee = None if deployment is None else deployment.committee

    return Terms(
        cores=given["cores"] or machine.available_cores(),
        memory_bytes=given["max_memory"] or machine.default_memory_bytes(),
        min_price=given["min_price"] or 0,
        committee="" if committee is None else committee.address,
        resolvers=frozenset(map(address, given.get("resolvers", ()))),
        **{field: given[name] for name, field in _FIELDS.items() if name in given},
    )


def provider_address(settings: Settings, chosen: dict[str, Any]) -> str:
    """Whose node and stake is meant: the owner's, if the account is its operator."""
    return party(settings, chosen["owner"]) if chosen["owner"] else settings.entry().address


def party(settings: Settings, who: str) -> str:
    """The address that `who` is, or that the account of that name has; no password needed."""
    from workbond.chain.types import address

    return address(who) if who.startswith("0x") else settings.entry(who).address


def node_home(settings: Settings, address: str) -> Path:
    """The directory of the node of account `address`."""
    return settings.home / "provider" / address.lower()
