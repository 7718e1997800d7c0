"""`workbond chain`: a local chain in the foreground."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import TYPE_CHECKING

import click

from workbond.cli.options import Settings, with_settings
from workbond.cli.output import emit, next_step, say
from workbond.errors import ChainError
from workbond.settings.layers import Layers
from workbond.settings.networks import endpoint

if TYPE_CHECKING:
    from workbond.chain.anvil import Anvil

POLL_S = 0.5


@click.command()
@click.option(
    "--port",
    default=8545,
    show_default=True,
    help="TCP port; 0 takes a free one.",
    type=click.IntRange(0, 65535),
    metavar="PORT",
)
@click.option(
    "--chain-id",
    default=31337,
    show_default=True,
    type=click.Choice([31337, 1337]),
    help="Chain id; both count as local.",
)
@click.option(
    "--block-time",
    default=1,
    show_default=True,
    type=click.IntRange(1, 3600),
    metavar="SECONDS",
    help="Seconds between blocks; transactions are mined at once.",
)
@with_settings("json")
def chain(settings: Settings, port: int, chain_id: int, block_time: int) -> None:
    """Run a local chain (anvil) until Ctrl-C.

    It starts empty every time, and what was deployed on it before is gone. Its ten accounts own
    gas coin and have keys that everybody knows.

    \b
    Example:
      workbond chain --port 8545
    """
    from workbond.chain.anvil import DEV_ADDRESSES, Anvil

    stopped = threading.Event()

    def stop(signum: int, frame: FrameType | None) -> None:
        stopped.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    with Anvil(port, chain_id, block_time) as anvil:
        if settings.json:
            emit({"rpc": anvil.url, "chain_id": chain_id, "accounts": list(DEV_ADDRESSES)})
        else:
            _say_started(anvil, chain_id, block_time)
        while not stopped.wait(POLL_S):
            if anvil.process.poll() is not None:
                raise ChainError(
                    f"anvil ended by itself with code {anvil.process.returncode}: start it again"
                )
    if not settings.json:
        say("Stopped.")


def _say_started(anvil: Anvil, chain_id: int, block_time: int) -> None:
    from workbond.chain.anvil import DEV_ADDRESSES

    pace = "every second" if block_time == 1 else f"every {block_time} s"
    say(f"Chain {chain_id} at {anvil.url}, a block {pace}. Ctrl-C stops it.")
    say("Ten accounts with 10,000 gas coins each; their keys are public, for play only:")
    for index, address in enumerate(DEV_ADDRESSES):
        say(f"  {index}  {address}")
    if (anvil.url,) != endpoint(Layers()).rpc.value:
        say("First, in every other terminal, tell where it is:")
        say(f"  export WORKBOND_RPC={anvil.url}")
    next_step("workbond deploy   (in another terminal)")
