"""Where a setting's value comes from."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from workbond.errors import UsageError
from workbond.settings.declared import SETTINGS
from workbond.settings.kinds import amount, host_port, shown, size, yes_no
from workbond.settings.layers import Layer, Layers


@pytest.fixture
def places(tmp_path):
    """Writes the two files and gives the `Layers` that see them."""
    project = tmp_path / "project"
    (project / "deep" / "down").mkdir(parents=True)
    user = tmp_path / "user.toml"

    def write(project_text: str = "", user_text: str = "", **environment: str) -> Layers:
        if project_text:
            (project / "workbond.toml").write_text(project_text)
        user.write_text(user_text)
        return Layers({"WORKBOND_CONFIG": str(user)} | environment, project / "deep" / "down")

    write.project, write.user = project / "workbond.toml", user
    return write


def test_flag_environment_project_user_and_default_win_in_this_order(places):
    layers = places('network = "p"', 'network = "u"', WORKBOND_NETWORK="e")
    assert layers.find("network", "f").value == "f"
    assert layers.find("network").value == "e"
    assert places('network = "p"', 'network = "u"').find("network").value == "p"
    places.project.unlink()
    assert places("", 'network = "u"').find("network").value == "u"
    assert places("", "").find("network").value is None


@pytest.mark.parametrize(
    ("given", "environment", "layer", "where"),
    [
        ("f", {"WORKBOND_NETWORK": "e"}, Layer.FLAG, "--network"),
        (None, {"WORKBOND_NETWORK": "e"}, Layer.ENVIRONMENT, "WORKBOND_NETWORK"),
        (None, {"WORKBOND_NETWORK": ""}, Layer.PROJECT, "{project}"),
    ],
)
def test_a_value_knows_where_it_came_from(places, given, environment, layer, where):
    found = places('network = "p"', **environment).find("network", given)
    expected = where.format(project=places.project)
    assert (found.origin.layer, found.origin.where) == (layer, expected)
    assert str(found.origin) == f"{layer.label} {expected}"


def test_the_rpc_url_that_other_tools_use_is_understood_after_our_own(places):
    assert places(ETH_RPC_URL="http://a").find("rpc").value == ("http://a",)
    both = places(ETH_RPC_URL="http://a", WORKBOND_RPC="http://b http://c")
    assert both.find("rpc").value == ("http://b", "http://c")


def test_a_path_in_a_file_is_relative_to_the_file(places):
    layers = places('deployments = "market"')
    assert layers.find("deployments").value == places.project.parent / "market"
    assert layers.find("deployments", "market").value == Path("market")
    absolute = places('deployments = "/market"')
    assert absolute.find("deployments").value == Path("/market")


@pytest.mark.parametrize("name", [s.name for s in SETTINGS.values() if not s.project])
def test_a_project_file_can_not_set_what_only_the_user_may(places, name):
    table, _, key = name.rpartition(".")
    text = (f"[{table}]\n" if table else "") + f'{key} = "x"'
    with pytest.raises(UsageError, match=f"{name} can't be set by a project's file"):
        places(text).find("network")
    places.project.unlink()
    assert name in SETTINGS
    assert places("", 'network = "fine"').find("network").value == "fine"


def test_home_and_password_are_among_what_only_the_user_may_set():
    assert not SETTINGS["home"].project
    assert not SETTINGS["account"].project
    assert not SETTINGS["password_file"].project


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("netwrk = 'x'", "there is no setting netwrk; did you mean network"),
        ("network = 7", "network (project file {path}): 7 is not a line of text"),
        ("rpc = []", "rpc (project file {path}): [] is no list of 1 to 16 texts"),
        ("networks = 3", "networks must be a table, [networks]"),
        ("network = ", "{path} are not valid TOML"),
        ('"a\\u001bb" = 1', "there is no setting 'a\\x1bb'"),
    ],
)
def test_a_broken_file_is_one_line_that_names_it(places, text, complaint):
    layers = places(text)
    with pytest.raises(UsageError) as caught:
        [layers.find(name) for name in ("rpc", "network")]
    assert complaint.format(path=places.project) in str(caught.value)
    assert str(places.project) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert str(caught.value).isprintable()


def test_a_huge_file_is_not_read_into_memory(places):
    with pytest.raises(UsageError, match="more than 262144 bytes"):
        places("#" * 300_000).find("network")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_project_file_of_another_user_is_left_alone(places):
    layers = places('network = "planted"', 'network = "mine"')
    os.chown(places.project, 12_345, 12_345)
    assert layers.find("network").value == "mine"
    assert layers.files[0].why_ignored == "it belongs to another user"


def test_no_file_at_all_is_no_problem(tmp_path):
    layers = Layers({"WORKBOND_CONFIG": str(tmp_path / "none.toml")}, tmp_path)
    assert layers.find("network").origin.layer is Layer.DEFAULT


def test_a_switch_is_read_from_words_and_booleans():
    assert [yes_no(v) for v in (True, "true", "YES", "1", "on")] == [True] * 5
    assert [yes_no(v) for v in (False, "false", "no", "0", "off")] == [False] * 5
    with pytest.raises(UsageError, match="'perhaps' is neither true nor false"):
        yes_no("perhaps")


def test_amounts_and_sizes_are_exact():
    assert amount("1.5") == 15 * 10**17
    assert amount(2) == 2 * 10**18
    assert shown(amount("0.000000000000000001"), amount) == "0.000000000000000001"
    with pytest.raises(UsageError, match=r"1\.5 is not an amount: write it in quotes"):
        amount(1.5)
    assert (size("4 GiB"), size("17"), size(17)) == (4 << 30, 17, 17)
    assert shown(4 << 30, size) == "4 GiB"


@pytest.mark.parametrize(
    ("text", "expected"),
    [("127.0.0.1:80", ("127.0.0.1", 80)), ("[::1]:0", ("::1", 0)), ("host:65535", ("host", 65535))],
)
def test_listen_addresses(text: str, expected: tuple[str, int]) -> None:
    assert host_port(text) == expected
    assert shown(expected, host_port) == text


@pytest.mark.parametrize(
    "text", ["", "80", ":80", "host:", "host:65536", "host:-1", "host:\u0663", "::1:80", "a b:80"]
)
def test_listen_addresses_that_are_none(text: str) -> None:
    with pytest.raises(UsageError, match="HOST:PORT"):
        host_port(text)


@pytest.mark.parametrize("name", ["max_fee", "network", "provider.cores", "provider.max_memory"])
@pytest.mark.parametrize("wrap", ["{}", "[{}]"])
def test_an_integer_of_any_length_is_refused_in_one_line(places, name, wrap):
    table, _, key = name.rpartition(".")
    value = wrap.format("0x" + "f" * 20_000)
    layers = places("", (f"[{table}]\n" if table else "") + f"{key} = {value}")
    with pytest.raises(UsageError) as caught:
        layers.find(name)
    assert len(str(caught.value)) < 300


def test_a_home_directory_that_nobody_has_is_told(places):
    with pytest.raises(UsageError, match="there is no such home directory"):
        places(WORKBOND_HOME="~nobody-at-all/x").find("home")
    with pytest.raises(UsageError, match="WORKBOND_CONFIG: there is no home directory for '~no"):
        places(WORKBOND_CONFIG="~nobody-at-all/x").find("home")


def test_a_current_directory_that_was_removed_has_no_project_file(tmp_path, monkeypatch):
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert [file.layer for file in Layers({}).files] == [Layer.USER]
