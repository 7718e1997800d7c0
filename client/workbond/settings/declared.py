"""Every setting: flags, variables, files, help and documentation follow from here."""

from __future__ import annotations

from pathlib import Path

from workbond.chain.defaults import DEFAULT_RPC_URL, MAX_FEE
from workbond.settings import kinds
from workbond.settings.of_matcher import MATCHER
from workbond.settings.of_provider import PROVIDER
from workbond.settings.of_verifier import VERIFIER
from workbond.settings.setting import Setting


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

# A project's file sets none of it: with books, `job submit` signs where it would post.
_REQUESTER = (
    Setting(
        "requester.books",
        kinds.words,
        "Sign jobs and send them to this order book; don't post them.",
        default=(),
        default_words="none, jobs are posted",
        metavar="URL",
        project=False,
        many=True,
        flag_name="--book",
    ),
    Setting(
        "requester.resolver",
        kinds.text,
        "Who judges results where a job file doesn't say: committee, none, or an address.",
        default="committee",
        default_words="the deployment's committee, if it has one",
        metavar="NAME|ADDRESS",
        project=False,
        flagless=True,
    ),
)
_ALL = (*_SHARED, *PROVIDER, *_REQUESTER, *VERIFIER, *MATCHER)
SETTINGS: dict[str, Setting] = {setting.name: setting for setting in _ALL}
TABLES = tuple(dict.fromkeys(s.table for s in _ALL if s.table))
