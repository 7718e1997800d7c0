"""Groups of commands, and of a command's options, that help lists as a newcomer needs them."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


class OrderedGroup(click.Group):
    """Lists its commands as they were added, where click's own sorts them by name."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


class LazyGroup(click.Group):
    """A group that imports only the command that is called; its own help needs none of them.

    Args:
        found: each command's name to its module and its line of help, in the order a newcomer
            meets them. The module holds the command under its name, or under what follows a colon:
            `("workbond.cli.job_status:list_", "List ...")`.
    """

    def __init__(
        self, *args: Any, found: Mapping[str, tuple[str, str]] | None = None, **attrs: Any
    ) -> None:
        super().__init__(*args, **attrs)
        self.found = dict(found or {})

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.found)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.found:
            return None
        module, _, attribute = self.found[cmd_name][0].partition(":")
        command = getattr(importlib.import_module(module), attribute or cmd_name)
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in self.found and not args[0].startswith("-"):
            close = difflib.get_close_matches(args[0], self.found, n=1)
            hint = f" Did you mean '{close[0]}'?" if close else ""
            ctx.fail(f"No such command '{args[0][:40]}'.{hint}")
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """As click's own, without importing every command's module."""
        from click.shell_completion import CompletionItem

        found = [
            CompletionItem(name, help=text)
            for name, (_, text) in self.found.items()
            if name.startswith(incomplete)
        ]
        return found + click.Command.shell_complete(self, ctx, incomplete)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in self.found.items()])


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
            if isinstance(param, click.Option)
            and (record := param.get_help_record(ctx)) is not None
        }
        for heading, names in self.sections.items():
            with formatter.section(heading):
                formatter.write_dl([records.pop(name) for name in names if name in records])
        with formatter.section("Options"):
            formatter.write_dl(list(records.values()))


def sectioned(sections: Mapping[str, Sequence[str]]) -> type[SectionedCommand]:
    """The class for `@click.command(cls=...)` with these sections."""
    return type("SectionedCommand", (SectionedCommand,), {"sections": sections})
