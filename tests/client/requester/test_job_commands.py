"""`workbond job`: from a file to a paid provider on the command line, and every kind of mistake."""

from __future__ import annotations

import json
import re
import threading

import pytest

from workbond.blobs.gateway import Gateway
from workbond.blobs.store import BlobStore
from workbond.requester.submit import Posting

SHORT = 18  # characters of an id where a line has no room for all of it


def id_in(text: str) -> str:
    match = re.search(r"0x[0-9a-f]{64}", text)
    assert match, text
    return match[0]


def test_a_job_goes_from_its_file_to_a_paid_provider(jobs_cli, job_path, provider, tmp_path):
    taker = provider.take_next()
    submitted = jobs_cli("submit", job_path, "--yes", "--wait")
    taker.join()
    assert submitted.code == 0, submitted.err
    job_id = id_in(submitted.out)
    assert "1.4 WORK are locked" in submitted.out
    assert f"Next: workbond job fetch {job_id[:SHORT]} --account requester\n" in submitted.err

    fetched = jobs_cli("fetch", job_id[:10])
    assert fetched.code == 0, fetched.err
    out = tmp_path / f"job-{job_id[2:10]}"
    assert (out / "2-c_c.out").read_bytes() == b"three" * 10_000
    assert f"Next: workbond job approve {job_id[:SHORT]} --account requester\n" in fetched.err

    approved = jobs_cli("approve", job_id, "--yes")
    assert approved.code == 0, approved.err
    assert f"Receipt: the job is Settled\njob       {job_id}\n" in approved.out
    assert f"Next: workbond audit job {job_id[:SHORT]}\n" in approved.err

    listed = jobs_cli("list")
    assert re.search(r"0x[0-9a-f]{16}  Settled +3 ", listed.out)


def test_json_tells_the_same_in_base_units(jobs_cli, job_path, provider):
    taker = provider.take_next()
    ran = jobs_cli("submit", job_path, "--yes", "--wait", "--json")
    taker.join()
    assert ran.code == 0, ran.err
    submitted = json.loads(ran.out)
    assert submitted["state"] == "Claimed"
    assert re.fullmatch(r"bafkrei[a-z2-7]{52}", submitted["spec"])
    job_id = submitted["id"]

    fetched = json.loads(jobs_cli("fetch", job_id, "--json").out)
    assert fetched["total_units"] == "6000"
    assert [task["class"] for task in fetched["tasks"]] == ["exit"] * 3
    assert fetched["failed"] == []

    approved = json.loads(jobs_cli("approve", job_id, "--yes", "--json").out)
    assert approved["money"]["paid"] == fetched["payment"]
    assert approved["money"]["locked"] == "0"
    assert approved["cost"]["steps"][-1]["transaction"] == approved["transaction"]
    assert re.fullmatch(r"0x[0-9a-f]{64}", approved["transaction"])

    (listed,) = json.loads(jobs_cli("list", "--json").out)
    status = json.loads(jobs_cli("status", job_id, "--json").out)
    assert listed == {k: v for k, v in status.items() if k in listed} | {"now": listed["now"]}
    assert status["cost"]["paid"] == fetched["payment"]


def test_inputs_can_be_left_at_a_gateway(jobs_cli, job_path, provider, tmp_path, monkeypatch):
    token = tmp_path / "token"
    token.write_text("secret\n")
    with Gateway(BlobStore(tmp_path / "kept"), upload_token="secret") as gateway:
        submitted = jobs_cli(
            "submit", job_path, "--yes", "--json", "--gateway", gateway.url, "--token-file", token
        )
        assert submitted.code == 0, submitted.err
        shown = json.loads(submitted.out)
        assert (shown["state"], shown["gateway"]) == ("Open", gateway.url)
        assert jobs_cli("cancel", shown["id"], "--yes").code == 0

        monkeypatch.setenv("WORKBOND_GATEWAY_TOKEN", "secret")
        taker = provider.take_next()
        waited = jobs_cli("submit", job_path, "--yes", "--wait", "--gateway", gateway.url)
        taker.join()
    assert waited.code == 0, waited.err
    assert f"Its inputs are at {gateway.url}." in waited.out
    fetch = f"workbond job fetch {id_in(waited.out)[:SHORT]}"
    assert f"Next: {fetch} --account requester\n" in waited.err


