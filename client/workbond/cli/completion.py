"""`workbond completion`: what a shell needs to complete commands, options and names."""

from __future__ import annotations

import click

from workbond.cli.output import note, say

SHELLS = ("bash", "zsh", "fish")
VARIABLE = "_WORKBOND_COMPLETE"
SETUP = {
    "bash": 'eval "$(workbond completion bash)"   in ~/.bashrc (bash 4.4 or later)',
    "zsh": 'eval "$(workbond completion zsh)"   in ~/.zshrc, after compinit',
    "fish": "workbond completion fish > ~/.config/fish/completions/workbond.fish",
}


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell: str) -> None:
    """Print the script that makes SHELL complete workbond's words.

    \b
    Examples:
      eval "$(workbond completion bash)"     in ~/.bashrc
      eval "$(workbond completion zsh)"      in ~/.zshrc
      workbond completion fish > ~/.config/fish/completions/workbond.fish
    """
    import sys

    from click.shell_completion import get_completion_class

    from workbond.cli.main import cli

    kind = get_completion_class(shell)
    assert kind is not None
    say(kind(cli, {}, "workbond", VARIABLE).source())
    if sys.stdout.isatty():
        note(f"Next: {SETUP[shell]}")
