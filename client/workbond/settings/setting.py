"""What there is to know of one setting.

A setting `provider.min_price` is `min_price` in the table `[provider]` of a file, the flag
`--min-price` of the commands that take it, and the variable WORKBOND_PROVIDER_MIN_PRICE.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from workbond.settings import kinds


@dataclass(frozen=True)
class Setting:
    """One setting.

    Args:
        name: as in a file, with the table before a dot.
        parse: from what a flag, a variable or a file holds (`workbond.settings.kinds`).
        help: what it is, as the flag's help says it.
        default: what holds if it is set nowhere, already parsed; a function makes it when needed.
        default_words: the default in words, where it is computed or where None needs a reason.
        metavar: what stands for a value in help texts.
        others: further variables that are looked at after its own.
        project: whether a project's file may set it. Whoever enters a directory with a stranger's
            file in it must not thereby use another key, nor loosen a limit of their own.
        many: whether the flag can be repeated.
        flag_name: the flag, where it is not the name's last part.
        flagless: for what is set once and for all, and would only lengthen every help text.
        secret: whether a value may hold a secret: it is shown in part.
    """

    name: str
    parse: kinds.Parser
    help: str
    default: Any = None
    default_words: str = ""
    metavar: str = "VALUE"
    others: tuple[str, ...] = ()
    project: bool = True
    many: bool = False
    flag_name: str = ""
    flagless: bool = False
    secret: bool = False

    @property
    def table(self) -> str:
        """The file's table: `provider`, or nothing for the top."""
        return self.name.rpartition(".")[0]

    @property
    def key(self) -> str:
        """The name within its table."""
        return self.name.rpartition(".")[2]

    @property
    def flag(self) -> str:
        return self.flag_name or "--" + self.key.replace("_", "-")

    @property
    def variables(self) -> tuple[str, ...]:
        """Environment variables, the first that is set and not empty holds."""
        return ("WORKBOND_" + self.name.replace(".", "_").upper(), *self.others)

    @property
    def is_switch(self) -> bool:
        """Whether the flag stands alone, without a value."""
        return self.parse is kinds.yes_no

    def default_value(self) -> Any:
        return self.default() if isinstance(self.default, Callable) else self.default  # type: ignore[arg-type]

    def shown(self, value: Any) -> str:
        """A value as a person would write it in a file."""
        return kinds.shown(value, self.parse)

    @property
    def default_shown(self) -> str:
        """The default for help and documentation."""
        return self.default_words or self.shown(self.default_value()) or "not set"
