"""Who judges a job's result, settled from job file, options, settings and defaults."""

from __future__ import annotations

import json
import re

import pytest

from workbond.chain import cases, rules
from workbond.chain.types import ZERO_ADDRESS, ZERO_WORD
from workbond.errors import UsageError
from workbond.jobfile import JobJudging, load_job_file
from workbond.orders import SignedOrder
from workbond.requester.judged import Choice, cautions_of, is_judged, judged
from workbond.requester.judging import AtStake, defaults
from workbond.requester.order import cost_of, make_request

WORK = 10**18
COMMITTEE = "0x00000000000000000000000000000000000000C0"
OTHER = "0x00000000000000000000000000000000000000C1"
NOWHERE = ("--rpc", "http://127.0.0.1:1")


@pytest.fixture
def edit(job_path):
    """The job with another bond and another [judging]."""

    def change(judging: str = "", bond: str = "500"):
        text = job_path.read_text().replace('bond = "5"', f'bond = "{bond}"')
        job_path.write_text(text.replace('resolver = "none"', judging))
        return load_job_file(job_path)

    return change


def request_of(job):
    return make_request(job, bytes(32), ZERO_ADDRESS, 0, 0, bytes(32))


def test_without_a_word_the_committee_judges_on_terms_by_what_is_at_stake(edit):
    job = judged(edit(), COMMITTEE)
    said = job.judging
    found = defaults(AtStake(job.max_payment, 500 * WORK, 300))
    assert (said.seats, said.audit_rate, said.case_fee, said.case_for_s) == (
        found.seats,
        found.audit_bps,
        found.case_fee,
        found.case_for_s,
    )
    request = request_of(job)
    assert request.resolver == COMMITTEE
    assert request.policy == cases.Policy(found.seats, found.audit_bps).encode()
    assert (request.case_for, request.case_fee) == (found.case_for_s, found.case_fee)
    assert cost_of(job).case_fee == found.case_fee
    assert cost_of(job).escrow == rules.escrow(request)
    assert cautions_of(job) == []


def test_a_job_file_says_what_differs_and_options_go_before_it(edit):
    job = edit('seats = 7\naudit_rate = "100%"\ncase_fee = "50"\ncase_for_s = 600_000')
    said = judged(job, COMMITTEE).judging
    assert (said.seats, said.audit_rate, said.case_fee) == (7, 10_000, 50 * WORK)
    assert said.case_for_s == 600_000
    chosen = judged(job, COMMITTEE, Choice(seats=3, audit_rate=1_250, case_fee=20 * WORK)).judging
    assert (chosen.seats, chosen.audit_rate, chosen.case_fee) == (3, 1_250, 20 * WORK)
    assert chosen.case_for_s == 600_000


def test_more_at_stake_is_audited_more_often(edit):
    job = edit()
    rates = [judged(job, COMMITTEE, Choice(value=n * WORK)).judging.audit_rate for n in (1, 10, 40)]
    assert rates == sorted(set(rates))


def test_another_committee_can_be_named_and_none(edit):
    job = edit(f'resolver = "{OTHER.lower()}"')
    assert request_of(judged(job, COMMITTEE)).resolver == OTHER
    assert not is_judged(judged(job, COMMITTEE, Choice(resolver="none")))


@pytest.mark.parametrize("default", ["committee", "none"])
def test_a_market_without_a_committee_has_unjudged_jobs(edit, default):
    job = judged(edit(), None, default=default)
    request = request_of(job)
    assert (request.resolver, request.policy) == (ZERO_ADDRESS, ZERO_WORD)
    assert (request.case_for, request.case_fee, cost_of(job).case_fee) == (0, 0, 0)


def test_a_job_without_a_bond_is_not_judged_unless_somebody_asks_for_it(edit):
    job = edit(bond="0")
    assert not is_judged(judged(job, COMMITTEE))
    with pytest.raises(UsageError, match="a bond of 0 WORK pays no case"):
        judged(job, COMMITTEE, Choice(resolver="committee"))


def test_a_job_that_runs_too_long_for_any_case_is_not_judged_unless_somebody_asks(edit):
    job = edit()
    timing = job.timing.model_copy(update={"run_for_s": 28 * 86_400})
    long = job.model_copy(update={"timing": timing})
    assert not is_judged(judged(long, COMMITTEE))
    with pytest.raises(UsageError, match="a case could take 28 d 12 h"):
        judged(long, COMMITTEE, Choice(seats=31))


@pytest.mark.parametrize(
    ("judging", "problem"),
    [
        ('resolver = "none"\nseats = 3', "with resolver none nobody judges"),
        ('case_fee = "125.000000000000000001"', "more than 1/4 of the bond: give at most 125 WORK"),
        ('case_fee = "0"', "pays 3 seats nothing"),
        ("seats = 3\ncase_for_s = 187_199", "needs 187200 s with all its appeals"),
        ("case_for_s = 1", "and a committee takes at most 2419200 s"),
    ],
)
def test_what_the_market_or_the_committee_would_refuse_is_told_first(edit, judging, problem):
    with pytest.raises(UsageError, match=problem):
        judged(edit(judging), COMMITTEE)


@pytest.mark.parametrize("judging", ["seats = 3", 'resolver = "committee"', 'value = "7"'])
def test_a_committee_that_is_asked_for_must_be_there(edit, judging):
    with pytest.raises(UsageError, match="has no committee"):
        judged(edit(judging), None)


