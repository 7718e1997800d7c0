"""The live view of a followed job: drawn in place, a line never wider than the terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from workbond.cli.output import printable, short_id
from workbond.cli.watch_words import event_words, price_words
from workbond.money import format_amount, tokens
from workbond.words import capital, duration

if TYPE_CHECKING:
    from rich.console import Console, Group
    from rich.live import Live

    from workbond.requester.watch import View

WIDTH_MAX = 100
EVENTS_SHOWN = 5
REASON_LINES = 4
SPARE_LINES = 1  # below the view, where the cursor stands
COLORS = {
    "Open": "yellow",
    "Running": "cyan",
    "Claimed": "cyan",
    "Disputed": "magenta",
    "Settled": "green",
    "Cancelled": "red",
    "Void": "red",
}


class Screen:
    """Shows one view after the other in the same place."""

    def __init__(self, live: Live, console: Console) -> None:
        self._live, self._console = live, console
        self._shown: list[tuple[str, str]] = []
        self._view: View | None = None

    def show(self, view: View, *, last: bool = False) -> None:
        """Draws the view, unless it looks like the one before."""
        self._view = view
        size = (min(self._console.width, WIDTH_MAX), self._console.height)
        unicode = self._console.encoding.lower().startswith("utf")
        page = Page(view, *size, unicode=unicode, hint=not last)
        if page.lines != self._shown:
            self._shown = page.lines
            self._live.update(page.render(), refresh=True)

    def end(self) -> None:
        """Leaves the last view without what only concerns a running one."""
        if self._view is not None:
            self.show(self._view, last=True)


@contextmanager
def screen() -> Iterator[Screen]:
    """A live view on standard output, whose last state stays."""
    from rich.console import Console
    from rich.live import Live

    console = Console(highlight=False)
    with Live(console=console, auto_refresh=False, vertical_overflow="crop") as live:
        drawn = Screen(live, console)
        try:
            yield drawn
        finally:
            drawn.end()


class Page:
    """A view laid out: sections of lines, of which the least important go if the height is low.

    Args:
        view: what to show.
        width: columns.
        height: rows of the terminal.
        unicode: whether it shows more than ASCII.
        hint: whether to say how to stop.
    """

    def __init__(
        self, view: View, width: int, height: int, *, unicode: bool = True, hint: bool = True
    ) -> None:
        self._view, self._width = view, width
        self._blocks = "█░" if unicode else "#-"
        sections = {
            "head": self._head(),
            "phase": self._phase(),
            "facts": self._facts(),
            "events": self._events(),
            "why": self._why(),
            "then": self._then(),
            "hint": self._hint() if hint else [],
        }
        for name in ("hint", "then", "events", "facts", "why"):
            if _height(sections) + SPARE_LINES > height:
                sections[name] = []
        self._sections = {name: lines for name, lines in sections.items() if lines}

    @property
    def lines(self) -> list[tuple[str, str]]:
        """All lines from top to bottom, each with its section's name."""
        found: list[tuple[str, str]] = []
        for name, lines in self._sections.items():
            found += [("", "")] if found else []
            found += [(name, line) for line in lines]
        return found

    def render(self) -> Group:
        from rich.console import Group
        from rich.text import Text

        parts = []
        for name, line in self.lines:
            text = Text(line, style=self._style(name), no_wrap=True)
            text.truncate(self._width, overflow="ellipsis")
            parts.append(text)
        return Group(*parts)

    def _style(self, name: str) -> str:
        if name == "head":
            return f"bold {COLORS.get(self._view.status.record.state.label, '')}".rstrip()
        return "dim" if name in ("hint", "then") else ""

    def _head(self) -> list[str]:
        from workbond.requester.labels import state_label

        record = self._view.status.record
        return [f"Job {short_id(record.id)}  {state_label(record)}"]

    def _phase(self) -> list[str]:
        words = self._view.status.words
        lines = [capital(words)]
        if self._view.phase is not None:
            lines.append(self._bar(*self._view.phase))
        if self._view.outage is not None:
            lines.append(f"No answer: {printable(self._view.outage)}")
        return lines

    def _bar(self, start_s: int, end_s: int) -> str:
        """How much of the phase's time is over; told apart by shape, not by colour alone."""
        total = max(1, end_s - start_s)
        done = min(total, max(0, self._view.status.now_s - start_s))
        filled = self._width * done // total
        return self._blocks[0] * filled + self._blocks[1] * (self._width - filled)

    def _facts(self) -> list[str]:
        status = self._view.status
        record, money = status.record, status.money
        rows = []
        if record.job is not None:
            rows.append(("provider", record.job.provider))
        if not record.state.is_final:
            rows.append(("unit price", price_words(status.unit_price) + self._rise()))
        for name, amount in (
            ("locked", money.locked),
            ("paid", money.paid),
            ("refunded", money.refunded),
            ("of the bond", money.compensated),
        ):
            if amount:
                rows.append((name, tokens(amount)))
        return [f"{name:<12}{value}" for name, value in rows]

    def _rise(self) -> str:
        status = self._view.status
        request = status.record.request
        left_s = request.ramp_end - status.now_s
        if status.record.job is not None or left_s <= 0 or status.due is not None:
            return ""
        highest = format_amount(request.max_unit_price)
        return f", rising to {highest} in {duration(left_s)}"

    def _events(self) -> list[str]:
        from workbond.audit.events import utc

        shown = self._view.events[-EVENTS_SHOWN:]
        return [f"{utc(dated.at_s)[-8:]}  {event_words(dated.event)}" for dated in shown]

    def _why(self) -> list[str]:
        from workbond.requester.why.lookout import headline

        if self._view.books:
            return [printable(a.line) for a in self._view.books]
        if self._view.reasons is None:
            return []
        text = printable(f"Why nobody has taken it: {headline(self._view.reasons)}.")
        return textwrap.wrap(text, self._width, max_lines=REASON_LINES, placeholder=" ...")

    def _then(self) -> list[str]:
        then = self._view.status.then
        return [] if then is None else textwrap.wrap(f"{capital(then)}.", self._width)

    def _hint(self) -> list[str]:
        if self._view.status.record.state.is_final:
            return []
        return ["Ctrl-C ends the watching; the job goes on."]


def _height(sections: dict[str, list[str]]) -> int:
    """Lines of all sections, with an empty one between each two."""
    shown = [lines for lines in sections.values() if lines]
    return sum(map(len, shown)) + len(shown) - 1
