"""The command line as a whole: help, speed, and how failures look."""

import ast
import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from workbond import __version__
from workbond.cli import main as cli_main
from workbond.cli import output
from workbond.cli.asking import Bill
from workbond.cli.group import LazyGroup
from workbond.cli.main import NOUNS, cli
from workbond.errors import ChainError, WorkbondError

HEAVY = ("web3", "eth_account", "pydantic", "requests", "rich", "wasmtime", "starlette", "uvicorn")
HELPS = [["--help"], ["--version"], *([noun, "--help"] for noun in NOUNS)]
SIBLINGS = {f"workbond.cli.job_{name}" for name in ("submit", "result", "quote")}
WRITTEN = [noun for noun, (module, _) in NOUNS.items() if importlib.util.find_spec(module)]


def _commands():
    """Every command below the written nouns, with its path."""
    context = click.Context(cli, info_name="workbond")
    stack = [((noun,), cli.get_command(context, noun)) for noun in WRITTEN]
    while stack:
        path, command = stack.pop()
        yield path, command
        if isinstance(command, click.Group):
            inner = click.Context(command)
            names = command.list_commands(inner)
            stack += [((*path, name), command.get_command(inner, name)) for name in names]


def test_help_lists_every_noun_with_a_line(cli):
    ran = cli("--help")
    assert ran.code == 0
    for noun, (_, text) in NOUNS.items():
        assert noun in ran.out
        assert text in ran.out


