"""What `provider status` and `verifier status` both say of the node itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from workbond.cli.output import note, printable
from workbond.errors import UsageError
from workbond.words import duration, plural

if TYPE_CHECKING:
    from workbond.provider.statusfile import NodeStatus, RpcHealth
    from workbond.verifier.statusfile import VerifierStatus


Said = TypeVar("Said")


def last_said(read: Callable[[Path], Said | None], home: Path) -> Said | None:
    """What the node in `home` said of itself last (`statusfile.read`); None, with a note, if that
    can't be read: a broken file hides nothing else."""
    try:
        return read(home)
    except UsageError as error:
        note(f"Note: {printable(error)}")
        return None


def life_rows(running: bool, node: NodeStatus | VerifierStatus | None, now: int) -> list[list[str]]:
    """Rows (name, text) on whether it runs, at what, and how well it reaches the chain."""
    if node is None:
        return [["node", "running, nothing known of it yet" if running else "none ever ran here"]]
    if not running:
        ago = duration(max(0, now - node.written_at))
        return [["node", f"not running; the last one ended or was killed {ago} ago"]]
    since = duration(max(0, now - node.started_at))
    return [
        ["node", f"running for {since}, process {node.pid}: {printable(node.doing)}"],
        ["RPC", _rpc_words(node.rpc, now)],
    ]


def _rpc_words(rpc: RpcHealth, now: int) -> str:
    seen = (
        f"block {rpc.block:,} of {printable(rpc.label)}, {duration(max(0, now - rpc.seen_at))} ago"
    )
    if not rpc.seen_at:
        seen = f"{printable(rpc.label)} has not answered yet"
    if rpc.failed_tries:
        seen += f"; failing since, {rpc.failed_tries} times: {printable(rpc.problem)}"
    elif rpc.outages:
        seen += f"; {plural(rpc.outages, 'outage')}, {duration(rpc.outage_s)} in all"
    return seen
