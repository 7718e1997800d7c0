"""What readers see: decoded events, one job's story, and nothing that a stranger can forge."""

import json
import random
from dataclasses import replace

import pytest

from workbond.chain.rules import escrow
from workbond.chain.transactions import send

from . import disputes
from .disputes import CASE_FEE

WORK = 10**18
GRACE_S = 86_400
PRECISE = {"uint96", "uint256"}
DISPUTED = "JobPosted JobAccepted JobClaimed OutputDemanded JobDisputed"


def _lines(ran):
    assert ran.code == 0, ran.err
    return ran.out.splitlines()


def test_events_are_json_lines_with_amounts_as_decimal_strings(told, audit):
    rows = [json.loads(line) for line in _lines(audit("events", "--json"))]
    assert [row["name"] for row in rows] == [event.name for event in told.events]
    for row, event in zip(rows, told.events, strict=True):
        assert row["block"] == event.block_number
        assert row["tx"] == "0x" + event.tx_hash.hex()
        for part in told.world.market.abi.events[event.name].inputs:
            if part["type"] in PRECISE:
                assert row["args"][part["name"]] == str(event.args[part["name"]])
    posted = next(row for row in rows if row["name"] == "JobPosted")
    assert posted["args"]["request"]["flat"] == str(WORK)
    assert posted["args"]["request"]["maxUnits"] == str(2 * 10**12)
    assert posted["args"]["request"]["runFor"] == 600


def test_events_are_a_table_with_amounts_in_tokens(told, audit):
    head, *rows = _lines(audit("events"))
    assert head.split() == ["block", "event", "about", "details"]
    assert len(rows) == len(told.events)
    column = head.index("details")
    assert {row[column - 2 : column] for row in rows} == {"  "}
    withdrawn = next(row for row in rows if "Withdrawn" in row)
    assert withdrawn.endswith(f"5 WORK to {told.world.pauper.address}")


def test_events_can_be_chosen_by_name_and_block(told, audit):
    posted = [event for event in told.events if event.name == "JobPosted"]
    ran = audit("events", "--name", "JobPosted", "--name", "JobCancelled", "--json")
    assert len(_lines(ran)) == len(posted) + 2
    third = posted[2].block_number
    ran = audit("events", "--from-block", third, "--to-block", third, "--json")
    assert [json.loads(line)["block"] for line in _lines(ran)] == [third]


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--name", "JobPaid"), "no event is named 'JobPaid': choose from"),
        (("--from-block", 10**9), "--from-block 1000000000 comes after block"),
        (("--to-block", 10**9), "block 1000000000 can't be audited"),
    ],
)
def test_events_that_can_not_be_are_refused(audit, args, words):
    ran = audit("events", *args)
    assert ran.code == 2
    assert words in ran.err


