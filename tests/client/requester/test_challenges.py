"""Challenging a result, and its case as the requester's commands tell it: with a real committee."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from workbond import accounts
from workbond.chain import anvil, cases, funds
from workbond.chain.types import Job, State
from workbond.errors import UsageError
from workbond.jobfile import load_job_file
from workbond.requester.cases import case_of
from workbond.requester.challenge import plan_challenge, require_challengeable
from workbond.requester.judged import Choice, judged
from workbond.requester.pack import pack
from workbond.requester.recheck import execute_again, opens
from workbond.requester.submit import Posting
from workbond.tree import opening_digest, seal

from .conftest import Work
from .courses import Judges

WORK = 10**18
CHOICE = Choice(seats=3, audit_rate=0, case_fee=12 * WORK)
BOND, CHALLENGE = 60 * WORK, 18 * WORK  # the provider's, and a challenge's
WRONG = b"\x66" * 32


class Suit:
    """A judged job, whose provider is played: what it claims is made up, and so wrong."""

    def __init__(self, world: Any, desk: Any, provider: Any, job: Any, posting: Posting) -> None:
        self.world, self.desk, self.provider = world, desk, provider
        self.job_file, self.posting, self.id = job, posting, posting.id
        self.request = posting.request
        self.judges: Judges | None = None

    @property
    def name(self) -> str:
        return "0x" + self.id.hex()

    @property
    def job(self) -> Job:
        return self.desk.job(self.id).live_job()

    def truth(self) -> bytes:
        """D, as this machine finds it."""
        return execute_again(
            self.desk,
            self.desk.job(self.id),
            self.world.stranger.address,
            lambda: self.world.stranger,
            within_s=60,
        )

    def claim(self, opening: bytes | None = None) -> None:
        """`opening`, or something made up with a manifest."""
        if opening is None:
            self.provider.work(self.posting, [Work(b"one"), Work(b"two"), Work(b"three")])
            return
        self.provider.claim(self.id, self.provider.accept(self.posting), opening, b"none")

    def to(self, time_s: int) -> None:
        anvil.set_time(self.world.connection, time_s)


@pytest.fixture
def judges(world) -> Judges:
    return Judges(world)


@pytest.fixture
def suit(world, judges, desk, provider, job_path, post_job) -> Suit:
    text = job_path.read_text().replace('bond = "5"', 'bond = "60"')
    text = text.replace("challenge_for_s = 120", "challenge_for_s = 3600")
    job_path.write_text(text.replace('resolver = "none"', ""))
    job = judged(load_job_file(job_path), world.deployment.committee.address, CHOICE)
    package = pack(job, desk.store)
    for cid in package.cids:  # its provider, who fetched them, serves them to verifiers
        provider.store.put_file(desk.store.path(cid))
    found = Suit(world, desk, provider, job, post_job(job, package, provider.gateway.url))
    found.judges = judges
    return found


def challenged(suit: Suit, opening: bytes) -> None:
    """By the judges' challenger."""
    judges, world = suit.judges, suit.world
    funds.deposit(judges.committee, world.token, judges.challenger, CHALLENGE)
    sealed = seal(judges.challenger.address, suit.id, opening)
    judges.committee.challenge(judges.challenger, suit.request, suit.job, sealed)


def told(jobs_cli: Any, *args: Any) -> Any:
    ran = jobs_cli(*args, "--json")
    assert ran.code == 0, ran.err
    return json.loads(ran.out)


# ───────────────────────────────── challenging ────────────────────────────────


def test_a_wrong_result_is_executed_again_and_challenged_with_the_right_one(suit, jobs_cli):
    suit.claim()
    shown = told(jobs_cli, "challenge", suit.name, "--account", "stranger", "--yes")
    assert shown["state"] == "Disputed"
    (one,) = shown["case"]["challenges"]
    stranger = suit.world.stranger.address
    assert one["challenger"] == shown["case"]["opener"] == stranger
    assert one["bond"] == str(CHALLENGE)
    assert one["seal"] == "0x" + seal(stranger, suit.id, suit.truth()).hex()


