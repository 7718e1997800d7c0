"""What `provider run`, `why` and `status` share: terms from the settings, the node's place."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbond.cli.options import Settings
from workbond.cli.output import note, printable
from workbond.errors import UsageError

if TYPE_CHECKING:
    from workbond.provider.statusfile import NodeStatus
    from workbond.provider.terms import Terms

SECTIONS = {
    "What a job must offer": ("min_price", "min_flat", "max_lock"),
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


def make_terms(given: dict[str, Any]) -> Terms:
    """The terms that the settings' values come to on this machine."""
    from workbond.provider import machine
    from workbond.provider.terms import Terms

    return Terms(
        cores=given["cores"] or machine.available_cores(),
        memory_bytes=given["max_memory"] or machine.default_memory_bytes(),
        min_price=given["min_price"] or 0,
        min_flat=given["min_flat"],
        download_bytes=given["max_download"],
        output_bytes=given["max_output"],
        units_per_second=given["units_per_second"],
        lock_s=given["max_lock"],
        region=given["region"],
    )


def last_status(home: Path) -> NodeStatus | None:
    """What the node there says of itself; None, with a note, if that can't be read."""
    from workbond.provider.statusfile import read

    try:
        return read(home)
    except UsageError as error:
        note(f"Note: {printable(error)}")
        return None


def node_home(settings: Settings, address: str) -> Path:
    """The directory of the node of account `address`."""
    return settings.home / "provider" / address.lower()
