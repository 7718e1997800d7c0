"""What `workbond verifier run` goes by; set as in `workbond.settings.of_provider`."""

from __future__ import annotations

from workbond.settings import kinds
from workbond.settings.setting import Setting
from workbond.verifier import bounds

VERIFIER = (
    Setting(
        "verifier.sample",
        kinds.share,
        "Share of claims to execute again unasked, to find wrong ones.",
        default=bounds.SAMPLE_BPS,
        metavar="SHARE",
        project=False,
    ),
    Setting(
        "verifier.max_units",
        kinds.whole(0),
        "Most units of a job that is sampled; seats are served whatever their jobs use.",
        default=bounds.UNITS,
        metavar="N",
        project=False,
    ),
    Setting(
        "verifier.max_challenge_bond",
        kinds.amount,
        "Most tokens that one challenge may put up; 0: never challenge.",
        default_words="what the account has",
        metavar="AMOUNT",
        project=False,
    ),
    Setting(
        "verifier.max_appeal",
        kinds.amount,
        "Most tokens that appeals of tallies against what it found may cost in one case.",
        default=0,
        metavar="AMOUNT",
        project=False,
    ),
    Setting(
        "verifier.min_seat_fee",
        kinds.amount,
        "Tokens that a seat must pay to be served; one that pays nothing never is.",
        default=0,
        metavar="AMOUNT",
        project=False,
    ),
    Setting(
        "verifier.coin_price",
        kinds.amount,
        "Tokens that one gas coin is worth: what pays less than its gas is left to others.",
        default=0,
        default_words="0, gas is not counted",
        metavar="AMOUNT",
        project=False,
    ),
    Setting(
        "verifier.withdraw_above",
        kinds.amount,
        "Send what is free in the committee beyond so many tokens to the account itself.",
        default_words="it stays there",
        metavar="AMOUNT",
        project=False,
    ),
    Setting(
        "verifier.cores",
        kinds.whole(1, 1024),
        "Tasks at once.",
        default_words="all available",
        metavar="N",
        project=False,
    ),
    Setting(
        "verifier.max_memory",
        kinds.size,
        "Memory for all tasks at once.",
        default_words="three quarters of the machine's",
        metavar="SIZE",
        project=False,
    ),
    Setting(
        "verifier.max_download",
        kinds.size,
        "Most to fetch for one job; a seat votes UNAVAILABLE on one that needs more.",
        default=bounds.DOWNLOAD_BYTES,
        metavar="SIZE",
        project=False,
    ),
    Setting(
        "verifier.max_output",
        kinds.size,
        "Most that one job's outputs may have together; likewise.",
        default=bounds.OUTPUT_BYTES,
        metavar="SIZE",
        project=False,
    ),
    Setting(
        "verifier.units_per_second",
        kinds.whole(1),
        "Units that one core executes per second: samples that can't be done in time are left.",
        default=bounds.UNITS_PER_SECOND,
        metavar="N",
        project=False,
    ),
    Setting(
        "verifier.gateways",
        kinds.words,
        "Ask this gateway too for inputs, after those of requester and provider.",
        default=(),
        default_words="none",
        metavar="URL",
        project=False,
        many=True,
        flag_name="--gateway",
    ),
)
