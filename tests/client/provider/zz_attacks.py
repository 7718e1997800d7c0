import random, os, signal, time, subprocess, threading, http.server, resource
import pytest
from typing import Any
from pathlib import Path
from workbond.chain.types import State
from workbond.chain import anvil
from workbond.provider.node import Plan
from workbond.spec import Limits
from .conftest import *
from .test_process import Provider, start
from workbond import accounts

MID = PLENTY.model_copy(update={"units": 8*10**8})

def test_a1_random_kills(world, shop, start):
    random.seed(7)
    ids=[shop.post(shop.spec(LOOP, inputs=(b"",bytes([n])), limits=MID), challenge_for=3, run_for=3000, bond=10**18) for n in range(3)]
    for i in range(14):
        p=start()
        time.sleep(1.2+random.random()*2.5)
        p.process.kill(); p.await_end()
        print(i,[world.market.state_of(j).label for j in ids], p.lines[-1:], flush=True)
        if all(world.market.state_of(j).is_final for j in ids): break
    p=start("--once"); print(p.await_end(), p.lines)
    assert all(world.market.state_of(j) is State.SETTLED for j in ids)

def test_a2_two_nodes_one_key(world, shop, tmp_path):
    ids=[shop.post(shop.spec(LOOP, inputs=(b"",bytes([n])), limits=MID), challenge_for=3, run_for=3000, bond=10**18) for n in range(5)]
    ps=[]
    for k in range(2):
        home=tmp_path/f"h{k}"; home.mkdir(); (home/"password").write_text("pw\n")
        accounts.import_dev_key(home, "provider", 2, "pw")
        ps.append(Provider(world, home))
    until(lambda: all(world.market.state_of(j).is_final for j in ids), "all final")
    for p in ps: p.process.terminate(); p.await_end()
    for p in ps: print("\n".join(p.lines)); print("-----")
    assert all(world.market.state_of(j) is State.SETTLED for j in ids)

def test_a3_flood(world, shop, operator):
    import dataclasses
    rpc=world.connection.rpc
    good=shop.post(shop.spec(), open_for=None) if False else shop.post(shop.spec())
    rpc("evm_setAutomine", False)
    nonce=world.connection.nonce(world.requester.address)
    t=time.monotonic()
    for n in range(1500):
        r=world.request(spec=os.urandom(32), salt=os.urandom(32), flat=10**15, max_unit_price=0,min_unit_price=0, bond=10**18, profile=PROFILE_ID if n%2 else b"\5"*32, challenge_for=5, open_until=world.now()+86400)
        data=world.market.abi.call_data("post",[r.to_tuple(), "http://127.0.0.1:9/"+"x"*480])
        rpc("eth_sendTransaction", {"from":world.requester.address,"to":world.market.address,"data":"0x"+data.hex(),"gas":hex(400000),"nonce":hex(nonce+n)})
    while rpc("txpool_status")["pending"]!="0x0": anvil.mine(world.connection,1)
    rpc("evm_setAutomine", True)
    print("posted", time.monotonic()-t, "head", world.connection.block().number)
    t=time.monotonic()
    operator.start()
    t2=time.monotonic(); operator.turn(); print("first turn", time.monotonic()-t2)
    t2=time.monotonic(); operator.turn(); print("second turn", time.monotonic()-t2, len(operator.node._board.open()))
    operator.turn_until_state(good, State.SETTLED)
    print("good settled after", time.monotonic()-t, len(operator.lines), "lines")
    t2=time.monotonic()
    while time.monotonic()-t2<10: world.advance(1); operator.turn()
    print(len(operator.lines), len(operator.node._board.open()), operator.lines[-3:])

def test_a6_gas(world, shop, operator):
    rpc=world.connection.rpc
    full=world.connection.balance(world.provider.address)
    rpc("anvil_setBalance", world.provider.address, "0x0")
    j=shop.post(shop.spec(LOOP, inputs=(b"",), limits=MID), challenge_for=2)
    operator.start()
    for _ in range(30): operator.turn(); time.sleep(0.05)
    print(operator.lines)
    rpc("anvil_setBalance", world.provider.address, hex(full))
    operator.turn_until_said("accepted, ")
    rpc("anvil_setBalance", world.provider.address, "0x0")
    for _ in range(60): operator.turn(); time.sleep(0.05)
    print(operator.lines)
    rpc("anvil_setBalance", world.provider.address, hex(full))
    operator.turn_until_state(j, State.SETTLED)
    print(operator.lines)

