"""From facts to reasons: each code alone, their order, and agreement with what nodes decide."""

from __future__ import annotations

import dataclasses
import itertools
import random
from typing import Any

import pytest

from workbond.chain import rules
from workbond.chain.types import ZERO_ADDRESS, ZERO_WORD, Account, Request, encoded
from workbond.cid import cid_of
from workbond.executor.profile import PROFILE_ID
from workbond.provider.card import Card, Hardware, make_card
from workbond.provider.fit import Misfit, check_request, check_spec
from workbond.requester.why.facts import Candidate, Deal, Facts
from workbond.requester.why.fitting import fits_of
from workbond.requester.why.judge import judge
from workbond.requester.why.price import rising_until
from workbond.requester.why.reasons import Code, Reason, Weight
from workbond.spec import Limits, Requirements, Spec, make_spec

WORK = 10**18
NOW = 1_000_000
ME = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
P1 = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"
P2 = "0x90F79bf6EB2c4f870365E785982E1f101E93b906"
REQUEST = Request(
    requester=ME,
    spec=bytes(32),
    profile=PROFILE_ID,
    tasks=4,
    flat=WORK,
    min_unit_price=100 * WORK,
    max_unit_price=300 * WORK,
    ramp_start=NOW - 100,
    ramp_end=NOW + 100,
    max_units=4 * 10**9,
    bond=5 * WORK,
    min_stake=0,
    tip=0,
    open_until=NOW + 1_000,
    run_for=600,
    challenge_for=600,
    resolver=ZERO_ADDRESS,
    policy=ZERO_WORD,
    case_for=0,
    case_fee=0,
    demand_fee=0,
    providers=ZERO_WORD,
    matcher=ZERO_ADDRESS,
    counter=0,
    salt=ZERO_WORD,
)
LIMITS = Limits(units=10**9, memory=1 << 20, output=1_000)


def card(cores: int = 2, memory: int = 1 << 30, region: str = "de") -> Card:
    hardware = Hardware(arch="x86_64", cpu="", cores=cores, memory=memory)
    return make_card(hardware=hardware, region=region, gateway="http://127.0.0.1:9")


def account(staked: int = 100 * WORK, bonded: int = 0) -> Account:
    return Account(0, bonded, 0, staked, 0, 0)


def candidate(address: str = P1, **changes: Any) -> Candidate:
    sound = Candidate(address, card(), account(), answers=True)
    return dataclasses.replace(sound, **changes)


def spec(limits: Limits = LIMITS, needs: Requirements | None = None, tasks: int = 4) -> Spec:
    return make_spec(cid_of(b"p"), [cid_of(b"i")] * tasks, limits, requirements=needs)[0]


def deals(*prices: int, flat: int | None = WORK, took_s: int | None = 40) -> tuple[Deal, ...]:
    return tuple(
        Deal(bytes([n]) * 32, P1, price * WORK, NOW - n, flat, 4 * 10**9, took_s)
        for n, price in enumerate(prices)
    )


def facts(request: dict[str, Any] | None = None, **changes: Any) -> Facts:
    """A job that fits: one provider, online, and two cheaper jobs accepted lately."""
    sound = Facts(
        job_id=b"\7" * 32,
        request=dataclasses.replace(REQUEST, **(request or {})),
        gateway="http://127.0.0.1:9",
        now_s=NOW,
        waits_s=100,
        is_local=True,
        deals=deals(100, 150),
        candidates=(candidate(),),
        announced=1,
        spec=spec(),
        spec_problem=None,
        inputs_problem=None,
        blocks=1_000,
        complete=True,
    )
    return dataclasses.replace(sound, **changes)


def only(found: Facts) -> Reason:
    (reason,) = judge(found)
    return reason


def test_a_job_that_fits_has_no_reason() -> None:
    assert judge(facts()) == ()


