"""Following both contracts: claims and cases, kept up to date from their events.

A node needs no memory of them: at its start it reads as far back as a live job or an open case can
reach, and a reorganisation has it read again from the last head that is still there.
"""

from __future__ import annotations

from workbond.chain import cases, rules
from workbond.chain.abi import Event
from workbond.chain.answers import Block
from workbond.chain.committee import Committee
from workbond.chain.heads import Heads
from workbond.chain.market import Market
from workbond.jobs import JOB_EVENTS, JobRecord
from workbond.verifier.claims import Claims
from workbond.verifier.docket import Docket

JOB_FOR_S = (
    rules.MAX_OPEN_FOR_S
    + rules.MAX_RUN_FOR_S
    + rules.MAX_CHALLENGE_FOR_S * 3 // 2
    + rules.ANSWER_FOR_S
    + rules.GRACE_S
    + cases.MAX_COURSE_S
)
"""The longest from a job's posting to its end, if the committee judges it."""
CASE_EVENTS = (
    "CaseOpened",
    "Challenged",
    "SeedRequested",
    "SeatsDrawn",
    "VoteCommitted",
    "VoteRevealed",
    "CaseAppealed",
    "CaseClosed",
    "CrankPaid",
    "SeatSettled",
    "ChallengeSettled",
    "AppealSettled",
)


class Watch:
    """Claims and cases up to the last head.

    Args:
        market: the deployed market.
        committee: the deployed committee.
        us: the verifier's address.
        first_block: where the market was deployed.
    """

    def __init__(self, market: Market, committee: Committee, us: str, first_block: int) -> None:
        self._market, self._committee = market, committee
        self._heads = Heads(market.connection, first_block)
        self.claims = Claims(market, committee.address, first_block)
        self.docket = Docket(committee, us)
        self._news: list[Event] = []
        self._gone: set[bytes] = set()  # jobs of cases that are not live any more

    def start(self, head: Block) -> None:
        """Reads what led to the present."""
        oldest = self._heads.first_since(head.timestamp - JOB_FOR_S, head)
        for event in self._market.events(oldest, head.number, names=JOB_EVENTS):
            self.claims.apply(event)
        oldest = self._heads.first_since(head.timestamp - cases.MAX_COURSE_S, head)
        for event in self._committee.events(oldest, head.number, names=CASE_EVENTS):
            self.docket.apply(event)
        self.docket.refresh(head)
        self._heads.add(head)

    def catch_up(self, head: Block) -> list[Event]:
        """Takes in the blocks up to `head`; returns what they tell of cases."""
        if self._heads.is_news(head):
            if self._heads.forked(head):
                self._heads.rewind()
                self.claims.rewind(self._heads.last.number)
                self.docket.rewind()
                self._gone.clear()
            first = self._heads.last.number + 1
            verdicts: list[Event] = []
            for event in self._market.events(first, head.number, names=JOB_EVENTS):
                self.claims.apply(event)
                if event.name == "CaseResolved":
                    verdicts.append(event)
            news = list(self._committee.events(first, head.number, names=CASE_EVENTS))
            for event in news:
                self.docket.apply(event)
            self._heads.add(head)
            self._news += verdicts + news
        self.docket.refresh(head)
        told, self._news = self._news, []
        return told

    def record(self, case_id: bytes) -> JobRecord | None:
        """The job of a case, its record as it is now; None if it is not live."""
        found = self.claims.find(case_id)
        if found is None and case_id not in self._gone:
            found = self.claims.reload(case_id, self._heads.last.number)
            if found is None and self._market.state_of(case_id).is_final:
                self._gone.add(case_id)  # not so if a node that lags behind has no events of it
        return found