@pytest.mark.parametrize(
    ("name", "state", "reason", "names"),
    [
        ("approved", "Settled", None, "JobPosted JobAccepted JobClaimed JobSettled"),
        ("finalized", "Settled", None, "JobPosted JobAccepted JobClaimed JobSettled"),
        ("cancelled", "Cancelled", None, "JobPosted JobCancelled"),
        ("lapsed", "Cancelled", None, "JobPosted JobCancelled"),
        ("released", "Void", "Released", "JobPosted JobAccepted JobVoided"),
        ("expired", "Void", "Expired", "JobPosted JobAccepted JobVoided"),
        ("voided", "Void", "Unopened", "JobPosted JobAccepted JobClaimed JobVoided"),
        ("open", "Open", None, "JobPosted"),
        ("running", "Running", None, "JobPosted JobAccepted"),
        ("claimed", "Claimed", None, "JobPosted JobAccepted JobClaimed"),
        ("batched", "Settled", None, "JobMatched JobClaimed JobSettled"),
        ("direct", "Settled", None, "JobMatched JobClaimed JobSettled"),
        (
            "answered",
            "Settled",
            None,
            "JobMatched JobClaimed OutputDemanded OutputAnswered OutputAnswered JobSettled",
        ),
        (
            "unanswered",
            "Void",
            "Unanswered",
            "JobPosted JobAccepted JobClaimed OutputDemanded OutputAnswered JobVoided",
        ),
        (
            "waived",
            "Settled",
            None,
            "JobPosted JobAccepted JobClaimed OutputDemanded JobSettled",
        ),
        ("matched", "Running", None, "JobMatched"),
        (
            "demanding",
            "Claimed",
            None,
            "JobMatched JobClaimed OutputDemanded OutputAnswered",
        ),
        ("revoked", "Cancelled", None, "OrderCancelled"),
        ("disputed", "Disputed", None, DISPUTED),
        ("rejected", "Void", "Rejected", f"{DISPUTED} CaseResolved JobVoided"),
        ("condemned", "Void", "Rejected", f"{DISPUTED} CaseResolved JobVoided"),
        (
            "upheld",
            "Settled",
            None,
            f"{DISPUTED} OutputAnswered CaseResolved OutputAnswered JobSettled",
        ),
        ("timed out", "Settled", None, f"{DISPUTED} OutputAnswered CaseResolved JobSettled"),
    ],
)
def test_a_story_tells_state_events_and_where_the_money_went(
    told, audit, name, state, reason, names
):
    job_id = told.ids[name]
    ran = audit("job", "0x" + job_id.hex(), "--json")
    assert ran.code == 0, ran.err
    story = json.loads(ran.out)
    assert story["id"] == "0x" + job_id.hex()
    assert (story["state"], story["reason"]) == (state, reason)
    assert [event["name"] for event in story["events"]] == names.split()
    assert story["matches_storage"] is True
    assert story["findings"] == []
    final = state in ("Settled", "Cancelled", "Void")
    assert bool(story["exits"]) is not final
    locked = sum(int(entry["amount"]) for entry in story["escrow"])
    bonded = sum(int(entry["amount"]) for entry in story["bond"])
    assert (locked == 0) is final
    assert (bonded == 0) is (final or state == "Open")