@pytest.mark.parametrize(
    ("request_changes", "changes", "code", "weight", "text", "remedy"),
    [
        (
            {"profile": b"\1" * 32},
            {},
            Code.PROFILE,
            Weight.SURE,
            "0x0101010101010101... is not wasm-1",
            'profile = "wasm-1"',
        ),
        (
            {"resolver": P2},
            {},
            Code.RESOLVER,
            Weight.LIKELY,
            f"the resolver {P2}",
            "the default resolver",
        ),
        (
            {"resolver": P2},
            {"committee": P2},
            Code.POLICY,
            Weight.SURE,
            "nobody would be paid for it: bond 5, case fee 0 WORK",
            "`workbond job quote` suggests",
        ),
        (
            {"providers": b"\xff" * 32},
            {},
            Code.PROVIDERS,
            Weight.SURE,
            "by its Merkle root",
            "for anybody, or for one address",
        ),
        (
            {"providers": encoded(P1)},
            {},
            Code.PROVIDERS,
            Weight.PARTLY,
            f"it admits the provider {P1} only",
            "without `providers`",
        ),
        (
            {"challenge_for": 10 * 86_400},
            {},
            Code.LOCK,
            Weight.LIKELY,
            "window of 10 d can lock the bond for longer than the 15 d",
            "at most 748800",
        ),
        (
            {"run_for": 30},
            {},
            Code.DEADLINE,
            Weight.SURE,
            "30 s to run, and nodes plan 40 s",
            "longer run_for_s",
        ),
        (
            {"run_for": 100},
            {},
            Code.DEADLINE,
            Weight.SURE,
            "even a node with 4 cores plans 140 s",
            "run_for_s of at least 141",
        ),
        (
            {"run_for": 200},
            {},
            Code.DEADLINE,
            Weight.SURE,
            "the only known provider plans for more (241 s at least",
            "run_for_s of at least 241",
        ),
        (
            {"max_units": 10**9},
            {},
            Code.UNITS,
            Weight.SURE,
            "may use 4,000,000,000 units, and it pays for 1,000,000,000",
            "from its job file",
        ),
        (
            {"run_for": 10**6},
            {"spec": spec(Limits(units=10**9, memory=1, output=1 << 28), tasks=20)}
            | {"candidates": (candidate(card=card(cores=64, memory=1 << 34)),)},
            Code.SIZE,
            Weight.LIKELY,
            "bytes in all, and nodes store 4,294,967,296 by default",
            "lower limits.output",
        ),
        (
            {},
            {"spec": None, "spec_problem": "the spec breaks profile wasm-1"},
            Code.SPEC,
            Weight.SURE,
            "breaks profile",
            "job file",
        ),
        (
            {},
            {"inputs_problem": "connection refused"},
            Code.INPUTS,
            Weight.SURE,
            "can't be fetched from here: connection refused",
            "`workbond job serve 0x0707070707070707`",
        ),
        (
            {},
            {"inputs_problem": "only your own machine", "is_local": False},
            Code.INPUTS,
            Weight.SURE,
            "only your own machine",
            "--public-url",
        ),
        (
            {},
            {"candidates": (), "announced": 0},
            Code.NOBODY,
            Weight.SURE,
            "no provider has announced itself on this market",
            "`workbond provider run`",
        ),
        (
            {},
            {"candidates": (candidate(answers=False),)},
            Code.OFFLINE,
            Weight.LIKELY,
            "the only known provider that fits does not answer at its gateway, and took no job",
            "wait for one",
        ),
        (
            {},
            {"candidates": (candidate(busy=True),)},
            Code.BUSY,
            Weight.LIKELY,
            "the provider that fits is executing other jobs",
            "wait",
        ),
        (
            {"bond": 50 * WORK},
            {"candidates": (candidate(account=account(bonded=80 * WORK)),)},
            Code.STAKE,
            Weight.SURE,
            "the only known provider has less than its bond of 50 WORK unlocked (at most 20)",
            "a bond of at most 20",
        ),
        (
            {"min_stake": 500 * WORK},
            {},
            Code.STAKE,
            Weight.SURE,
            "less than the stake of 500 WORK that it asks for (at most 100)",
            "a min_stake of at most 100",
        ),
        (
            {},
            {"spec": spec(needs=Requirements(cores=3, memory=2 << 30, region="us"))},
            Code.REQUIREMENTS,
            Weight.SURE,
            "3 cores (offered by 0 of 1 known provider), 2 GiB of memory (offered by 0 of 1 known "
            "provider), region us (offered by 0 of 1 known provider)",
            "at most 2 cores; at most 1 GiB of memory; another region (de)",
        ),
        (
            {},
            {"spec": spec(Limits(units=10**9, memory=1 << 30, output=0))},
            Code.MEMORY,
            Weight.SURE,
            "may need 2.1 GiB of memory or more at once",
            "lower limits.memory",
        ),
        (
            {},
            {"deals": deals(250, 260, 400)},
            Code.PRICE,
            Weight.LIKELY,
            "it pays 200 WORK per 10^12 units now and reaches 260 in 1 min; the last 3 accepted "
            "jobs paid 250 to 400, the median is 260, after a wait of 40 s",
            "wait 1 min, or repost it with a min_unit_price of 260",
        ),
        (
            {},
            {"deals": deals(250, 500, 501, 1_000)},
            Code.PRICE,
            Weight.LIKELY,
            "now and 300 at most; the last 4 accepted jobs paid 250 to 1000, the median is 500",
            "repost it with a max_unit_price of at least 500",
        ),
        (
            {},
            {"deals": deals(150, 250, 260)},
            Code.PRICE,
            Weight.PARTLY,
            "150 to 260, the median is 250",
            "min_unit_price of 250",
        ),
        (
            {},
            {"deals": deals(900, took_s=None)},
            Code.PRICE,
            Weight.PARTLY,
            "the only job accepted lately paid 900",
            "at least 900",
        ),
        (
            {"flat": 0},
            {"deals": deals(100, 100, 100)},
            Code.PRICE,
            Weight.PARTLY,
            "with its flat payment it comes to 200 WORK per 10^12 units, and half of the last 3 "
            "accepted jobs to 350 or more",
            "a flat of at least 0.6",
        ),
        (
            {},
            {"deals": ()},
            Code.PRICE,
            Weight.PARTLY,
            "200 WORK per 10^12 units now and 300 in 1 min 40 s, and providers may wait for that",
            "wait 1 min 40 s",
        ),
        (
            {"open_until": NOW - 60, "ramp_end": NOW - 70},
            {},
            Code.CLOSED,
            Weight.SURE,
            "it was open until 1 min ago",
            "`workbond job end 0x0707070707070707`",
        ),
    ],
)
def test_each_fault_alone_is_the_only_reason(
    request_changes: dict[str, Any],
    changes: dict[str, Any],
    code: Code,
    weight: Weight,
    text: str,
    remedy: str,
) -> None:
    if "spec" in changes and changes["spec"] is not None and code is Code.SIZE:
        request_changes = request_changes | {"tasks": 20, "max_units": 20 * 10**9}
    reason = only(facts(request_changes, **changes))
    assert (reason.code, reason.weight) == (code, weight)
    assert text in reason.text
    assert remedy in reason.remedy
    assert not reason.text.endswith(".")


