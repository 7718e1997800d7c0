"""The committee's ledger rebuilt from events is what the contract stores."""

from workbond.chain import cases
from workbond.chain.artifacts import artifact
from workbond.chain.cases import Outcome

from .trials import WORK


def test_the_history_holds_every_event_that_a_committee_can_emit(tried, retrials):
    told = {event.name for event in retrials.events if event.address == tried.committee.address}
    known = {entry["name"] for entry in artifact("Committee").abi if entry["type"] == "event"}
    assert told == known


def test_a_history_with_every_kind_of_case_matches_storage(retrials):
    assert [str(finding) for finding in retrials.findings(retrials.events).kept] == []


def test_every_case_ended_as_it_was_played(tried, retrials):
    found = {name: retrials.ledger.book.cases[case_id] for name, case_id in tried.ids.items()}
    ends = {name: case.outcome for name, case in found.items()}
    assert ends == {
        "rejected": Outcome.REJECTED,
        "upheld": Outcome.UPHELD,
        "audited": Outcome.UPHELD,
        "undecided": Outcome.UNDECIDED,
        "undrawn": Outcome.UNDECIDED,
        "abandoned": Outcome.ABANDONED,
        "ruinous": Outcome.REJECTED,
        "open": None,
    }
    assert [len(case.rounds) for case in found.values()] == [1, 2, 1, 1, 1, 2, 3, 1]
    lost = [e for e in found["ruinous"].events if e.name == "SeatSettled" and e.args["penalty"]]
    most = cases.penalty(500 * WORK, 3)
    assert lost
    assert all(event.args["penalty"] < most for event in lost)
    assert retrials.ledger.locked == found["open"].locked > 0
