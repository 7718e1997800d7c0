"""What `provider run` shows before it asks: what the node puts at risk, pays and asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbond.cli.asking import gas_coin
from workbond.cli.output import table
from workbond.money import tokens
from workbond.words import plural

if TYPE_CHECKING:
    from workbond.provider.stakes import Stakes
    from workbond.provider.terms import Terms
    from workbond.provider.trade import Booking


def run_bill(stakes: Stakes, terms: Terms, booking: Booking) -> str:
    """The bill, itemised."""
    account = stakes.account
    rows = [
        ["stake", tokens(account.staked), f"of which live jobs lock {tokens(account.bonded)}"],
        ["", tokens(account.unbonded), "can be locked at once, as bonds of new jobs"],
        *_asked(stakes, terms, booking),
        ["a job released", stakes.released, "of its bond: given back, the later the more"],
        ["a job expired", stakes.expired, "of its bond: no result in time"],
        [
            "a job void",
            stakes.voided,
            "of its bond: a demand not answered, or not opened, in a day",
        ],
        *_judged(stakes, terms),
        [
            "worst case",
            f"-{tokens(stakes.worst)}",
            f"if all that can be locked ended {_worst(stakes)}",
        ],
        ["network fee", f"-{gas_coin(stakes.job_fee)}", "gas coin a job: accept, submit, finalize"],
        ["gas coin", gas_coin(stakes.gas), _enough(stakes)],
    ]
    parts = [f"Provider {stakes.address}", table(["", "amount", ""], rows, right=["amount"])]
    if stakes.operator != stakes.address:
        parts.append(
            f"Its operator {stakes.operator} pays the gas. It can give no job back: the provider's "
            "own key does, with `workbond provider release`."
        )
        if not booking.offers:
            parts.append(
                "NO NEW JOBS: without --offers FILE and --book URL it only finishes what is live."
            )
    elif booking.urls:
        parts.append(
            f"It deals at {plural(len(booking.urls), 'order book')}; its offers lock no more than "
            "the stake that is free."
        )
    if booking.standing:
        parts.append(
            "STANDING OFFERS: strangers may bind you to a job that nobody here has looked at, one "
            "at a time."
        )
    if not account.unbonded:
        parts.append("No stake is free: only jobs without a bond can be taken.")
    return "\n".join(parts)


def _judged(stakes: Stakes, terms: Terms) -> list[list[str]]:
    """What a resolver can do to the provider, and what it left here."""
    rows = []
    if stakes.judged:
        rows += [
            ["a job rejected", "-100%", "of its bond: its resolver found the result wrong"],
            ["its appeals", *_appeals(terms)],
        ]
    if stakes.held:
        text = "is free in the committee: workbond account withdraw AMOUNT --committee"
        rows.append(["", tokens(stakes.held), text])
    return rows


def _appeals(terms: Terms) -> list[str]:
    from workbond.provider.terms import APPEAL_PERCENT

    if terms.max_appeal == 0:
        return [tokens(0), "WRONG VERDICTS ARE NOT APPEALED, only told: see --max-appeal"]
    most = f"-{APPEAL_PERCENT}%" if terms.max_appeal is None else f"-{tokens(terms.max_appeal)}"
    of = "of its bond " if terms.max_appeal is None else ""
    return [most, f"{of}at most, prepaid from wallet or balances; repaid if they succeed"]


def _worst(stakes: Stakes) -> str:
    return "rejected" if stakes.judged else "void"


def _asked(stakes: Stakes, terms: Terms, booking: Booking) -> list[list[str]]:
    """What jobs must pay, and what a standing offer risks."""
    if stakes.operator != stakes.address:
        offers = plural(len(booking.offers), "offer")
        return [["you ask for", offers, "signed by the provider; they say what jobs must pay"]]
    price = tokens(terms.min_price)
    if terms.min_price == terms.min_flat == 0:
        asks = "nothing"
        text = "UNPAID WORK IS TAKEN TOO: a price keeps it away, like --min-price 1000"
    elif terms.min_price:
        asks, text = price, "per 10^12 units, at least; what is used is paid"
    else:
        asks, text = price, "per 10^12 units: only what a job pays as a whole counts"
    rows = [
        ["you ask for", asks, text],
        ["", tokens(terms.min_flat), "for a job as a whole, at least"],
    ]
    if booking.standing:
        free = stakes.account.unbonded
        bond = free if terms.max_bond is None else min(free, terms.max_bond)
        text = "can be its bond; lost are 5% to 25% of it if its inputs can't be had"
        rows.append(["a standing offer", tokens(bond), text])
    return rows


def _enough(stakes: Stakes) -> str:
    if stakes.jobs_payable is None:
        return "transactions cost nothing here at present"
    return f"enough for {stakes.jobs_payable:,} jobs at present fees"