def test_every_code_can_be_told() -> None:
    """By the test above: whoever adds a code adds a case."""
    cases = next(mark for mark in test_each_fault_alone_is_the_only_reason.pytestmark).args[1]  # type: ignore[attr-defined]
    assert {case[2] for case in cases} == set(Code)


def test_codes_that_nodes_have_too_are_named_alike() -> None:
    ours_alone = {code.name for code in Code} - {misfit.name for misfit in Misfit}
    assert ours_alone == {"NOBODY", "OFFLINE", "BUSY"}


def test_the_surest_reason_comes_first() -> None:
    found = judge(
        facts(
            {"challenge_for": 9 * 86_400, "providers": encoded(P1)},
            deals=deals(250, 260, 400),
            inputs_problem="gone",
        )
    )
    assert [r.code for r in found] == [Code.INPUTS, Code.LOCK, Code.PRICE, Code.PROVIDERS]


def test_what_keeps_some_providers_away_weighs_less_than_what_keeps_all() -> None:
    poor, far = candidate(account=account(staked=WORK)), candidate(P2, card=card(region="us"))
    wanted = spec(needs=Requirements(cores=1, memory=0, region="eu"))
    (stake,) = judge(facts(candidates=(candidate(P2), poor)))
    assert (stake.code, stake.weight) == (Code.STAKE, Weight.PARTLY)
    assert stake.text.startswith("1 of 2 known providers has less")
    assert stake.remedy == "repost it with a bond of at most 1"
    # none fits, each for a reason of its own
    both = judge(facts(candidates=(poor, far), spec=wanted))
    assert {(r.code, r.weight) for r in both} == {
        (Code.STAKE, Weight.LIKELY),
        (Code.REQUIREMENTS, Weight.LIKELY),
    }


def test_several_that_are_silent_are_counted() -> None:
    silent = (candidate(answers=False), candidate(P2, answers=False))
    assert only(facts(candidates=silent)).text.startswith(
        "none of 2 providers that fit answers at its gateway or took a job"
    )


def test_those_that_were_not_asked_may_be_there() -> None:
    silent = (candidate(answers=False), candidate(P2, answers=None))
    reason = only(facts(candidates=silent))
    assert (reason.code, reason.weight) == (Code.OFFLINE, Weight.PARTLY)


def test_where_nobody_was_asked_nobody_is_called_busy_or_offline() -> None:
    assert judge(facts(candidates=(candidate(answers=None, busy=True),))) == ()


