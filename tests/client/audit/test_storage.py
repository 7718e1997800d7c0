"""A contract whose storage is not what its events tell, and a chain that moves meanwhile."""

import json

import pytest
from eth_hash.auto import keccak

from workbond.chain import anvil as local
from workbond.chain import funds

WORK = 10**18


def _place(world, contract, key, value):
    """The storage slot of a mapping's entry: the one that holds `value` now."""
    for base in range(16):
        slot = "0x" + keccak(key.rjust(32, b"\0") + base.to_bytes(32, "big")).hex()
        if int(world.connection.rpc("eth_getStorageAt", contract, slot, "latest"), 16) == value:
            return slot
    raise AssertionError("no such mapping")


def _store(world, contract, slot, value):
    world.connection.rpc("anvil_setStorageAt", contract, slot, f"0x{value:064x}")
    local.mine(world.connection)


def _account_slots(world, address):
    account = world.market.account_of(address)
    first = account.free | account.unbonded << 96 | account.counter << 192
    slot = _place(world, world.market.address, bytes.fromhex(address[2:]), first)
    return slot, first


@pytest.mark.parametrize(
    ("shift", "member", "by"),
    [(0, "free", 1), (96, "bonded", -1), (192, "counter", 1)],  # unbonded stake is what is stored
)
def test_an_account_that_differs_in_storage_is_noticed(told, audit, shift, member, by):
    world, address = told.world, told.world.provider.address
    slot, value = _account_slots(world, address)
    _store(world, world.market.address, slot, value + (1 << shift))
    ran = audit("ledger", "--json")
    assert ran.code == 9
    report = json.loads(ran.out)
    held = getattr(world.market.account_of(address), member)
    (finding,) = report["findings"]
    assert finding["code"] == "storage"
    assert finding["text"] == (
        f"{member} of {address} is {held - by} by the events but {held} in storage"
    )
    assert report["matches_storage"] is False
    assert report["solvent"] is True


def test_an_account_with_another_stake_in_storage_is_noticed(told, audit):
    world, address = told.world, told.world.provider.address
    slot, _ = _account_slots(world, address)
    second = f"0x{int(slot, 16) + 1:064x}"
    value = int(
        world.connection.rpc("eth_getStorageAt", world.market.address, second, "latest"), 16
    )
    _store(world, world.market.address, second, value - 1)
    ran = audit("ledger")
    assert ran.code == 9
    assert f"staked of {address}" in ran.out


def test_another_delegate_in_storage_is_noticed(told, audit):
    world = told.world
    owner, delegate = world.provider.address, int(world.pauper.address, 16)
    slot = _place(world, world.market.address, bytes.fromhex(owner[2:]), delegate)
    _store(world, world.market.address, slot, delegate + 1)
    ran = audit("ledger")
    assert ran.code == 9
    assert f"delegate of {owner} is {world.pauper.address} by the events but 0x" in ran.out


@pytest.mark.parametrize(("uses", "text"), [(4, "used 4 times"), (2**32 - 1, "cancelled")])
def test_an_offer_used_another_number_of_times_in_storage_is_noticed(told, audit, uses, text):
    world = told.world
    offer = next(e.args["offer"] for e in told.events if e.name == "JobMatched")
    slot = _place(world, world.market.address, offer, 2)
    _store(world, world.market.address, slot, uses)
    ran = audit("ledger")
    assert ran.code == 9
    assert f"offer 0x{offer.hex()} was used 2 times by the events but is {text}" in ran.out


def test_a_cancelled_order_that_is_alive_in_storage_is_noticed(told, audit):
    world = told.world
    slot = _place(world, world.market.address, told.ids["offer"], 2**32 - 1)
    _store(world, world.market.address, slot, 0)
    slot = _place(world, world.market.address, told.ids["revoked"], 6 << 248)
    _store(world, world.market.address, slot, 2 << 248)
    ran = audit("ledger")
    assert ran.code == 9
    assert f"0x{told.ids['offer'].hex()} is cancelled by the events but was used 0" in ran.out
    assert f"request 0x{told.ids['revoked'].hex()} was cancelled 1 times by" in ran.out
    assert "but is Running in storage" in ran.out


@pytest.mark.parametrize(("name", "flip"), [("running", 1), ("claimed", 1 << 247)])
def test_a_live_job_with_another_record_in_storage_is_noticed(told, audit, name, flip):
    world, job_id = told.world, told.ids[name]
    state, record = world.market.slot_of(job_id)
    slot = _place(world, world.market.address, job_id, state << 248 | record)
    _store(world, world.market.address, slot, state << 248 | record ^ flip)
    for command in (("ledger",), ("job", job_id.hex())):
        ran = audit(*command)
        assert ran.code == 9
        assert f"record hash of job 0x{job_id.hex()}" in ran.out


@pytest.mark.parametrize("name", ["approved", "cancelled", "voided", "open"])
def test_a_job_in_another_state_in_storage_is_noticed(told, audit, name):
    world, job_id = told.world, told.ids[name]
    state, _ = world.market.slot_of(job_id)
    slot = _place(world, world.market.address, job_id, state << 248)
    _store(world, world.market.address, slot, 3 << 248)
    for command in (("ledger",), ("job", job_id.hex())):
        ran = audit(*command)
        assert ran.code == 9
        assert f"{state.label} by the events but Claimed in storage" in ran.out


def test_a_market_that_owns_less_than_it_owes_is_insolvent(told, audit):
    world = told.world
    balance = world.token.balance(world.market.address)
    key = bytes.fromhex(world.market.address[2:])
    slot = _place(world, world.token.address, key, balance)
    _store(world, world.token.address, slot, balance - 5)
    ran = audit("ledger", "--json")
    assert ran.code == 9
    report = json.loads(ran.out)
    assert report["solvent"] is False
    assert report["surplus"] == "-5"
    assert report["matches_storage"] is True
    assert {finding["code"] for finding in report["findings"]} == {"insolvent", "token"}


def test_what_happens_after_the_audited_block_does_not_disturb_the_audit(told, proxy, audit):
    world, moves = told.world, []

    def edit(method, params, result):
        if method == "eth_getLogs" and not moves:
            moves.append(funds.deposit(world.market, world.token, world.stranger, WORK))
            world.market.stake(world.stranger, WORK)
        return result

    proxy.edit = edit
    before = world.connection.block().number
    ran = audit("ledger", "--json")
    assert ran.code == 0, ran.err
    assert moves
    report = json.loads(ran.out)
    assert report["matches_storage"] is True
    assert before <= report["block"] < moves[0][-1].block_number


def test_an_audit_starts_again_when_its_block_is_reorganised_away(told, proxy, audit):
    world, reorgs = told.world, []

    def edit(method, params, result):
        if method == "eth_getLogs" and not reorgs:
            world.connection.rpc("anvil_reorg", 2, [])
            reorgs.append(params)
        return result

    proxy.edit = edit
    local.mine(world.connection, 3)
    ran = audit("ledger", "--json")
    assert ran.code == 0, ran.err
    assert reorgs
    report = json.loads(ran.out)
    assert report["block_hash"] == "0x" + world.connection.block(report["block"]).hash.hex()


def test_an_audit_gives_up_on_a_chain_that_is_reorganised_all_the_time(told, proxy, audit):
    hashes = iter(range(1, 1_000))

    def edit(method, params, result):
        if method == "eth_getBlockByNumber" and params[0] != "0x0":  # not the genesis
            result["hash"] = f"0x{next(hashes):064x}"
        return result

    proxy.edit = edit
    ran = audit("ledger")
    assert ran.code == 5
    assert "replaced the audited block 3 times" in ran.err