def test_what_lacks_in_the_committee_is_deposited_by_a_permit_in_the_same_command(suit, jobs_cli):
    suit.claim()
    committee, stranger = suit.judges.committee, suit.world.stranger
    funds.deposit(committee, suit.world.token, stranger, 5 * WORK)
    wallet = suit.world.token.balance(stranger.address)
    result = ("--root", "0x" + "66" * 32, "--units", "7")
    ran = jobs_cli("challenge", suit.name, *result, "--account", "stranger", "--yes")
    assert ran.code == 0, ran.err
    assert re.search(r"WORK in the wallet +\S+ +-13 ", ran.out)
    assert re.search(r"WORK free in the committee +5 +-5 +0", ran.out)
    assert re.search(r"WORK in the case +0 +\+18 +18", ran.out)
    assert "gas coin, 2 transactions" in ran.out
    assert f"Next: workbond job watch {suit.name} --account stranger" in ran.err
    assert wallet - suit.world.token.balance(stranger.address) == 13 * WORK
    assert committee.verifier_of(stranger.address).free == 0
    (challenge,) = committee.challenges_of(suit.id)
    opening = opening_digest(b"\x66" * 32, 7)
    assert challenge.seal == seal(stranger.address, suit.id, opening)


def test_a_right_result_is_never_challenged(suit, jobs_cli):
    suit.provider.accept(suit.posting)
    truth = suit.truth()
    record = suit.desk.job(suit.id)
    suit.provider.claim(suit.id, record.live_job(), truth, b"none")
    assert opens(suit.desk.job(suit.id), truth)
    ran = jobs_cli("challenge", suit.name, "--yes")
    assert ran.code == 2
    assert "is right: this machine finds the same" in ran.err
    with pytest.raises(UsageError, match="is what you found too"):
        plan_challenge(suit.desk, suit.desk.job(suit.id), suit.world.stranger.address, truth)


def test_a_manifest_of_another_machine_will_do(suit, jobs_cli, tmp_path):
    suit.claim()
    other = [Work(b"1"), Work(b"2"), Work(b"3")]
    manifest, tree = suit.provider.publish(suit.id, other)
    (tmp_path / "m.json").write_bytes(manifest.to_bytes())
    ran = jobs_cli("challenge", suit.name, "--manifest", tmp_path / "m.json", "--yes")
    assert ran.code == 0, ran.err
    requester = suit.world.requester.address
    (challenge,) = suit.judges.committee.challenges_of(suit.id)
    assert challenge.seal == seal(requester, suit.id, tree.opening)


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        (("--root", "0x" + "66" * 32), "--root and --units belong together"),
        (("--units", "3"), "--root and --units belong together"),
        (("--root", "0x66", "--units", "3"), "is no hash"),
        (("--manifest", "m.json", "--units", "3"), "--manifest stands against"),
        (("--manifest", "m.json"), "can't read m.json"),
    ],
)
def test_what_names_no_result_is_refused_in_one_line(suit, jobs_cli, args, problem):
    suit.claim()
    ran = jobs_cli("challenge", suit.name, *args, "--yes")
    assert ran.code == 2
    assert problem in ran.err
    assert ran.err.count("\n") == 1


def test_a_manifest_of_another_job_is_refused(suit, jobs_cli, tmp_path):
    suit.claim()
    manifest, _ = suit.provider.publish(b"\1" * 32)
    (tmp_path / "m.json").write_bytes(manifest.to_bytes())
    ran = jobs_cli("challenge", suit.name, "--manifest", tmp_path / "m.json", "--yes")
    assert "is the manifest of job 0x0101" in ran.err
    (tmp_path / "m.json").write_text("{}")
    ran = jobs_cli("challenge", suit.name, "--manifest", tmp_path / "m.json", "--yes")
    assert "is no result manifest" in ran.err


def test_who_has_too_little_is_told_where_to_get_it(suit, jobs_cli):
    suit.claim()
    result = ("--root", "0x" + "66" * 32, "--units", "7", "--yes")
    ran = jobs_cli("challenge", suit.name, *result, "--account", "pauper")
    assert "this takes 18 WORK" in ran.err
    assert "get 18 more" in ran.err
    world, stranger = suit.world, suit.world.stranger
    held = world.token.balance(stranger.address)
    world.token.transfer(stranger, world.requester.address, held - WORK)
    ran = jobs_cli("challenge", suit.name, *result, "--account", "stranger")
    assert "`workbond account withdraw 17` takes it out of the market first" in ran.err


def test_a_job_is_challenged_when_it_is_claimed_and_in_time_only(suit, jobs_cli):
    result = ("--root", "0x" + "66" * 32, "--units", "7", "--yes")
    ran = jobs_cli("challenge", suit.name, *result)
    assert "is Open: only a claimed result is challenged" in ran.err
    suit.claim()
    suit.to(suit.job.window_end)
    ran = jobs_cli("challenge", suit.name, *result)
    assert "can't be challenged any more: the time for that is over" in ran.err


def test_an_unjudged_job_and_one_of_another_resolver_are_told_apart(suit, desk, job, post_job):
    plain = post_job(replace_judging(job, None), pack(job, desk.store))
    with pytest.raises(UsageError, match="its request names no resolver"):
        require_challengeable(desk, desk.job(plain.id))
    other = accounts.dev_signer(7).address
    foreign = post_job(replace_judging(suit.job_file, other), pack(job, desk.store))
    with pytest.raises(UsageError, match=f"is judged by {other}"):
        require_challengeable(desk, desk.job(foreign.id))


