"""What both replayed ledgers object with."""

from __future__ import annotations

from collections.abc import Iterable

from workbond.audit.findings import Findings
from workbond.audit.problems import Problem
from workbond.chain.abi import Event


class Objector:
    """Puts what is wrong with an event among the findings; `prefix` opens every text."""

    def __init__(self, findings: Findings, prefix: str = "") -> None:
        self.findings, self._prefix = findings, prefix
        self._last = (-1, -1)

    def _in_order(self, event: Event) -> None:
        """The chain's order: an event comes after the one before it."""
        place = (event.block_number, event.log_index)
        if place <= self._last:
            self._object(event, ("order", f"{event.name} comes after log {self._last}"))
        self._last = place

    def _positive(self, event: Event) -> None:
        if event.args["amount"] == 0:
            self._object(event, ("rule", f"{event.name} of amount 0, allowed from 1 on"))

    def _overdrawn(self, event: Event, account: str, what: str, held: int, amount: int) -> None:
        text = f"{event.name} takes {amount} of the {what} of {account}, which holds {held}"
        self._object(event, ("overdrawn", text))

    def _check(self, event: Event, problems: Iterable[Problem]) -> None:
        for problem in problems:
            self._object(event, problem)

    def _object(self, event: Event, problem: Problem) -> None:
        code, text = problem
        self.findings.add(code, event.block_number, event.log_index, self._prefix + text)
