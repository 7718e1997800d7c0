"""Every setting, declared once: flags, variables, files, help and documentation follow from here.

A setting `provider.min_price` is `min_price` in the table `[provider]` of a file, the flag
`--min-price` of the commands that take it, and the variable WORKBOND_PROVIDER_MIN_PRICE.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbond.chain.defaults import DEFAULT_RPC_URL, MAX_FEE
from workbond.provider.terms import DOWNLOAD_BYTES, LOCK_S, OUTPUT_BYTES, UNITS_PER_SECOND
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


def default_home() -> Path:
    """Where accounts and blobs are kept."""
    import platformdirs

    return Path(platformdirs.user_data_dir("workbond", appauthor=False))


_SHARED = (
    Setting(
        "network",
        kinds.text,
        "Network by name or chain id, like sepolia or 11155111; checked against the node.",
        default_words="whatever chain the RPC is",
        metavar="NAME|ID",
    ),
    Setting(
        "rpc",
        kinds.words,
        "JSON-RPC of an Ethereum node; several are asked in turn.",
        default_words=f"the network's, else {DEFAULT_RPC_URL}",
        metavar="URL",
        others=("ETH_RPC_URL",),
        many=True,
        secret=True,
    ),
    Setting(
        "deployments",
        kinds.path,
        "Directory of deployment files.",
        default=Path("deployments"),
        metavar="DIR",
    ),
    Setting(
        "home",
        kinds.path,
        "Directory of keystores and blobs.",
        default=default_home,
        default_words="workbond in your data directory, like ~/.local/share",
        metavar="DIR",
        project=False,
    ),
    Setting(
        "account",
        kinds.text,
        "Account to act as: name, address or keystore file.",
        default_words="the only one there is",
        metavar="NAME",
        project=False,
    ),
    Setting(
        "keystores",
        kinds.paths,
        "More directories of keystores V3, searched before Foundry's and geth's own.",
        default=(),
        default_words="none",
        metavar="DIR",
        project=False,
        flagless=True,
    ),
    Setting(
        "password_file",
        kinds.path,
        "File whose first line is the account's password.",
        default_words="you are asked",
        metavar="FILE",
        project=False,
    ),
    Setting(
        "allow_private",
        kinds.yes_no,
        "Fetch from private addresses too, if a stranger names them.",
        default=False,
        default_words="only on a local chain",
        project=False,
    ),
    Setting(
        "max_fee",
        kinds.amount,
        "The most that one transaction may cost, in the chain's own coin.",
        default=MAX_FEE,
        metavar="AMOUNT",
        project=False,
    ),
)

# What `workbond provider run` and `why` go by. A project's file sets none of it: a node works for
# its owner, wherever it is started.
_PROVIDER = (
    Setting(
        "provider.min_price",
        kinds.amount,
        "Tokens per 10^12 units below which no job is taken; rising prices are waited for.",
        default_words="unpaid work is taken too, after asking",
        metavar="AMOUNT",
        project=False,
    ),
    Setting(
        "provider.min_flat",
        kinds.amount,
        "Tokens that a job must pay for the job as a whole.",
        default=0,
        metavar="AMOUNT",
        project=False,
    ),
    Setting(
        "provider.max_lock",
        kinds.whole(0),
        "Longest challenge window, in which the bond stays locked.",
        default=LOCK_S,
        metavar="SECONDS",
        project=False,
    ),
    Setting(
        "provider.cores",
        kinds.whole(1, 1024),
        "Tasks at once.",
        default_words="all available",
        metavar="N",
        project=False,
    ),
    Setting(
        "provider.max_memory",
        kinds.size,
        "Most memory of all tasks at once.",
        default_words="three quarters of the machine's",
        metavar="SIZE",
        project=False,
    ),
    Setting(
        "provider.max_download",
        kinds.size,
        "Most to download for one job: its program and inputs.",
        default=DOWNLOAD_BYTES,
        metavar="SIZE",
        project=False,
    ),
    Setting(
        "provider.max_output",
        kinds.size,
        "Most that the outputs of one job may need, all at their cap.",
        default=OUTPUT_BYTES,
        metavar="SIZE",
        project=False,
    ),
    Setting(
        "provider.units_per_second",
        kinds.whole(1),
        "Units per second of one core in the worst case; jobs without time for it are not taken.",
        default=UNITS_PER_SECOND,
        metavar="N",
        project=False,
    ),
    Setting(
        "provider.region",
        kinds.text,
        'Where this machine stands, like "de" or "us-ca".',
        default="",
        default_words="not told",
        metavar="CODE",
        project=False,
    ),
    Setting(
        "provider.gateways",
        kinds.words,
        "Ask this gateway too for inputs, after those that a job names.",
        default=(),
        default_words="none",
        metavar="URL",
        project=False,
        many=True,
        flag_name="--gateway",
    ),
    Setting(
        "provider.listen",
        kinds.host_port,
        "Where results are served over HTTP; port 0 takes a free one.",
        default=("127.0.0.1", 8480),
        metavar="HOST:PORT",
        project=False,
    ),
    Setting(
        "provider.public_url",
        kinds.text,
        "Address under which others reach it.",
        default="",
        default_words="as it listens",
        metavar="URL",
        project=False,
    ),
    Setting(
        "provider.keep_bytes",
        kinds.size,
        "Most to keep on disk of ended jobs' results, and as much again of fetched inputs.",
        default=10 << 30,
        metavar="SIZE",
        project=False,
    ),
)
_ALL = (*_SHARED, *_PROVIDER)
SETTINGS: dict[str, Setting] = {setting.name: setting for setting in _ALL}
TABLES = tuple(dict.fromkeys(s.table for s in _ALL if s.table))
