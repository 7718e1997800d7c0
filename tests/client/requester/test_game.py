"""The game of judging (docs/security/economics.md): money as in the model, and honesty is best."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from pathlib import Path
from random import Random

import pytest
from benchmarks.game import chances, page, plots
from benchmarks.game.__main__ import PAGES, RESULTS, as_text
from benchmarks.game.course import Course, Party, Round, Vote
from benchmarks.game.court import Court
from benchmarks.game.gains import gain
from benchmarks.game.grid import A_THIRD, AT_STAKE, STAKES, WORTHS, by_default
from benchmarks.game.money import settled
from benchmarks.game.odds import Case, binomial
from benchmarks.game.plays import EXPOSED, MOST, PLAYS, Play, When
from benchmarks.game.setting import PAYMENT, RUN_FOR_S

from workbond.chain import cases
from workbond.requester.judging import AtStake, capture, defaults, suggested_bond

ROOT = Path(__file__).parents[3]
NONE = Fraction(0)
FIGURES = json.loads(RESULTS.read_text())


def some_course(dice: Random, first: int) -> Course:
    """Any course, sensible or not, of up to four rounds."""
    votes = (Vote.RIGHT, Vote.FALSE, Vote.OTHER, Vote.UNAVAILABLE, Vote.SILENT)
    rounds = []
    for number in range(dice.randint(1, 4)):
        seats = cases.seats_of(first, number)
        if seats > cases.ROUND_SEATS[-1]:
            break
        appellant = dice.choice([*Party]) if number else None
        kin = dice.randint(0, seats)
        rounds.append(Round(seats, kin, dice.choice(votes), dice.choice(votes), appellant))
    challenge = dice.choice((None, Vote.RIGHT, Vote.FALSE, Vote.OTHER))
    audited = challenge is None or dice.random() < 0.5
    return Course(dice.random() < 0.5, audited, challenge, tuple(rounds))


@pytest.mark.parametrize("seed", range(4))
def test_the_bills_of_the_tables_are_what_accounts_gain_in_the_whole_model(seed: int) -> None:
    dice = Random(seed)
    for _ in range(25):
        first = dice.choice(cases.ROUND_SEATS)
        bond = dice.randint(4 * PAYMENT, 200 * PAYMENT)
        fee = dice.randint(1_000, bond // 4)
        course = some_course(dice, first)
        played = Court(bond, fee, first).play(course)
        assert settled(bond, fee, course) == played, course


def test_courses_are_all_that_can_happen() -> None:
    for play in PLAYS:
        for right in (True, False):
            chances_ = (chance for chance, _ in Case(play, right, 7, A_THIRD).courses())
            assert sum(chances_) == 1


def test_whoever_has_all_the_stake_decides_and_whoever_has_none_does_not() -> None:
    members = frozenset({Party.REQUESTER, Party.KIN})
    for stake, winner in ((NONE, Vote.RIGHT), (Fraction(1), Vote.FALSE)):
        case = Case(Play("", members, **MOST), True, 3, stake)
        ((_, rounds),) = case.courses()
        assert rounds[-1].winner is winner


def test_no_strategy_beats_honest_play_at_the_defaults() -> None:
    quick = [play for play in PLAYS if not play.appeals and play.when is not When.ALWAYS]
    for play in quick:  # for the others see the next test
        assert gain(by_default(A_THIRD), play) <= 0, play


def test_no_strategy_beats_honest_play_in_the_recommended_ranges_of_the_last_results() -> None:
    assert FIGURES["grid"]["recommended"] > 100
    for row in FIGURES["plays"]:
        assert row["recommended"]["of"] == FIGURES["grid"]["recommended"]
        assert row["recommended"]["pays"] == row["pays_by_default"] == 0, row["name"]
        assert row["recommended"]["gain"] <= 0
    assert {(row["who"], row["name"]) for row in FIGURES["plays"]} == {
        (play.who, play.name) for play in PLAYS
    }
    assert len(FIGURES["exposed"]) == len(EXPOSED)


def test_two_appeals_of_a_provider_are_enough_in_the_recommended_ranges() -> None:
    assert FIGURES["answered"]
    assert all(row["pays"] == 0 for row in FIGURES["answered"])


def test_outside_of_the_ranges_cheating_pays_somewhere() -> None:
    paying = {row["name"] for row in FIGURES["plays"] if row["elsewhere"]["pays"]}
    assert {"invents the result", "corrupts one task"} <= paying


def test_the_last_results_are_those_of_the_clients_defaults_of_today() -> None:
    for row, value in zip(FIGURES["defaults"], WORTHS, strict=True):
        bond = suggested_bond(PAYMENT, value * PAYMENT)
        terms = defaults(AtStake(PAYMENT, bond, RUN_FOR_S, value * PAYMENT))
        assert row["seats"] == terms.seats
        assert row["audited"] == terms.audit_bps / cases.ALL_BPS
        assert row["case_fee"] == pytest.approx(terms.case_fee / PAYMENT, abs=1e-3)
    setting = by_default(STAKES[0])
    assert setting.seats == defaults(AT_STAKE).seats
    for row, play in zip(FIGURES["plays"], PLAYS, strict=True):
        if len(play.members) == 1 and not play.appeals:
            found = float(gain(setting, play) / PAYMENT)
            assert row["by_default"][0] == pytest.approx(found, abs=1e-3), play


def test_appeals_pay_whoever_is_right() -> None:
    for row in FIGURES["appeals"]:
        assert row["provider"] > 0
        assert row["seat"] > 0


def test_without_appeals_most_seats_would_pay() -> None:
    found = {row["name"]: row["gains"] for row in FIGURES["exposed"]}
    assert max(found["votes falsely with most seats; nobody appeals"]) > 0


def test_captures_are_the_clients() -> None:
    for seats in cases.ROUND_SEATS:
        assert float(chances.captured(seats, A_THIRD)) == pytest.approx(capture(seats))
        assert sum(binomial(seats, A_THIRD)) == 1
        assert chances.captured(seats, Fraction(1, 2)) == Fraction(1, 2)


def test_a_builder_of_the_deciding_block_evades_all_audits_but_those_of_every_claim() -> None:
    assert chances.caught(Fraction(1, 10), Fraction(1), 16) < 1e-15
    assert chances.caught(Fraction(1), Fraction(1), 16) == 1
    assert chances.caught(Fraction(1, 10), NONE, 16) == Fraction(1, 10)


@pytest.mark.parametrize("name", PAGES)
def test_the_pages_show_the_tables_of_the_last_results(name: str) -> None:
    document = (ROOT / "docs" / "security" / name).read_text()
    assert page.filled(document, PAGES[name], FIGURES) == document


def test_the_results_are_written_as_they_are_read() -> None:
    assert as_text(FIGURES) == RESULTS.read_text()


def test_plots_are_the_same_bytes_for_the_same_rules_and_all_are_shown(tmp_path: Path) -> None:
    made = plots.draw(tmp_path)
    assert [path.read_bytes() for path in made] == [
        path.read_bytes() for path in plots.draw(tmp_path / "again")
    ]
    text = "".join((ROOT / "docs" / "security" / name).read_text() for name in PAGES)
    shown = set(re.findall(r"\(\.\./images/(security-\S+?\.svg)\)", text))
    assert shown == {path.name for path in made}
    assert shown <= {path.name for path in (ROOT / "docs" / "images").iterdir()}
