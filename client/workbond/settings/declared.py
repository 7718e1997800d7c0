"""Every setting: flags, variables, files, help and documentation follow from here."""

from __future__ import annotations

from pathlib import Path

from workbond.chain.defaults import DEFAULT_RPC_URL, MAX_FEE
from workbond.matcher.terms import (
    BATCH,
    BATCH_MAX,
    ORDERS,
    ORDERS_PER_MINUTE,
    PER_AUTHOR,
    REQUESTS_PER_MINUTE,
)
from workbond.provider.terms import (
    DOWNLOAD_BYTES,
    FILL_AFTER_S,
    KEEP_BYTES,
    LOCK_S,
    OUTPUT_BYTES,
    UNITS_PER_SECOND,
)
from workbond.settings import kinds
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
        "Longest that a bond may stay locked after the claim: window, demand and grace together.",
        default=LOCK_S,
        metavar="SECONDS",
        project=False,
    ),
    Setting(
        "provider.books",
        kinds.words,
        "Order book to deal at.",
        default=(),
        default_words="none",
        metavar="URL",
        project=False,
        many=True,
        flag_name="--book",
    ),
    Setting(
        "provider.fill_after",
        kinds.whole(0, 3_600),
        "How long a book has to match an offer before the request is filled without it.",
        default=FILL_AFTER_S,
        metavar="SECONDS",
        project=False,
    ),
    Setting(
        "provider.standing_offers",
        kinds.yes_no,
        "Offer the machine for jobs whose inputs were not seen: strangers choose which.",
        default=False,
        project=False,
    ),
    Setting(
        "provider.offers",
        kinds.paths,
        "File or directory of offers that the owner signed, for its operator's node.",
        default=(),
        default_words="none",
        metavar="PATH",
        project=False,
        many=True,
    ),
    Setting(
        "provider.owner",
        kinds.text,
        "Provider that the account is the operator of: its address, or an account's name.",
        default="",
        default_words="the account itself",
        metavar="ADDRESS|NAME",
        project=False,
    ),
    Setting(
        "provider.max_bond",
        kinds.amount,
        "Most tokens of the stake that one job may lock.",
        default_words="all that is free",
        metavar="AMOUNT",
        project=False,
    ),
    Setting(
        "provider.min_demand_fee",
        kinds.amount,
        "Tokens that a job must pay for each chunk of output that is demanded on the chain.",
        default=0,
        metavar="AMOUNT",
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
        default=KEEP_BYTES,
        metavar="SIZE",
        project=False,
    ),
)
# What `workbond matcher run` goes by.
_MATCHER = (
    Setting(
        "matcher.min_tip",
        kinds.amount,
        "Tokens that a request must tip, so that a match pays its gas.",
        default=0,
        metavar="AMOUNT",
        project=False,
    ),
    Setting(
        "matcher.batch",
        kinds.whole(1, BATCH_MAX),
        "Most matches in one transaction.",
        default=BATCH,
        metavar="N",
        project=False,
    ),
    Setting(
        "matcher.listen",
        kinds.host_port,
        "Where the book is served over HTTP; port 0 takes a free one.",
        default=("127.0.0.1", 8580),
        metavar="HOST:PORT",
        project=False,
    ),
    Setting(
        "matcher.database",
        kinds.text,
        "File of the book, or postgresql://user@host/name.",
        default="",
        default_words="a file in matcher/ below the home",
        metavar="FILE|URL",
        project=False,
        secret=True,
    ),
    Setting(
        "matcher.max_orders",
        kinds.whole(1, 1_000_000),
        "Most orders in the book; each takes some 10 KB of memory.",
        default=ORDERS,
        metavar="N",
        project=False,
    ),
    Setting(
        "matcher.max_per_author",
        kinds.whole(1, 1_000_000),
        "Most of them by one account.",
        default=PER_AUTHOR,
        metavar="N",
        project=False,
    ),
    Setting(
        "matcher.requests_per_minute",
        kinds.whole(0),
        "HTTP requests that one address may make; 0: no bound.",
        default=REQUESTS_PER_MINUTE,
        metavar="N",
        project=False,
    ),
    Setting(
        "matcher.orders_per_minute",
        kinds.whole(0),
        "Orders that one account may send; 0: no bound.",
        default=ORDERS_PER_MINUTE,
        metavar="N",
        project=False,
    ),
    Setting(
        "matcher.trust_proxy",
        kinds.yes_no,
        "A proxy in front names each client in X-Forwarded-For.",
        default=False,
        project=False,
    ),
)
# A project's file sets none of it either: with books, `job submit` signs where it would post.
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
)
_ALL = (*_SHARED, *_PROVIDER, *_REQUESTER, *_MATCHER)
SETTINGS: dict[str, Setting] = {setting.name: setting for setting in _ALL}
TABLES = tuple(dict.fromkeys(s.table for s in _ALL if s.table))