def replace_judging(job: Any, resolver: str | None) -> Any:
    if resolver is None:
        return judged(job, None)
    return judged(job, None, replace(CHOICE, resolver=resolver))


def test_others_join_until_the_first_seats_have_committed(suit, jobs_cli):
    suit.claim()
    challenged(suit, WRONG)
    result = ("--root", "0x" + "77" * 32, "--units", "7", "--yes")
    shown = told(jobs_cli, "challenge", suit.name, *result)
    assert len(shown["case"]["challenges"]) == 2
    ran = jobs_cli("challenge", suit.name, *result)
    assert "has challenged with this result already, once is enough" in ran.err
    suit.judges.draw(suit)
    suit.to(suit.judges.case(suit).deadline)
    ran = jobs_cli("challenge", suit.name, *result)
    assert "takes no further challenge" in ran.err


# ────────────────────────────── a case, step by step ──────────────────────────


def test_the_commands_tell_a_case_from_challenge_to_receipt(suit, jobs_cli, world_cli):
    """Found right by three seats, appealed, found wrong by seven."""
    suit.claim()
    judges, world = suit.judges, suit.world
    right = opening_of_claim(suit)
    challenged(suit, WRONG)
    said = lambda: told(jobs_cli, "status", suit.name)  # noqa: E731

    assert "its case waits for the draw of 3 seats, " in said()["words"]
    ran = jobs_cli("appeal", suit.name, "--yes")
    assert "can't be appealed: the seats of its round are not drawn yet" in ran.err
    ran = jobs_cli("approve", suit.name, "--yes")
    assert "is disputed, and can't be approved before its case is over" in ran.err

    judges.draw(suit)
    assert "its case is heard: 0 of 3 seats have committed, " in said()["words"]
    ran = jobs_cli("why", suit.name)
    assert "is Disputed (its case is heard: 0 of 3 seats have committed, " in ran.err
    ran = jobs_cli("end", suit.name, "--yes")
    assert "is disputed: its case is heard" in ran.err
    judges.vote(suit, [right] * 3)
    status = said()
    assert "most seats found the result right; anyone may appeal" in status["words"]
    assert "(round 1 of at most 4)" in status["words"]
    assert status["case"]["appealable"]

    ran = jobs_cli("appeal", suit.name, "--yes")
    assert ran.code == 0, ran.err
    price = cases.appeal_price(12 * WORK, 3, 1)
    assert re.search(rf"WORK in the case +0 +\+{price / WORK:g} ", ran.out)
    assert "Appealed: 7 seats decide" in ran.out
    judges.draw(suit)
    judges.vote(suit, [WRONG] * 7)
    assert "most seats found the result wrong; anyone may appeal" in said()["words"]

    suit.to(judges.case(suit).appeals_until)
    status = said()
    assert (status["due"], status["next"]) == ("close", f"workbond job end {suit.name}")
    assert "if the result is found wrong, the requester gets the escrow of " in status["then"]
    ran = jobs_cli("end", suit.name, "--yes", "--account", "stranger")
    assert ran.code == 0, ran.err
    assert re.search(r"WORK free in the committee +0 +\+1\.2 +1\.2", ran.out)
    assert "Receipt: the job is Void (Rejected)" in ran.out
    assert "The committee found the result wrong. In the committee got:" in ran.out
    assert "were lost by seats that voted against the majority, or not at all." in ran.out

    cost = told(jobs_cli, "receipt", suit.name)
    rest = BOND - 12 * WORK
    assert cost["challenger"] == cost["compensation"] == str(rest * 30 // 100)
    assert cost["judges"] == str(12 * WORK)
    assert int(cost["change"]) == rest * 30 // 100 + int(cost["back_committee"])
    assert "judged" in [step["step"] for step in cost["steps"]]
    money = json.loads(world_cli("account", "balance", "requester", "--json").out)
    held = judges.committee.verifier_of(world.requester.address).free
    assert money["committee"]["free"] == str(held)
    assert held > int(cost["back_committee"]) > 0  # its appeal was repaid, too


def opening_of_claim(suit: Suit) -> bytes:
    """D of what the played provider claimed."""
    _, tree = suit.provider.publish(suit.id, [Work(b"one"), Work(b"two"), Work(b"three")])
    return tree.opening


def test_a_result_that_was_wrongly_challenged_is_approved_after_its_case(suit, jobs_cli):
    suit.claim()
    right = opening_of_claim(suit)
    challenged(suit, WRONG)
    judges = suit.judges
    judges.decide(suit, suit.job, [right] * 3)
    status = told(jobs_cli, "status", suit.name)
    assert status["words"].startswith("the committee found the result right, and anyone who has")
    assert status["case"]["outcome"] == "Upheld"
    cost = told(jobs_cli, "approve", suit.name, "--wait", "--yes")["cost"]
    assert cost["back_verdict"] == str(12 * WORK)
    assert cost["change"] == str(-int(cost["paid"]))
    paid = {one["account"]: one for one in status["case"]["paid"]}
    assert paid[suit.world.provider.address]["for"] == "what is left of the challenge's bond"


def test_a_case_that_nobody_decides_is_ended_by_anyone(suit, jobs_cli):
    suit.claim()
    challenged(suit, WRONG)
    job = suit.job
    suit.to(job.disputed_at + job.case_for)
    status = told(jobs_cli, "status", suit.name)
    assert (status["due"], status["words"]) == ("timeout", "its resolver did not decide in time")
    shown = told(jobs_cli, "end", suit.name, "--yes")
    assert shown["state"] == "Claimed"
    assert shown["cost"]["back_verdict"] == str(12 * WORK)
    assert shown["due"] == "abandon"
    committee, challenger = suit.judges.committee, suit.judges.challenger
    assert committee.verifier_of(challenger.address).free == 0
    ran = jobs_cli("end", suit.name, "--yes")
    assert "18 WORK go back to those who challenged or appealed." in ran.out
    assert committee.verifier_of(challenger.address).free == CHALLENGE
    status = told(jobs_cli, "status", suit.name)
    assert "did not decide in time, so the result stands" in status["words"]
    assert status["case"]["outcome"] == "Abandoned"
    assert told(jobs_cli, "approve", suit.name, "--yes")["state"] == "Settled"


def test_a_case_of_another_resolver_is_told_as_far_as_the_market_knows(
    suit, desk, job, world, post_job, provider, jobs_cli
):
    judge = accounts.dev_signer(7)
    foreign = post_job(replace_judging(suit.job_file, judge.address), pack(job, desk.store))
    provider.work(foreign, [Work(b"one"), Work(b"two"), Work(b"three")])
    world.market.dispute(judge, foreign.id, desk.job(foreign.id).live_job())
    record = desk.job(foreign.id)
    assert record.state == State.DISPUTED
    assert case_of(desk, record) is None
    status = told(jobs_cli, "status", "0x" + foreign.id.hex())
    assert status["case"] is None
    assert status["words"].startswith(f"its resolver {judge.address} decides, ")


def test_watching_follows_a_case_to_its_verdict(suit, jobs_cli):
    suit.claim()
    right = opening_of_claim(suit)
    challenged(suit, right)
    suit.judges.decide(suit, suit.job, [WRONG] * 3)
    ran = jobs_cli("watch", suit.name, "--json")
    assert ran.code == 8  # it ended without a paid result
    (view,) = map(json.loads, ran.out.splitlines())
    names = [event["name"] for event in view["events"]]
    expected = ["JobPosted", "JobAccepted", "JobClaimed", "JobDisputed", "CaseOpened"]
    assert names[:5] == expected
    for name in ("SeatsDrawn", "VoteCommitted", "VoteRevealed", "CaseResolved", "CaseClosed"):
        assert name in names
    assert names.count("SeatSettled") == 3
    lines = jobs_cli("watch", suit.name).out
    assert "3 seats of round 1 drawn, of " in lines
    assert "seat 0 found 0x66666666" in lines
    assert "lost the bond of its challenge, 18 WORK" in lines
    assert "case closed: rejected" in lines


# ──────────────────────────────── money elsewhere ─────────────────────────────


def test_what_is_in_the_committee_is_shown_and_taken_out(suit, world_cli, jobs_cli):
    world, committee = suit.world, suit.judges.committee
    requester = world.requester
    funds.deposit(committee, world.token, requester, 3 * WORK)
    ran = world_cli("account", "balance", "requester")
    assert re.search(r"committee +3  free there: account withdraw --committee takes it", ran.out)
    wallet = world.token.balance(requester.address)
    args = ("account", "withdraw", "--committee", "--account", "requester", "--yes")
    ran = world_cli(*args, "3.1")
    assert "has 3 WORK free in the committee, 3.1 WORK can't be withdrawn" in ran.err
    ran = world_cli(*args, "2", "--json")
    assert json.loads(ran.out)["free"] == str(WORK)
    assert world.token.balance(requester.address) - wallet == 2 * WORK
    assert committee.verifier_of(requester.address).free == WORK
