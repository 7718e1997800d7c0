"""A verifier's money, seats and challenges, from the chain alone."""

from __future__ import annotations

from dataclasses import dataclass

from workbond.chain import cases
from workbond.chain.cases import Verifier
from workbond.chain.committee import Committee
from workbond.chain.contract import topic
from workbond.chain.heads import Heads
from workbond.chain.market import Market
from workbond.verifier.docket import Docket
from workbond.verifier.duties import duty_of
from workbond.verifier.statusfile import Duty
from workbond.verifier.watch import CASE_EVENTS


@dataclass(frozen=True)
class Totals:
    """Base units over all of an account's cases; `seats` were settled, `won` challenges."""

    seats: int
    seat_fees: int
    penalties: int
    tips: int
    won: int
    rewards: int
    forfeited: int

    @property
    def earned(self) -> int:
        return self.seat_fees + self.tips + self.rewards

    @property
    def lost(self) -> int:
        return self.penalties + self.forfeited


@dataclass(frozen=True)
class Status:
    """At one block: the account, all stake that is drawn, what it earned, and its open cases."""

    account: Verifier
    total_active: int
    now_s: int
    totals: Totals
    duties: tuple[Duty, ...]


def read_status(market: Market, committee: Committee, us: str, first_block: int) -> Status:
    """The state of verifier `us`; `first_block` is where the market was deployed."""
    head = market.connection.block()
    oldest_s = head.timestamp - cases.MAX_COURSE_S
    oldest = Heads(market.connection, first_block).first_since(oldest_s, head)
    docket = Docket(committee, us)
    for event in committee.events(oldest, head.number, names=CASE_EVENTS):
        docket.apply(event)
    docket.refresh(head)
    duties = (duty_of(us, each, head.timestamp) for each in docket.open())
    return Status(
        account=committee.verifier_of(us, head.number),
        total_active=committee.total_active(head.number),
        now_s=head.timestamp,
        totals=_totals(market, committee, us, first_block, head.number),
        duties=tuple(duty for duty in duties if duty is not None),
    )


def _totals(
    market: Market, committee: Committee, us: str, first_block: int, last_block: int
) -> Totals:
    seats = fees = penalties = tips = won = rewards = forfeited = 0
    names = ("SeatSettled", "CrankPaid", "ChallengeSettled")  # topic 2 is the account
    for event in committee.events(first_block, last_block, names=names, topics=[None, topic(us)]):
        args = event.args
        if event.name == "SeatSettled":
            seats += 1
            fees += args["fee"]
            penalties += args["penalty"]
        elif event.name == "CrankPaid":
            tips += args["amount"]
        else:
            forfeited += args["bond"] - args["returned"]
    topics = [None, topic(committee.address), topic(us)]
    for event in market.events(first_block, last_block, names=["CaseResolved"], topics=topics):
        won += event.args["rejected"]
        rewards += event.args["toChallenger"]
    return Totals(seats, fees, penalties, tips, won, rewards, forfeited)