def test_a7_approve_and_finalize_in_one_block(world, shop, operator):
    from workbond.jobs import JobBook
    j=shop.post(shop.spec(), challenge_for=5)
    operator.start(Plan(once=True,poll_s=0.05)); operator.turn_until_state(j, State.CLAIMED)
    n=world.connection.block().number
    rec=JobBook(e for e in world.market.events(0,n) if e.name.startswith("Job")).jobs[j]
    s=operator.workshop.opening(rec); job=rec.live_job()
    world.advance(10)
    rpc=world.connection.rpc
    rpc("evm_setAutomine", False)
    data=world.market.abi.call_data("approve",[j, job.to_tuple(), s.root, s.total_units])
    rpc("eth_sendTransaction", {"from":world.requester.address,"to":world.market.address,"data":"0x"+data.hex(),"gas":hex(400000), "maxPriorityFeePerGas":hex(10**11),"maxFeePerGas":hex(10**12)})
    threading.Timer(1.5, lambda: (anvil.mine(world.connection,1), rpc("evm_setAutomine", True))).start()
    operator.turn(); 
    operator.turn_until(lambda: operator.node.finished, "end")
    print(operator.lines, world.market.state_of(j))

def test_a4_disk_full(world, shop, operator, tmp_path):
    home=operator.home; home.mkdir(mode=0o700)
    subprocess.run(["mount","-t","tmpfs","-o","size=24m,mode=0700","tmpfs",str(home)],check=True)
    try:
        FL='''(module (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
 (memory (export "memory") 17) (func (export "_start") (local $i i32)
 (i32.store (i32.const 0) (i32.const 64)) (i32.store (i32.const 4) (i32.const 1048576))
 (loop $a (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16))) (br $a))))'''
        lim=Limits(units=10**9, memory=2<<20, output=4<<20)
        j=shop.post(shop.spec(FL, inputs=(b"",b"1"), limits=lim), challenge_for=2)
        j2=shop.post(shop.spec(FL, inputs=(b"",b"1",b"2",b"3",b"4"), limits=lim), challenge_for=2)
        operator.start()
        operator.turn_until_said("accepted, ")
        (home/"filler").write_bytes(bytes(15<<20))
        for _ in range(40): operator.turn(); time.sleep(0.05)
        print(operator.lines)
        (home/"filler").unlink()
        operator.turn_until_state(j, State.SETTLED)
        print(operator.lines)
    finally:
        operator.stop()
        subprocess.run(["umount","-l",str(home)])

def test_a9_stop_cont(world, shop, start):
    j=shop.post(shop.spec(LOOP, inputs=(b"",), limits=MID), challenge_for=2, run_for=600)
    p=start("--units-per-second", str(2**40)); p.await_line("accepted, ")
    p.process.send_signal(signal.SIGSTOP); world.advance(700); time.sleep(2); p.process.send_signal(signal.SIGCONT)
    p.await_line("expired"); print(p.lines)

def test_a10_max_output(world, shop, start, operator):
    FL='''(module (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
 (memory (export "memory") 17) (func (export "_start") (local $i i32)
 (i32.store (i32.const 0) (i32.const 64)) (i32.store (i32.const 4) (i32.const 1048576))
 (loop $a (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16)))(drop (call $write (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 16))) (br $a))))'''
    lim=Limits(units=10**10, memory=2<<20, output=256<<20)
    j=shop.post(shop.spec(FL, inputs=tuple(bytes([n]) for n in range(6)), limits=lim), challenge_for=2, run_for=8000, bond=10**18)
    t=time.monotonic()
    operator.start(); operator.turn_until_state(j, State.CLAIMED)
    print(time.monotonic()-t, "s; rss", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss>>10, operator.lines)