def test_inputs_can_be_left_at_several_gateways(jobs_cli, job_path, provider, tmp_path):
    tokens = tmp_path / "tokens"
    tokens.write_text("first\nsecond\n")
    kept = [BlobStore(tmp_path / name) for name in ("a", "b")]
    with Gateway(kept[0], upload_token="first") as a, Gateway(kept[1], upload_token="second") as b:
        both = ["--gateway", a.url, "--gateway", b.url, "--token-file", tokens]
        submitted = jobs_cli("submit", job_path, "--yes", "--json", *both)
        assert submitted.code == 0, submitted.err
        assert json.loads(submitted.out)["gateway"] == f"{a.url} {b.url}"
        assert set(kept[0].list()) == set(kept[1].list()) != set()
        assert jobs_cli("cancel", "last", "--yes").code == 0

        tokens.write_text("first\n")  # which is not shown to the second one
        refused = jobs_cli("submit", job_path, "--yes", *both)
        assert refused.code == 6
        assert f"{b.url} refused" in refused.err
        assert "are locked" not in refused.out


def test_more_gateways_than_a_job_can_name_are_refused(jobs_cli, job_path):
    many = [word for n in range(9) for word in ("--gateway", f"http://{n}.example")]
    refused = jobs_cli("submit", job_path, "--yes", *many)
    assert refused.code == 2
    assert "at most 8" in refused.err
    long = [
        "--gateway",
        "http://a.example/" + "x" * 300,
        "--gateway",
        "http://b.example/" + "x" * 300,
    ]
    assert "512 bytes" in jobs_cli("submit", job_path, "--yes", *long).err
    one = ["--gateway", "http://a.example", "--gateway", "http://b.example"]
    shown = jobs_cli("submit", job_path, "--yes", "--public-url", "http://c.example", *one)
    assert "--public-url stands for one" in shown.err


def test_a_job_with_several_addresses_is_served_again_at_the_local_one(
    jobs_cli, desk, job_path, provider, tmp_path
):
    (tmp_path / "token").write_text("t\nt\n")
    with (
        Gateway(BlobStore(tmp_path / "a"), upload_token="t") as one,
        Gateway(BlobStore(tmp_path / "b"), upload_token="t") as two,
    ):
        urls = ["--gateway", one.url, "--gateway", two.url, "--token-file", "token"]
        submitted = jobs_cli("submit", job_path, "--yes", "--json", *urls)
    record = desk.job(bytes.fromhex(json.loads(submitted.out)["id"][2:]))
    taker = provider.take_again(Posting(record.id, record.request, record.gateway))
    served = jobs_cli("serve", "last")
    taker.join()
    assert served.code == 0, served.err


