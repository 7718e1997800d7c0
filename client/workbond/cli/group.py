"""Groups of commands, and of a command's options, that help lists as a newcomer needs them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import click


class OrderedGroup(click.Group):
    """Lists its commands as they were added, where click's own sorts them by name."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


class SectionedCommand(click.Command):
    """Lists its options under headings.

    Args:
        sections: heading to names of parameters, in the order to be shown; those that no section
            names come last, under "Options".
    """

    sections: Mapping[str, Sequence[str]] = {}

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        records = {
            param.name: record
            for param in self.get_params(ctx)
            if (record := param.get_help_record(ctx)) is not None
        }
        for heading, names in self.sections.items():
            with formatter.section(heading):
                formatter.write_dl([records.pop(name) for name in names if name in records])
        with formatter.section("Options"):
            formatter.write_dl(list(records.values()))


def sectioned(sections: Mapping[str, Sequence[str]]) -> type[SectionedCommand]:
    """The class for `@click.command(cls=...)` with these sections."""
    return type("SectionedCommand", (SectionedCommand,), {"sections": sections})
