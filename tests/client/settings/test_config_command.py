"""`workbond config` and `completion`, and settings as commands meet them."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from workbond.settings.declared import SETTINGS


def test_config_show_tells_where_each_value_came_from(cli, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "workbond.toml").write_text('network = "local"\n')
    (tmp_path / "config.toml").write_text('account = "me"\n')
    ran = cli("config", "show")
    assert ran.code == 0
    lines = {line.split()[0]: line for line in ran.out.splitlines()}
    assert set(SETTINGS) <= set(lines)
    assert f"project file {tmp_path / 'workbond.toml'}" in lines["network"]
    assert f"user file {tmp_path / 'config.toml'}" in lines["account"]
    assert "environment WORKBOND_HOME" in lines["home"]
    assert lines["rpc"].endswith("default")


def test_config_show_in_json_has_values_origins_and_files(cli, tmp_path):
    shown = json.loads(cli("config", "show", "--json").out)
    assert set(shown["settings"]) == set(SETTINGS)
    assert shown["settings"]["home"] == {
        "value": str(tmp_path / "home"),
        "from": "environment",
        "where": "WORKBOND_HOME",
    }
    assert shown["files"][-1] == {
        "layer": "user file",
        "path": str(tmp_path / "config.toml"),
        "exists": False,
        "ignored": None,
    }


def test_config_show_hides_the_key_in_an_rpc_url(cli, monkeypatch):
    monkeypatch.setenv("WORKBOND_RPC", "https://user:pw@rpc.example.org:8443/v3/0123secret?k=1")
    for args in (("config", "show"), ("config", "show", "rpc", "--json")):
        ran = cli(*args)
        assert "https://rpc.example.org:8443/..." in ran.out
        assert not any(word in ran.out for word in ("secret", "pw", "k=1"))


def test_an_unknown_setting_is_told(cli):
    ran = cli("config", "show", "colour")
    assert (ran.code, ran.out) == (2, "")
    assert "there is no setting 'colour'" in ran.err


def test_networks_are_listed_with_ids(cli):
    assert "11155111" in cli("config", "networks").out
    listed = json.loads(cli("config", "networks", "--json").out)
    assert {"name": "hoodi", "chain_id": 560048, "currency": "ETH", "rpc": []} in listed


def test_a_command_takes_its_settings_from_a_file(world, cli, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WORKBOND_DEPLOYMENTS")
    (tmp_path / "workbond.toml").write_text(
        f'network = "local"\ndeployments = "{world.directory}"\n'
        f'[networks.local]\nrpc = "{world.url}"\n'
    )
    ran = cli("account", "balance", world.requester.address, "--json")
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["address"] == world.requester.address


def test_an_rpc_of_another_chain_than_the_named_network_is_refused(world_cli, world):
    ran = world_cli("account", "balance", world.requester.address, "--network", "sepolia")
    assert ran.code == 2
    assert ran.err.count("\n") == 1
    assert "is chain 31337, but network sepolia (flag --network) is chain 11155111" in ran.err


def test_the_rpc_flag_can_be_repeated_and_a_dead_endpoint_costs_nothing(world_cli, world):
    ran = world_cli(
        "account",
        "balance",
        world.requester.address,
        "--rpc",
        "http://127.0.0.1:9",
        "--rpc",
        world.url,
        "--json",
    )
    assert ran.code == 0, ran.err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_completion_script_is_printed(cli, shell):
    ran = cli("completion", shell)
    assert ran.code == 0
    assert "_WORKBOND_COMPLETE" in ran.out


def test_bash_completes_commands_options_accounts_and_networks(tmp_path):
    keystores = tmp_path / "keystores"
    keystores.mkdir()
    (keystores / "requester.json").write_text("{}")
    script = subprocess.run(
        [sys.executable, "-m", "workbond", "completion", "bash"], capture_output=True, text=True
    ).stdout
    ask = (
        f"{script}\n"
        "type_in() { COMP_WORDS=($1) COMP_CWORD=$2 COMPREPLY=(); _workbond_completion workbond; "
        'echo "${COMPREPLY[@]}"; }\n'
        'type_in "workbond com" 1\n'
        'type_in "workbond job submit --net" 3\n'
        'type_in "workbond job list --account req" 4\n'
        'type_in "workbond job list --network base" 4\n'
    )
    # the script asks the command `workbond`; COMPREPLY is what bash would offer
    wrapper = tmp_path / "workbond"
    wrapper.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m workbond "$@"\n')
    wrapper.chmod(0o755)
    environment = os.environ | {
        "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}",
        "WORKBOND_HOME": str(tmp_path),
    }
    ran = subprocess.run(["bash", "-c", ask], capture_output=True, text=True, env=environment)
    offered = ran.stdout.splitlines()
    assert offered == ["completion", "--network", "requester", "base base-sepolia"], ran.stderr


def test_config_show_tells_the_rpc_that_follows_from_the_network(cli, tmp_path, monkeypatch):
    file = tmp_path / "c.toml"
    file.write_text('[networks.sepolia]\nrpc = "https://one.example.org/key"\n')
    monkeypatch.setenv("WORKBOND_CONFIG", str(file))
    monkeypatch.setenv("WORKBOND_NETWORK", "sepolia")
    told = json.loads(cli("config", "show", "rpc", "--json").out)["settings"]["rpc"]
    assert told == {
        "value": "https://one.example.org/...",
        "from": "user file",
        "where": str(file),
    }
    monkeypatch.setenv("WORKBOND_NETWORK", "no-such")
    assert "no-such" in cli("config", "show").out  # it shows what is wrong


def test_whoever_signs_is_told_of_an_rpc_that_a_project_chose(world, cli, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "workbond.toml").write_text(
        f'rpc = ["{world.url}", "http://rpc.example.org/secret"]\n'
    )
    (tmp_path / "password").write_text("one two three")
    monkeypatch.setenv("WORKBOND_PASSWORD_FILE", str(tmp_path / "password"))
    monkeypatch.setenv("WORKBOND_DEPLOYMENTS", str(world.directory))
    assert cli("account", "new", "me", "--light-kdf").code == 0
    warned = "workbond.toml chooses the RPC http://rpc.example.org, which decides what you sign"
    assert cli("account", "faucet", "me").code == 0
    ran = cli("account", "deposit", "1", "--account", "me", "--yes")
    assert ran.code == 0, ran.err
    assert warned in ran.err
    (tmp_path / "workbond.toml").write_text(f'rpc = "{world.url}"\n')
    ran = cli("account", "deposit", "1", "--account", "me", "--yes")
    assert (ran.code, "chooses the RPC" in ran.err) == (0, False)
