"""Groups of commands that help lists in the order in which a newcomer needs them."""

from __future__ import annotations

import click


class OrderedGroup(click.Group):
    """Lists its commands as they were added, where click's own sorts them by name."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)