@pytest.mark.parametrize(
    ("judging", "problem"),
    [
        ("seats = 5", "judging.seats"),
        ('audit_rate = "101%"', "judging.audit_rate: '101%' is not a share"),
        ("audit_rate = 5", "judging.audit_rate: 5 is not a share"),
        ('resolver = "judge"', "judging.resolver"),
        ("case_for_s = 0", "judging.case_for_s"),
        ("case_for_s = 2_419_201", "judging.case_for_s"),
        ('fee = "1"', "unknown field judging.fee"),
    ],
)
def test_mistakes_in_a_job_file_are_one_line(edit, judging, problem):
    with pytest.raises(UsageError, match=problem) as caught:
        edit(judging)
    assert "\n" not in str(caught.value)


def test_a_request_is_never_made_of_what_was_not_settled(edit):
    with pytest.raises(UsageError, match="not settled"):
        request_of(edit("seats = 7"))


def test_a_job_file_that_says_nothing_of_it_makes_an_unjudged_request(edit, job):
    assert job.judging == JobJudging(resolver="none")
    assert edit().judging == JobJudging()
    assert request_of(edit()).case_fee == request_of(job).case_fee == 0


def test_too_small_a_bond_is_warned_of(edit):
    (first, *_) = cautions_of(judged(edit(bond="5"), COMMITTEE))
    assert first.code == "SEAT_FEE"


# ─────────────────────────────────── the command ──────────────────────────────


def quoted(cli, job_path, *args):
    ran = cli("job", "quote", job_path, "--sample", "0", "--json", *args, *NOWHERE)
    assert ran.code == 0, ran.err
    return json.loads(ran.out)


def test_quote_takes_the_terms_as_options(cli, edit, job_path):
    edit()
    args = ("--value", "50", "--audit-rate", "12.5%", "--seats", "7", "--case-fee", "70")
    shown = quoted(cli, job_path, *args, "--case-for", "600000")
    assert shown["judging"] | {"resolver": "", "seat_fee": "", "challenge_bond": ""} == {
        "resolver": "",
        "value": str(50 * WORK),
        "audit_rate_bps": 1_250,
        "seats": 7,
        "case_fee": str(70 * WORK),
        "case_for_s": 600_000,
        "seat_fee": "",
        "challenge_bond": "",
    }
    assert shown["judging"]["challenge_bond"] == str(120 * WORK)
    assert shown["judging"]["seat_fee"] == str(70 * WORK * 85 // 100 // 7)
    assert shown["locked"]["case_fee"] == str(70 * WORK)


def test_quote_warns_outside_of_the_recommended_ranges_and_not_within(cli, edit, job_path):
    edit()
    assert quoted(cli, job_path)["warnings"] == []
    rare = quoted(cli, job_path, "--audit-rate", "0.1%")["warnings"]
    assert [warning["code"] for warning in rare] == ["AUDIT_RATE"]
    ran = cli("job", "quote", job_path, "--sample", "0", "--audit-rate", "0.1%", *NOWHERE)
    assert re.search(r"^WARNING: .*0\.1%.*audited", ran.out, re.MULTILINE)


def test_the_settings_say_who_judges_where_the_job_file_does_not(cli, edit, job_path, monkeypatch):
    edit()
    monkeypatch.setenv("WORKBOND_REQUESTER_RESOLVER", "none")
    assert quoted(cli, job_path)["judging"] is None
    assert quoted(cli, job_path, "--resolver", OTHER)["judging"]["resolver"] == OTHER


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        (("--audit-rate", "101%"), "is not a share"),
        (("--seats", "4"), "--seats"),
        (("--resolver", "0x12"), "is not an address"),
        (("--case-fee", "a lot"), "is not an amount"),
    ],
)
def test_a_wrong_option_is_refused_in_one_line(cli, edit, job_path, args, problem):
    edit()
    ran = cli("job", "quote", job_path, *args, *NOWHERE)
    assert ran.code == 2
    assert problem in ran.err.splitlines()[-1]


def test_a_penalty_beyond_the_least_stake_is_warned_of_where_the_committee_is_known(
    world_cli, edit, job_path
):
    edit()
    args = ("--sample", "0", "--seats", "3", "--case-fee", "125", "--json")
    shown = json.loads(world_cli("job", "quote", job_path, *args).out)
    assert [warning["code"] for warning in shown["warnings"]] == ["STAKE"]


def test_a_resolver_that_is_not_the_deployments_committee_is_warned_of(world_cli, edit, job_path):
    edit()
    for resolver, codes in (("0x" + "11" * 20, ["RESOLVER"]), ("committee", [])):
        args = ("--sample", "0", "--resolver", resolver, "--json")
        shown = json.loads(world_cli("job", "quote", job_path, *args).out)
        assert [w["code"] for w in shown["warnings"] if w["code"] == "RESOLVER"] == codes


def test_submit_judges_by_the_deployments_committee_and_says_so(
    jobs_cli, edit, job_path, world, provider
):
    edit()
    provider.take_next(None)
    ran = jobs_cli("submit", job_path, "--seats", "7", "--audit-rate", "50%", "--yes")
    assert ran.code == 0, ran.err
    assert "a lottery picks 50% of such results, and anyone may challenge one." in ran.out
    status = jobs_cli("status", "last")
    row = "judged by   the committee: 7 seats, 50% of such claims audited"
    assert row in status.out
    name = json.loads(jobs_cli("list", "--json").out)[0]["id"]
    assert name in status.out
    ran = jobs_cli("submit", job_path, "--resolver", "none", "--seats", "7", "--yes")
    assert "with resolver none nobody judges" in ran.err


def test_a_signed_request_is_judged_too(jobs_cli, world_cli, edit, job_path, world):
    edit()
    where = ("--public-url", "http://127.0.0.1:9", "--yes")
    ran = world_cli("order", "sign", "request", job_path, *where, "--seats", "15")
    order = SignedOrder.from_bytes(ran.out.strip().encode()).order
    assert order.resolver == world.deployment.committee.address
    assert cases.Policy.decode(order.policy).seats == 15