@pytest.mark.parametrize("args", HELPS)
def test_help_imports_nothing_heavy(args):
    program = (
        "import sys, json\n"
        "from workbond.cli.main import run\n"
        f"run({args!r})\n"
        "print(json.dumps(sorted(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    loaded = json.loads(done.stderr)
    assert [name for name in HEAVY if name in loaded] == []


@pytest.mark.parametrize("args", [["job", "--help"], ["job", "watch", "--help"]])
def test_the_help_of_a_lazy_group_imports_no_sibling(args):
    program = (
        "import sys\n"
        "from workbond.cli.main import run\n"
        f"run({args!r})\n"
        f"sys.exit(bool({SIBLINGS!r} & sys.modules.keys()))\n"
    )
    assert (
        subprocess.run([sys.executable, "-c", program], stdout=subprocess.DEVNULL).returncode == 0
    )


@pytest.mark.parametrize("noun", WRITTEN)
def test_each_written_noun_is_a_command_of_its_name(noun):
    command = cli.get_command(click.Context(cli), noun)
    assert isinstance(command, click.Command)
    assert command.name == noun


def test_the_line_of_a_lazy_group_is_what_the_commands_own_help_says():
    lazy = [(path, command) for path, command in _commands() if isinstance(command, LazyGroup)]
    assert (("job",), "job") in [(path, command.name) for path, command in lazy]
    for _, group in lazy:
        for name, (_, text) in group.found.items():
            command = group.get_command(click.Context(group), name)
            assert command.get_short_help_str(limit=80) == text


def test_every_command_has_an_example_in_its_help():
    missing = [
        " ".join(path)
        for path, command in _commands()
        if f"workbond {' '.join(path)}" not in (command.help or "")
        and not any(f"workbond {path[0]}" in line for line in (command.help or "").splitlines())
    ]
    assert missing == []


def test_no_line_of_any_help_is_cut_off_or_wider_than_a_terminal():
    for path, command in _commands():
        context = click.Context(
            command, info_name=f"workbond {' '.join(path)}", max_content_width=80
        )
        for line in command.get_help(context).splitlines():
            assert not line.endswith("...") or line.startswith("Usage: "), line
            assert len(line) <= 80, line


def _named(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Each `workbond ...` that the source hands to `suggest` or `next_step`, with which of them;
    what is only known at run time is a blank."""
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name):
            for each in (x for x in ast.walk(call) if isinstance(x, ast.Constant | ast.JoinedStr)):
                parts = each.values if isinstance(each, ast.JoinedStr) else [each]
                text = "".join(str(p.value) if isinstance(p, ast.Constant) else " " for p in parts)
                if text.startswith("workbond ") and call.func.id in ("suggest", "next_step"):
                    yield call.func.id, text


def test_every_command_that_is_suggested_exists_and_takes_the_account_it_is_given():
    known = {
        path: {p.name for p in command.params}
        for path, command in _commands()
        if not isinstance(command, click.Group)
    }
    found = 0
    for file in Path(output.__file__).parent.glob("*.py"):
        for how, text in _named(ast.parse(file.read_text())):
            words = tuple(text.split()[1:])
            command = next((words[:n] for n in (2, 1) if words[:n] in known), None)
            if command is None:  # one of several, chosen at run time
                continue
            found += 1
            assert how != "suggest" or "account" in known[command], f"{file.name}: {text}"
            assert "--account" not in words or "account" in known[command], f"{file.name}: {text}"
    assert found > 20


def test_the_help_names_every_exit_code(cli):
    kinds, codes = [WorkbondError], set()
    while kinds:
        kind = kinds.pop()
        codes.add(kind.exit_code)
        kinds += kind.__subclasses__()
    listed = cli("--help").out.split("Exit codes:")[1]
    assert {int(word) for word in listed.split() if word.isdigit()} == codes | {0}


def test_every_option_has_help():
    missing = [
        f"{' '.join(path)} {option.name}"
        for path, command in _commands()
        for option in command.params
        if isinstance(option, click.Option) and not option.help
    ]
    assert missing == []


def test_every_command_speaks_json():
    silent = [
        " ".join(path)
        for path, command in _commands()
        if not isinstance(command, click.Group) and "json" not in {p.name for p in command.params}
    ]
    assert silent == ["completion"]  # which prints a shell's script


def test_no_argument_or_option_takes_a_private_key():
    names = {p.name for _, command in _commands() for p in command.params}
    assert not names & {"key", "private_key", "private", "secret", "password", "mnemonic"}


def test_the_version_is_the_packages(cli):
    assert cli("--version").out.strip() == f"workbond, version {__version__}"


def test_the_module_runs_like_the_command():
    done = subprocess.run(
        [sys.executable, "-m", "workbond", "--version"], capture_output=True, text=True
    )
    assert (done.returncode, done.stdout.strip()) == (0, f"workbond, version {__version__}")


def test_no_arguments_show_the_help(cli):
    ran = cli()
    assert ran.code == 2
    assert "Commands:" in ran.err + ran.out


@pytest.mark.parametrize(
    ("args", "hint"),
    [
        (["fly"], "No such command 'fly'. See `workbond --help`"),
        (["jbo"], "Did you mean 'job'?"),
        (["job", "aprove"], "Did you mean 'approve'?"),
        (["account", "new"], "Missing argument 'NAME'"),
        (["chain", "--port", "99999"], "99999"),
        (["deploy", "--nothing"], "No such option"),
    ],
)
def test_wrong_usage_is_one_line_that_names_the_help(cli, args, hint):
    ran = cli(*args)
    assert ran.code == 2
    assert ran.out == ""
    assert ran.err.count("\n") == 1
    assert ran.err.startswith("Error: ")
    assert hint in ran.err
    assert "--help`" in ran.err


@pytest.fixture
def failing(monkeypatch):
    """Makes `workbond chain` raise what the test says."""

    def install(error):
        @click.command("chain")
        def command():
            raise error

        monkeypatch.setattr(cli_main.LazyGroup, "get_command", lambda self, ctx, name: command)

    return install


def test_an_expected_failure_is_one_line_with_its_exit_code(cli, failing):
    failing(ChainError("first\nsecond"))
    ran = cli("chain")
    assert (ran.code, ran.out, ran.err) == (5, "", "Error: first second\n")


def test_a_failure_that_quotes_a_stranger_can_not_steer_the_terminal(cli, failing):
    failing(ChainError("the node says \x1b[2J\x07\u202e"))
    ran = cli("chain")
    assert ran.err.rstrip("\n").isprintable()
    assert "the node says" in ran.err


def test_debug_shows_the_traceback_too(cli, failing):
    failing(ChainError("what happened"))
    ran = cli("--debug", "chain")
    assert ran.code == 5
    assert "Traceback" in ran.err
    assert ran.err.endswith("Error: what happened\n")


def test_an_unexpected_failure_is_one_line_too_and_shows_no_values(cli, failing):
    failing(ZeroDivisionError("secret value"))
    ran = cli("chain")
    assert ran.code == 1
    assert ran.err.count("\n") == 1
    assert "internal error (ZeroDivisionError): run `workbond --debug" in ran.err
    assert "secret" not in ran.err


def test_an_interrupted_command_ends_with_130(cli, failing):
    failing(KeyboardInterrupt())
    ran = cli("chain")
    assert ran.code == 130
    assert "interrupted" in ran.err


def test_a_closed_pipe_is_no_failure_worth_a_word():
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "workbond", "--help"], stdout=write, stderr=subprocess.PIPE
    )
    os.close(write)
    assert done.stderr == b""
    assert done.returncode != 0


def test_a_table_aligns_its_columns():
    text = output.table(["task", "units"], [[0, 12], [1, 7]], right=["units"])
    assert text == "task  units\n0        12\n1         7"


def test_a_table_shows_no_control_characters():
    assert "\x1b" not in output.table(["name"], [["\x1b[2Jevil\n"]])
    assert output.table(["name"], [["a\nb"]]).count("\n") == 1


@pytest.mark.parametrize(
    ("line", "lines"),
    [
        ("short", ["short"]),
        ("some words that go on", ["some words", "that go on"]),
        ("  below a head they go", ["  below a", "  head they", "  go"]),
        ("0x" + "1" * 14, ["0x" + "1" * 14]),
        ("one  two  " + "3" * 12, ["one  two", "    " + "3" * 12]),
    ],
)
def test_a_line_is_broken_at_words_only(line, lines):
    assert output.fit_line(line, 12).split("\n") == lines


def test_a_table_row_goes_on_below_its_last_column():
    row = "gas coin  12  at most, for what it takes to post the job"
    assert output.fit_line(row, 40).split("\n") == [
        "gas coin  12  at most, for what it takes",
        "              to post the job",
    ]


def test_a_bill_whose_amounts_are_too_long_for_a_line_keeps_them_whole():
    bill = Bill()
    bill.pot("free in the market", 12_679047371866666667, -6_920000000000000000, "until it ends")
    assert len(str(bill).splitlines()) == 2
    assert bill.layout(70).splitlines() == [
        "WORK free in the market, until it ends",
        "  before  12.679047371866666667",
        "  change                  -6.92",
        "  after    5.759047371866666667",
    ]
