"""Networks by name or id, and which endpoint follows from them."""

from __future__ import annotations

import pytest

from workbond.errors import UsageError
from workbond.settings.layers import Layer, Layers
from workbond.settings.networks import KNOWN, endpoint, known_networks


@pytest.fixture
def layers(tmp_path):
    def write(text: str = "", **environment: str) -> Layers:
        user = tmp_path / "user.toml"
        user.write_text(text)
        return Layers({"WORKBOND_CONFIG": str(user)} | environment, tmp_path)

    return write


SEPOLIA = '[networks.sepolia]\nrpc = ["https://one.example.org", "https://two.example.org"]\n'


def test_without_any_word_it_is_the_local_chain_unchecked(layers):
    found = endpoint(layers())
    assert found.rpc.value == ("http://127.0.0.1:8545",)
    assert found.network is None


@pytest.mark.parametrize("name", ["sepolia", "11155111"])
def test_a_network_is_named_by_name_or_chain_id(layers, name):
    found = endpoint(layers(SEPOLIA), given_network=name)
    assert found.network.name == "sepolia"
    assert found.network.chain_id == 11155111
    assert found.rpc.value == ("https://one.example.org", "https://two.example.org")


def test_an_unknown_chain_id_is_a_network_that_needs_an_rpc(layers):
    found = endpoint(layers(), given_rpc=("http://a",), given_network="777")
    assert (found.network.chain_id, found.rpc.value) == (777, ("http://a",))
    with pytest.raises(UsageError, match="no RPC is known for network 777: give --rpc URL"):
        endpoint(layers(), given_network="777")


def test_an_own_network_has_its_own_coin(layers):
    text = '[networks.devnet]\nchain_id = 4242\ncurrency = "DEV"\nrpc = "http://127.0.0.1:9545"\n'
    found = endpoint(layers(text), given_network="devnet").network
    assert (found.chain_id, found.currency, found.rpc) == (4242, "DEV", ("http://127.0.0.1:9545",))


def test_a_flag_for_the_network_beats_an_rpc_from_the_environment(layers):
    found = endpoint(layers(SEPOLIA, WORKBOND_RPC="http://env"), given_network="sepolia")
    assert found.rpc.value[0] == "https://one.example.org"


def test_an_rpc_from_the_environment_beats_a_network_from_a_file_but_is_held_to_it(layers):
    found = endpoint(layers('network = "sepolia"\n' + SEPOLIA, ETH_RPC_URL="http://env"))
    assert found.rpc.value == ("http://env",)
    assert found.network.name == "sepolia"


def test_a_network_without_endpoints_takes_the_rpc_from_wherever_it_is_set(layers):
    found = endpoint(layers('rpc = "http://file"'), given_network="hoodi")
    assert found.rpc.value == ("http://file",)
    assert found.network.name == "hoodi"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[networks.sepolia]\nchain_id = 5", "sepolia is chain 11155111, not 5"),
        ("[networks.new]\nrpc = 'http://a'", r"\[networks\.new\] needs a chain_id"),
        ("[networks.new]\nid = 5", "has no 'id'; it takes chain_id, currency, rpc"),
        ("[networks.new]\nchain_id = 0", "chain_id: 0 is not a whole number of at least 1"),
        ("[networks]\nnew = 3", r"\[networks\.new\] must be a table"),
    ],
)
def test_a_broken_network_is_one_line(layers, text, complaint):
    with pytest.raises(UsageError, match=complaint):
        known_networks(layers(text))


def test_a_misspelt_network_is_told_with_a_guess(layers):
    with pytest.raises(UsageError, match="'sepolai' is no network; did you mean sepolia"):
        endpoint(layers(), given_network="sepolai")


def test_no_public_network_comes_with_somebodys_endpoint():
    assert [n.name for n in KNOWN.values() if n.rpc] == ["local"]
    assert len({n.chain_id for n in KNOWN.values()}) == len(KNOWN)


def test_endpoints_know_which_file_they_came_from(layers, tmp_path):
    found = endpoint(layers('network = "sepolia"\n' + SEPOLIA)).rpc
    assert found.origin.layer is Layer.USER
    assert found.origin.where == str(tmp_path / "user.toml")
    (tmp_path / "workbond.toml").write_text('[networks.sepolia]\nrpc = "http://theirs"\n')
    found = endpoint(layers('network = "sepolia"\n' + SEPOLIA)).rpc
    assert found.value == ("http://theirs",)
    assert found.origin.layer is Layer.PROJECT


def test_a_project_that_says_a_part_of_a_network_leaves_the_rest_to_the_user(layers, tmp_path):
    (tmp_path / "workbond.toml").write_text('[networks.sepolia]\ncurrency = "SEP"\n')
    found = endpoint(layers('network = "sepolia"\n' + SEPOLIA))
    assert found.network.currency == "SEP"
    assert found.rpc.value[0] == "https://one.example.org"