def test_a_matched_jobs_story_tells_offer_matcher_tip_and_demand(told, audit):
    story = json.loads(audit("job", told.ids["demanding"].hex(), "--json").out)
    offer = next(e.args["offer"] for e in told.events if e.args.get("id") == told.ids["demanding"])
    assert (story["matcher"], story["offer"]) == (told.world.stranger.address, "0x" + offer.hex())
    assert story["pairs"] == ["1", str(1 << 32)]
    assert story["request"]["tip"] == str(WORK // 10)
    amounts = {entry["what"]: int(entry["amount"]) for entry in story["escrow"]}
    assert amounts[f"tip to {told.world.stranger.address}"] == -WORK // 10
    assert amounts["fees of 2 demanded chunks"] == 2 * WORK // 10
    assert amounts[f"fees of answers to {told.world.provider.address}"] == -WORK // 10
    lines = _lines(audit("job", told.ids["demanding"].hex()))
    assert any("task 0 chunk 1, task 1 chunk 0; fees 0.2 WORK" in line for line in lines)
    assert any("1 left to answer" in line for line in lines)


def test_a_rejected_claims_bond_is_told_to_the_last_part(told, audit):
    story = json.loads(audit("job", told.ids["rejected"].hex(), "--json").out)
    assert [(entry["what"].split(" 0x")[0], int(entry["amount"])) for entry in story["bond"]] == [
        ("locked by", 10 * WORK),
        ("cost of the case to the resolver", -CASE_FEE),
        ("to the challenger", -((9 * WORK - 1) * 30 // 100)),
        ("compensation to the requester", -((9 * WORK - 1) * 30 // 100)),
        ("burned", -(9 * WORK - 1 - 2 * ((9 * WORK - 1) * 30 // 100))),
        ("unlocked", 0),
    ]


def test_a_disputed_jobs_exits_are_its_resolvers_until_it_is_timed_out(told, audit):
    def exits():
        story = json.loads(audit("job", told.ids["disputed"].hex(), "--json").out)
        return {way["call"]: way["due"] for way in story["exits"]}

    assert exits() == {"answer": True, "resolve": True, "timeout": False}
    told.world.advance(disputes.HOUR_S)
    assert exits() == {"answer": True, "resolve": False, "timeout": True}


def test_verdicts_are_told_in_words(told, audit):
    text = audit("events", "--name", "CaseResolved", "--name", "JobDisputed").out
    assert f"by its resolver {told.world.stranger.address}: a case is open" in text
    assert f"the claim is rejected for {told.world.pauper.address} (1" in text
    assert "upheld: the claim stands (1.000000000000000001 WORK to the resolver)" in text
    assert "timed out: the claim stands (1.000000000000000001 WORK back to the requester)" in text


def test_a_demands_exits_follow_its_answers(told, audit):
    def exits(name):
        story = json.loads(audit("job", told.ids[name].hex(), "--json").out)
        return {way["call"]: way["due"] for way in story["exits"]}

    assert exits("claimed") == {"approve": True, "demand": True, "finalize": False, "void": False}
    assert exits("demanding") == {"approve": True, "answer": True, "void": False}
    told.world.advance(GRACE_S)
    assert exits("demanding") == {"approve": True, "answer": False, "void": True}


def test_a_cancelled_offer_is_no_job(told, audit):
    ran = audit("job", told.ids["offer"].hex())
    assert ran.code == 2
    assert "is no job but an offer, which its provider cancelled" in ran.err


def test_events_of_signed_orders_are_told_in_words(told, audit):
    text = audit("events").out
    world = told.world
    assert f"matched by {world.stranger.address} with offer 0x" in text
    assert "filled by the provider" in text
    assert f"{world.pauper.address} may submit and answer for it" in text
    assert "to 2: what was signed under another is revoked" in text
    assert "entry 1 was left out: the request does not fit the offer: maxBond is 10 WORK" in text


def test_a_match_in_json_has_its_request_in_words(told, audit):
    rows = map(json.loads, _lines(audit("events", "--name", "JobMatched", "--json")))
    for row, event in zip(rows, [e for e in told.events if e.name == "JobMatched"], strict=True):
        assert row["args"]["terms"] == "0x" + event.args["terms"].hex()
        assert row["args"]["request"]["flat"] == str(WORK)
        assert row["args"]["unitPrice"] == str(event.args["unitPrice"])
        assert row["args"]["acceptedAt"] == event.args["acceptedAt"]


def test_the_latest_job_may_be_a_signed_one(told, audit):
    lines = _lines(audit("job", "last"))
    assert lines[0] == "Job 0x" + told.ids["matched"].hex()
    assert f"  signed    matched by {told.world.stranger.address}" in lines


def test_a_revoked_requests_story_says_so(told, audit):
    lines = _lines(audit("job", told.ids["revoked"].hex()))
    assert lines[1].startswith("State Cancelled at block ")
    assert lines[2] == "Its requester cancelled the request before it became a job."
    assert lines[-1] == "Matches storage: yes"


@pytest.mark.parametrize("command", ["events", "ledger"])
def test_at_a_narrow_terminal_no_row_is_broken(told, audit, command, monkeypatch):
    """What does not fit stands below, indented; addresses and amounts stay whole."""
    for module in ("audit", "audit_ledger"):
        monkeypatch.setattr(f"workbond.cli.{module}.terminal_width", lambda stream: 80)
    lines = [line for line in _lines(audit(command)) if line]
    short = [line for line in lines if not line.startswith(" " * 7)]  # others are prose
    assert max(map(len, short)) <= 80
    assert any(line.startswith(told.world.provider.address) for line in lines) is (
        command == "ledger"
    )
    if command == "events":
        assert lines[0].split() == ["block", "event"]
        assert sum(line[:5].strip().isdigit() for line in lines) == len(told.events)


def test_a_story_in_words_names_the_parties_the_amounts_and_the_checks(told, audit):
    lines = _lines(audit("job", told.ids["finalized"].hex()[:10]))
    world = told.world
    assert lines[0] == "Job 0x" + told.ids["finalized"].hex()
    assert lines[1].startswith("State Settled at block ")
    assert f"Requester {world.requester.address}" in lines
    assert any(line.startswith(f"payment to {world.provider.address}") for line in lines)
    assert sum(line.startswith("locked now") and line.endswith(" 0") for line in lines) == 2
    assert lines[-1] == "Matches storage: yes"


def test_a_story_says_which_exits_are_due(told, audit):
    def due():
        story = json.loads(audit("job", told.ids["running"].hex(), "--json").out)
        return {way["call"] for way in story["exits"] if way["due"]}

    assert due() == {"submit", "release"}
    told.world.advance(600)
    assert due() == {"expire"}


def test_a_story_at_an_earlier_block_is_that_of_then(told, audit):
    posted = next(e for e in told.events if e.args.get("id") == told.ids["voided"])
    ran = audit("job", told.ids["voided"].hex(), "--to-block", posted.block_number, "--json")
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["state"] == "Open"


@pytest.mark.parametrize("text", ["0x12345", "", "0x", "xyzxyz", "0x" + "1" * 65, "1234567g"])
def test_what_is_no_beginning_of_an_id_is_refused(audit, text):
    ran = audit("job", text)
    assert ran.code == 2
    assert "is not a job id" in ran.err


@pytest.mark.parametrize("text", ["0x" + "0" * 6, "0x" + "0" * 64])
def test_an_id_of_no_job_is_refused(audit, text):
    ran = audit("job", text)
    assert ran.code == 2
    assert text in ran.err


def test_a_beginning_that_two_jobs_share_is_refused_with_both_ids(told, audit):
    world = told.world
    sound = world.request(flat=0, max_units=0, bond=0)
    seen = {}
    chance = random.Random(1)
    while True:  # 6 digits collide after some thousand salts
        request = replace(sound, salt=chance.randbytes(32))
        job_id = world.id_of(request).hex()
        twin = seen.setdefault(job_id[:6], (job_id, request))
        if twin[0] != job_id:
            break
    for posted in (request, twin[1]):
        world.market.post(world.requester, posted, "")
    ran = audit("job", job_id[:6])
    assert ran.code == 2
    assert "2 jobs begin with" in ran.err
    assert job_id in ran.err
    assert twin[0] in ran.err
    assert audit("job", job_id).code == 0


EVIL = "http://x/\x1b]0;owned\x07\x1b[2J\r\nMatches storage: no\u202e\u2028\x85\ud7ff\x9b31m"


def test_strangers_text_can_not_reach_the_terminal_raw_or_add_lines(told, audit):
    world = told.world
    request = world.request(salt=b"\x66" * 32)
    world.market.post(world.requester, request, EVIL)
    world.market.announce(world.stranger, EVIL.encode())
    for args in (("events",), ("job", world.id_of(request).hex()), ("ledger",)):
        ran = audit(*args)
        assert ran.code == 0, ran.err
        assert all(char.isprintable() or char == "\n" for char in ran.out)
        assert "Matches storage: no" not in ran.out.splitlines()
    for args in (("events", "--json"), ("job", world.id_of(request).hex(), "--json")):
        ran = audit(*args)
        assert ran.out.isascii()
        assert all(char.isprintable() or char == "\n" for char in ran.out)
    assert json.loads(ran.out)["gateway"] == EVIL


def test_a_gateway_that_is_no_utf8_stops_nobody(told, audit):
    world = told.world
    request = world.request(salt=b"\x67" * 32)
    data = world.market.abi.call_data("post", [request.to_tuple(), "A" * 512])
    data = data.replace(b"A" * 512, b"\xff" * 512)
    send(world.connection, world.requester, world.market.address, data)
    for args in (("events",), ("ledger",), ("job", world.id_of(request).hex())):
        assert audit(*args).code == 0
    report = json.loads(audit("job", world.id_of(request).hex(), "--json").out)
    assert report["escrow"][0]["amount"] == str(escrow(request))


@pytest.mark.parametrize("command", ["events", "job", "ledger"])
def test_every_help_has_an_example(cli, command):
    ran = cli("audit", command, "--help")
    assert ran.code == 0
    assert f"workbond audit {command}" in ran.out.split("Example")[1]