def test_a_gateway_that_refuses_the_token_locks_no_money(jobs_cli, job_path, tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBOND_GATEWAY_TOKEN", "guess")
    with Gateway(BlobStore(tmp_path / "kept"), upload_token="secret") as gateway:
        submitted = jobs_cli("submit", job_path, "--yes", "--gateway", gateway.url)
    assert submitted.code == 6
    assert "status 401" in submitted.err
    assert "guess" not in submitted.err
    assert "No jobs yet." in jobs_cli("list").out


def test_fetch_can_wait_for_the_provider(jobs_cli, posted, provider):
    worker = threading.Thread(target=provider.work, args=[posted])
    worker.start()
    fetched = jobs_cli("fetch", "0x" + posted.id.hex(), "--wait", "--out", "out")
    worker.join()
    assert fetched.code == 0, fetched.err


def test_failed_tasks_are_shown(jobs_cli, posted, provider, tmp_path):
    task = provider.task
    provider.work(posted, [task(b""), task(b"", cls=2), task(b"", exit_code=7)])
    fetched = jobs_cli("fetch", "0x" + posted.id.hex())
    assert fetched.code == 0
    assert "2 tasks did not end with exit code 0" in fetched.out
    assert re.search(r"1  1 +trap", fetched.out)
    assert re.search(r"2  2 +exit 7", fetched.out)
    assert "  or: workbond job logs " in fetched.err


def test_a_dishonest_result_is_not_paid(jobs_cli, posted, provider):
    job = provider.accept(posted)
    _, honest = provider.publish(posted.id)
    forged, _ = provider.publish(posted.id, [provider.task(b"cheap")] * 3)
    provider.claim(posted.id, job, honest.opening, forged.to_bytes())
    job_id = "0x" + posted.id.hex()
    refused = jobs_cli("approve", job_id, "--yes")
    assert refused.code == 9
    assert "don't approve" in refused.err
    assert json.loads(jobs_cli("status", job_id, "--json").out)["state"] == "Claimed"


def test_cancelling_brings_the_escrow_back(jobs_cli, posted, world):
    cancelled = jobs_cli("cancel", "0x" + posted.id.hex(), "--yes")
    assert cancelled.code == 0, cancelled.err
    assert re.search(r"WORK free in the market +998.6 +\+1.4 +1000", cancelled.out)
    assert re.search(
        r"back +1.4  at the end\nin all +0  what the job has cost the requester", cancelled.out
    )


def test_only_the_requester_cancels_before_the_time_is_over(jobs_cli, posted):
    refused = jobs_cli("cancel", "0x" + posted.id.hex(), "--yes", "--account", "stranger")
    assert refused.code == 5
    assert "choose that account with --account" in refused.err


def test_an_expired_job_is_ended_by_anyone(jobs_cli, posted, provider, world):
    provider.accept(posted)
    job_id = "0x" + posted.id.hex()
    early = jobs_cli("end", job_id, "--yes")
    assert early.code == 2
    assert "can't be ended for" in early.err
    world.advance(301)
    assert f"Next: workbond job end {job_id[:SHORT]}" in jobs_cli("status", job_id).err
    ended = jobs_cli("end", job_id, "--yes", "--account", "stranger")
    assert ended.code == 0, ended.err
    assert re.search(r"compensation +1.2  out of the provider's bond", ended.out)
    assert re.search(r"WORK free, yours +1000 +\+0.05 +1000.05  for calling it", ended.out)
    assert "0.05 WORK of the bond went to whoever ended the job" in ended.out


def test_an_open_job_can_be_served_again(jobs_cli, desk, job_path, provider, tmp_path):
    """Posted with a gateway's address that is dead; then served there."""
    with Gateway(BlobStore(tmp_path / "kept"), upload_token="t") as gateway:
        (tmp_path / "token").write_text("t")
        submitted = jobs_cli(
            "submit", job_path, "--yes", "--json", "--gateway", gateway.url, "--token-file", "token"
        )
    shown = json.loads(submitted.out)
    record = desk.job(bytes.fromhex(shown["id"][2:]))
    taker = provider.take_again(Posting(record.id, record.request, record.gateway))
    served = jobs_cli("serve", shown["id"])
    taker.join()
    assert served.code == 0, served.err
    assert f"Provider {provider.signer.address} accepted" in served.out


def test_an_empty_purse_is_told_the_deposit_command(jobs_cli, job_path):
    refused = jobs_cli("submit", job_path, "--yes", "--account", "pauper")
    assert refused.code == 5
    assert "`workbond account deposit 1.4` first" in refused.err


def test_without_a_terminal_nothing_is_posted_unasked(jobs_cli, job_path):
    refused = jobs_cli("submit", job_path)
    assert (refused.code, "--yes" in refused.err) == (2, True)
    assert "you pay" in refused.out
    assert "No jobs yet." in jobs_cli("list").out


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('bond = "5"', 'bound = "5"', "unknown field price.bound (did you mean bond?)"),
        ('bond = "5"', "bond = 5", 'write the amount as a string of tokens, like "1.5"'),
        ('bond = "5"', "", "price.bond is missing"),
        ("inputs/*.txt", "nowhere/*.txt", "matches no file"),
        ('"empty.wasm"', '"job.toml"', "no core WebAssembly module"),
        ("[limits]", "[limits", "not valid TOML"),
    ],
)
def test_a_mistake_in_the_job_file_is_one_line(jobs_cli, job_path, old, new, problem):
    job_path.write_text(job_path.read_text().replace(old, new))
    refused = jobs_cli("submit", job_path, "--yes")
    assert refused.code == 2
    assert problem in refused.err
    assert refused.err.count("\n") == 1


@pytest.mark.parametrize(
    ("args", "code", "problem"),
    [
        (["submit", "job/job.toml", "--gateway", "here"], 2, "is not a gateway"),
        (["submit", "job/job.toml", "--listen", "0.0.0.0:0"], 2, "--public-url"),
        (["status", "0x" + "01" * 32], 2, "there is no job 0x0101"),
        (["status", "0x0101"], 2, "is not a job id"),
        (["fetch", "0x010101"], 2, "no job of account"),
        (["submit", "nowhere.toml", "--yes"], 2, "can't be read"),
        (["submit", "x.toml", "--listen", "here"], 2, "is not HOST:PORT"),
        (["submit", "x.toml", "--token-file", "t"], 2, "give --gateway URL too"),
        (["fetch", "0x" + "01" * 32, "--max-size", "lots"], 2, "is not a size"),
        (["list", "--account", "nobody"], 4, "there is no account nobody"),
    ],
)
def test_wrong_arguments_are_told_in_one_line(jobs_cli, args, code, problem):
    refused = jobs_cli(*args)
    assert refused.code == code
    assert problem in refused.err
    assert refused.err.count("\n") == 1


def test_a_job_before_its_claim_has_nothing_to_fetch(jobs_cli, posted):
    refused = jobs_cli("fetch", posted.id.hex()[:8])
    assert refused.code == 2
    assert "is Open and has no result" in refused.err


def test_every_command_has_an_example(cli):
    from workbond.cli.job import COMMANDS

    for name in COMMANDS:
        shown = cli("job", name, "--help").out
        assert f"workbond job {name} " in shown.split("Options:")[0]
        assert "Example" in shown
