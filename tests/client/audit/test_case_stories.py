"""What readers see of cases: events in words, a job's story with its case, the books."""

import json

import pytest

from workbond.chain import anvil as local

from .conftest import Proxy
from .trials import TRUE


@pytest.fixture
def judged(tried, cli, monkeypatch):
    """Runs `workbond audit ARGS...` on the history of cases, through a proxy."""
    taken = local.snapshot(tried.world.connection)
    server = Proxy(tried.world.url)
    monkeypatch.setenv("WORKBOND_RPC", server.url)
    monkeypatch.setenv("WORKBOND_DEPLOYMENTS", str(tried.world.directory))

    def run(*args):
        return cli("audit", *args)

    run.proxy = server
    yield run
    server.shutdown()
    server.server_close()
    local.revert(tried.world.connection, taken)


def _lines(ran):
    assert ran.code == 0, ran.out + ran.err
    return ran.out.splitlines()


def test_the_ledger_of_both_contracts_adds_up(tried, judged):
    report = json.loads("\n".join(_lines(judged("ledger", "--json"))))
    books = report["committee"]
    assert books["committee"] == tried.committee.address
    assert books["cases"] == {
        "Rejected": 2,
        "Upheld": 2,
        "Undecided": 2,
        "Abandoned": 1,
        "Voting": 1,
    }
    assert (books["owed"], books["surplus"]) == (books["balance"], "0")
    assert report["matches_storage"] is report["solvent"] is True
    for row in books["accounts"]:
        stored = tried.committee.verifier_of(row["account"])
        assert (row["free"], row["staked"]) == (str(stored.free), str(stored.staked))
        assert (row["leaving"], row["place"]) == (str(stored.leaving), stored.place)


def test_the_table_shows_the_committees_accounts_and_cases(tried, judged):
    lines = _lines(judged("ledger"))
    at = lines.index(f"Committee {tried.committee.address}")
    below = lines[at:]
    assert any(line.startswith(next(iter(tried.judges))) for line in below)
    assert any(line.startswith("Cases: 2 Rejected, ") for line in below)
    assert lines[-2:] == ["Matches storage: yes", "Solvent: yes"]


def test_a_jobs_story_tells_its_case(tried, judged):
    story = json.loads("\n".join(_lines(judged("job", tried.ids["rejected"].hex(), "--json"))))
    trial = story["case"]
    found = "0x" + TRUE.hex()
    assert (trial["outcome"], trial["winner"]) == ("Rejected", found)
    assert [each["challenger"] for each in trial["challenges"]] == [
        tried.world.pauper.address,
        tried.world.stranger.address,
    ]
    (round_,) = trial["rounds"]
    assert [seat["vote"] for seat in round_["seats"]] == [found, None, found]
    names = [event["name"] for event in story["events"]]
    assert names.index("JobDisputed") < names.index("CaseOpened") < names.index("CaseResolved")
    assert names.index("CaseResolved") < names.index("SeatSettled") < names.index("CaseClosed")
    assert {event["contract"] for event in story["events"]} == {"Market", "Committee"}
    assert story["matches_storage"] is True


@pytest.mark.parametrize(
    "name", ["upheld", "audited", "undecided", "undrawn", "abandoned", "ruinous", "open"]
)
def test_every_story_holds(tried, judged, name):
    lines = _lines(judged("job", "0x" + tried.ids[name].hex()))
    assert "Matches storage: yes" in lines
    assert any(line.startswith("Case, 3 seats at first, ") for line in lines)


def test_a_story_shows_who_voted_what_and_who_was_paid(tried, judged):
    text = "\n".join(_lines(judged("job", tried.ids["upheld"].hex())))
    world = tried.world
    assert f"challenged by {world.pauper.address}, bond 2" in text
    assert f"round 1, asked for by {world.provider.address} for " in text
    assert "could not get the inputs" in text
    assert "  Upheld" in text.splitlines()
    assert "repaid out of penalties" in text
    assert f"{world.pauper.address} gets back 0 WORK of 2" in text


def test_a_block_before_the_committee_can_be_audited(tried, judged):
    block = tried.world.deployment.committee.block - 1
    report = json.loads("\n".join(_lines(judged("ledger", "--to-block", block, "--json"))))
    assert report["committee"] is None


def test_events_of_both_contracts_come_in_the_order_of_the_chain(tried, judged):
    rows = [json.loads(line) for line in _lines(judged("events", "--json"))]
    places = [(row["block"], row["log_index"]) for row in rows]
    assert places == sorted(places)
    assert {row["contract"] for row in rows} == {"Market", "Committee"}
    text = judged("events", "--name", "Staked", "--name", "CaseOpened").out
    assert f"the lottery chose it, said {tried.world.stranger.address}" in text
    assert "200 WORK, in the committee" in text


@pytest.mark.parametrize(
    ("name", "event"),
    [
        *(("rejected", name) for name in ("CaseOpened", "Challenged", "SeatsDrawn", "CaseClosed")),
        *(("upheld", name) for name in ("CaseAppealed", "VoteRevealed", "AppealSettled")),
        *(("open", name) for name in ("SeedRequested", "VoteCommitted", "SeatsDrawn")),
    ],
)
def test_a_story_with_a_hidden_event_of_its_case_fails(tried, judged, name, event):
    hidden = "0x" + tried.committee.abi.events[event].hash.hex()
    judged.proxy.edit_logs(
        tried.committee.address,
        lambda logs: [log for log in logs if log["topics"][0] != hidden],
    )
    ran = judged("job", "0x" + tried.ids[name].hex())
    assert ran.code == 9, ran.out + ran.err