def test_only_those_that_fit_are_asked_whether_they_are_there() -> None:
    elsewhere = candidate(P2, account=account(staked=0))
    found = judge(facts(candidates=(candidate(answers=False), elsewhere)))
    assert [r.code for r in found] == [Code.OFFLINE, Code.STAKE]


def test_who_took_a_job_lately_is_online_though_its_gateway_is_silent() -> None:
    assert judge(facts(candidates=(candidate(answers=False, active_s=NOW - 60),))) == ()
    (gone,) = judge(facts(candidates=(candidate(answers=False, active_s=NOW - 9_999),)))
    assert gone.code is Code.OFFLINE


def test_what_a_silent_provider_did_before_the_job_was_posted_does_not_make_it_online() -> None:
    before = candidate(answers=False, active_s=NOW - 101)  # the job waits for 100 s
    assert only(facts(candidates=(before,))).text == (
        "the only known provider that fits does not answer at its gateway, and took no job within "
        "the last 1 min 40 s"
    )
    assert judge(facts(candidates=(dataclasses.replace(before, answers=None),))) == ()


def test_a_provider_without_a_card_is_judged_by_its_stake_alone() -> None:
    unknown = candidate(card=None, answers=None, active_s=NOW - 5)
    assert (
        judge(
            facts(
                candidates=(unknown,), spec=spec(needs=Requirements(cores=99, memory=0, region=""))
            )
        )
        == ()
    )


def test_a_named_provider_is_spoken_of_as_the_only_one() -> None:
    found = judge(
        facts(
            {"providers": encoded(P1), "bond": 500 * WORK},
            candidates=(candidate(answers=False),),
        )
    )
    assert [r.code for r in found] == [Code.STAKE, Code.OFFLINE, Code.PROVIDERS]
    assert found[0].text.startswith("the only provider that it admits has less than its bond")


def test_reasons_of_the_closed_are_judged_by_the_last_moment_it_was_open() -> None:
    found = judge(facts({"open_until": NOW + 10}, now_s=NOW + 5_000, deals=deals(900, 900, 900)))
    assert [r.code for r in found] == [Code.CLOSED, Code.PRICE]
    assert "it pays 209 WORK" in found[1].text


def test_the_facts_agree_with_what_a_node_with_default_options_decides() -> None:
    chance = random.Random(1)
    seen = set()
    for _ in range(3_000):
        limits = Limits(
            units=chance.choice([10**6, 10**9, 10**10]),
            memory=chance.choice([1 << 16, 1 << 28, 1 << 30]),
            output=1_000,
        )
        needs = Requirements(
            cores=chance.choice([1, 4]),
            memory=chance.choice([0, 1 << 29, 1 << 33]),
            region=chance.choice(["", "eu", "us"]),
        )
        request = dataclasses.replace(
            REQUEST,
            run_for=chance.choice([60, 300, 5_000]),
            bond=chance.choice([0, 5, 50]) * WORK,
            min_stake=chance.choice([0, 90, 200]) * WORK,
            max_units=4 * limits.units,
        )
        provider = candidate(
            card=card(
                chance.choice([1, 4]),
                chance.choice([1 << 28, 1 << 34]),
                chance.choice(["", "de", "us-ca"]),
            ),
            account=account(bonded=chance.choice([0, 99]) * WORK),
        )
        asked = spec(limits, needs)
        (fit,) = fits_of(facts(candidates=(provider,), spec=asked, request=vars(request)))
        terms = provider.terms
        assert terms is not None
        refusals = [
            check_request(request, terms, P1, provider.account, NOW),
            check_spec(asked, request, terms),
        ]
        refused = {refusal.reason.name for refusal in refusals if refusal is not None}
        obstacles = {code.name for code in fit.obstacles}
        assert refused <= obstacles
        assert bool(refused) == bool(obstacles)
        seen |= obstacles
    assert seen == {"STAKE", "DEADLINE", "MEMORY", "REQUIREMENTS"}


def test_the_ramp_is_inverted_to_the_second() -> None:
    ramps = itertools.product([0, 1, 7, 100], [1, 3, 1_000], [0, 1, 5, 999])
    for low, rise, length in ramps:
        request = dataclasses.replace(
            REQUEST,
            min_unit_price=low,
            max_unit_price=low + rise,
            ramp_start=NOW,
            ramp_end=NOW + length,
        )
        for price in (low, low + 1, low + rise // 2, low + rise):
            when_s = rising_until(request, price)
            assert when_s is not None
            assert rules.unit_price(request, max(when_s, NOW)) >= price
            if when_s > NOW:
                assert rules.unit_price(request, when_s - 1) < price
        assert rising_until(request, low + rise + 1) is None
