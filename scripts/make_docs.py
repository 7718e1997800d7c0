"""Writes what the documentation takes from the code and from measurements: docs/cli.md, the table
of docs/settings.md, and the tables of gas of docs/performance.md.

python scripts/make_docs.py           # writes all three
python scripts/make_docs.py --check   # fails if one differs from what would be written
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

import gas_tables
from workbond.cli.main import cli
from workbond.settings.declared import SETTINGS

DOCS = Path(__file__).resolve().parents[1] / "docs"
WIDTH = 80
BEGIN, END = "<!-- begin: made by scripts/make_docs.py -->", "<!-- end -->"

CLI_HEAD = """# Command line

Every command with its help, made from the code by `scripts/make_docs.py`. Results go to standard
output, progress and notes to standard error, and progress only to a terminal. `--json` prints JSON
with amounts as decimal strings of base units. NO_COLOR and `TERM=dumb` are honoured. Settings that
many commands share are in [settings.md](settings.md).
"""


def commands(
    context: click.Context, command: click.Command
) -> Iterator[tuple[click.Context, click.Command]]:
    """`command` and all below it, in the order of the help."""
    yield context, command
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            below = click.Context(
                inner, info_name=name, parent=context, terminal_width=WIDTH, max_content_width=WIDTH
            )
            yield from commands(below, inner)


def cli_page() -> str:
    """All of docs/cli.md."""
    root = click.Context(cli, info_name="workbond", terminal_width=WIDTH, max_content_width=WIDTH)
    parts = [CLI_HEAD]
    for context, command in commands(root, cli):
        level = "#" * min(4, 2 + context.command_path.count(" "))
        help_text = command.get_help(context)
        parts.append(f"{level} {context.command_path}\n\n```\n{help_text}\n```\n")
    return "\n".join(parts)


def settings_table() -> str:
    """The table of docs/settings.md, a row per setting."""
    rows = [
        "| in a file | flag | variable | default | what it is |",
        "| --- | --- | --- | --- | --- |",
    ]
    for setting in SETTINGS.values():
        name = f"`{setting.key}` in `[{setting.table}]`" if setting.table else f"`{setting.name}`"
        flag = f"`{setting.flag}`" + (", repeatable" if setting.many else "")
        flag = "none" if setting.flagless else flag
        variables = ", ".join(f"`{variable}`" for variable in setting.variables)
        what = setting.help + ("" if setting.project else " Not in a project's file.")
        rows.append(f"| {name} | {flag} | {variables} | {setting.default_shown} | {what} |")
    return "\n".join(row.replace("NAME|ID", "NAME\\|ID") for row in rows)


def settings_page() -> str:
    """docs/settings.md with a fresh table."""
    before, _, rest = (DOCS / "settings.md").read_text("utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{settings_table()}\n{END}{after}"


def main(arguments: list[str]) -> int:
    pages = {
        DOCS / "cli.md": cli_page(),
        DOCS / "settings.md": settings_page(),
        DOCS / "performance.md": gas_tables.filled((DOCS / "performance.md").read_text("utf-8")),
    }
    if "--check" in arguments:
        stale = [p for p, text in pages.items() if not p.exists() or p.read_text("utf-8") != text]
        for path in stale:
            print(f"docs/{path.name} is not what it is made from: run `make docs`", file=sys.stderr)
        return 1 if stale else 0
    for path, text in pages.items():
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
