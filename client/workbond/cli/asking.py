"""Asking before money moves: every command that signs some away shows a bill, then asks.

    bill = Bill("you pay")
    bill.item("flat", flat, "for the job as a whole")
    bill.item("units", units, "at most")
    bill.total("locked", "what is not used comes back")
    bill.pot("free in the market", account.free, -escrow)
    bill.pot("in the job's escrow", 0, escrow, "comes back when the job ends")
    bill.fee(connection.balance(owner), market.fee(owner, "post", ...))
    bill.ask("Post it?", yes=yes, json=settings.json)

`--yes` answers for scripts. The bill needs no password: ask first, open the key afterwards.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from workbond.cli.output import note, say, table, terminal_width
from workbond.errors import Cancelled, UsageError
from workbond.money import format_amount, unit
from workbond.words import plural

if TYPE_CHECKING:
    from workbond.chain.transactions import Fee

GWEI = 10**9  # fees are shown in whole gwei: 9 decimals of the coin, rounded against the payer

yes_option = click.option("--yes", "-y", is_flag=True, help="Don't ask for confirmation.")


class Bill:
    """What a command is about to move, itemised: rows that add up, pots before and after.

    `title` heads the rows. Amounts are base units of the token; a fee is in gas coin.
    """

    def __init__(self, title: str = "") -> None:
        self.title = title
        self._items: list[tuple[str, int, str]] = []
        self._total: tuple[str, int, str] | None = None
        self._pots: list[list[str]] = []
        self._first: list[str] = []
        self._sentences: list[str] = []

    def item(self, what: str, amount: int, text: str = "") -> None:
        """One of the amounts that make up the total."""
        self._items.append((what, amount, text))

    def total(self, what: str, text: str = "") -> int:
        """The sum of the items, as a row below them; returns it."""
        amount = sum(amount for _, amount, _ in self._items)
        self._total = (what, amount, text)
        return amount

    def pot(self, what: str, before: int, change: int, text: str = "") -> None:
        """Money that leaves (`change` below 0) or enters one place, named after the unit."""
        shown = (format_amount(before), signed(change))
        after = format_amount(before + change)
        self._pots.append([f"{unit()} {what}", *shown, after, text])

    def fee(self, before: int, fee: Fee, transactions: int = 1) -> None:
        """The network's fee: at most `fee`, out of `before` wei of gas coin."""
        after = max(0, before - fee.most) // GWEI * GWEI
        what = f"gas coin, {plural(transactions, 'transaction')}"
        have = format_amount(before // GWEI * GWEI)
        cells = [have, f"-{gas_coin(fee.most)}", format_amount(after)]
        self._pots.append([what, *cells, "at most"])

    def say_first(self, sentence: str) -> None:
        """A sentence above the tables: what it is about."""
        self._first.append(sentence)

    def say(self, sentence: str) -> None:
        """A sentence below the tables: what can come back, and when."""
        self._sentences.append(sentence)

    def __str__(self) -> str:
        return self.layout()

    def layout(self, width: int | None = None) -> str:
        """The whole as text. Where its amounts are too long for a line of `width` characters, what
        is before, after and between stands below each other: amounts are never rounded."""
        parts = list(self._first)
        rows = [*self._items, *([] if self._total is None else [self._total])]
        if rows:
            shown = [[what, format_amount(amount), text] for what, amount, text in rows]
            parts.append(table([self.title, unit(), ""], shown, right=[unit()]))
        if self._pots:
            parts.append(self._pots_table(width))
        return "\n".join([*parts, *self._sentences])

    def ask(self, question: str, *, yes: bool, json: bool) -> None:
        """Shows the bill and asks, unless `yes`.

        With `json`, standard output is a program's: the bill goes to standard error, and only to
        a terminal. Raises `UsageError` if there is nobody to ask, `Cancelled` for a no.
        """
        if not json:
            say(self.layout(terminal_width(sys.stdout)))
        elif sys.stderr.isatty():
            note(self.layout(terminal_width(sys.stderr)))
        confirm(question, yes)

    def _pots_table(self, width: int | None) -> str:
        headers = ["", "before", "change", "after"]
        bare = table(headers, [row[:4] for row in self._pots], right=headers[1:])
        if width is None or max(map(len, bare.split("\n"))) <= width:
            return table([*headers, ""], self._pots, right=headers[1:])
        longest = max(len(cell) for row in self._pots for cell in row[1:4])
        lines = []
        for what, *amounts, text in self._pots:
            lines.append(f"{what}, {text}" if text else what)
            named = zip(headers[1:], amounts, strict=True)
            lines += [f"  {name:<6}  {amount:>{longest}}" for name, amount in named]
        return "\n".join(lines)


def signed(change: int) -> str:
    """A change for people: with a plus sign, if it is a gain."""
    return ("+" if change > 0 else "") + format_amount(change)


def gas_coin(wei: int) -> str:
    """A fee for people: up to the next gwei."""
    return format_amount(-(-wei // GWEI) * GWEI)


def confirm(question: str, yes: bool) -> None:
    """Asks on the terminal unless `yes`; raises `Cancelled` for a no."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageError("there is no terminal to confirm on: give --yes if you are sure")
    try:
        sure = click.confirm(question, err=True)
    except click.Abort:
        note("")
        sure = False
    if not sure:
        raise Cancelled("nothing was done")
