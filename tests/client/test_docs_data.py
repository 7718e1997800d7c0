"""docs/data.md: its limits are the code's, and its example is what the code signs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from eth_hash.auto import keccak

from workbond import accounts, canonical, dialing, judges
from workbond.accounts import verify
from workbond.blobs import access, fetch, grants, http, partial, sources, store
from workbond.blobs.access import BlobAccess, Role, read_header
from workbond.chain import rules
from workbond.chain.types import (
    DOMAIN_NAME,
    DOMAIN_VERSION,
    SIGNATURE_BYTES_MAX,
    domain_separator,
)
from workbond.executor.profile import MAX_LOG_BYTES
from workbond.provider import work
from workbond.requester import fetch as result
from workbond.serving import connections, server

PAGE = (Path(__file__).parents[2] / "docs" / "data.md").read_text()
PROSE = " ".join(PAGE.split())
LIMITS = dict(re.findall(r"^\| ([^|]+) \| ([^|]+) \|$", PAGE, re.MULTILINE))
KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30


def test_each_limit_is_the_code_s() -> None:
    told = {
        "a blob": f"{store.BLOB_BYTES_MAX // GIB} GiB",
        "gateways asked for a job": f"{sources.GATEWAYS_MAX}",
        "redirects": f"{http.REDIRECTS_MAX}",
        "addresses tried of a host": (
            f"{dialing.ADDRESSES_MAX}, {dialing.CONNECT_TIMEOUT_S:g} s each"
        ),
        "silence of a server": f"{http.READ_TIMEOUT_S:g} s",
        "fetching all that a job names, as a provider": (
            f"{work.DOWNLOAD_S:g} s, and `--max-download` bytes, wrong and broken answers counted"
        ),
        "fetching a result": (
            f"`--timeout`, {result.TIMEOUT_S:,.0f} s by default; `--max-size`, "
            f"{result.MAX_BYTES // GIB} GiB by default; twice that with wrong answers"
        ),
        "tries at a busy gateway": (
            f"{fetch.BUSY_TRIES}, at most {fetch.BUSY_PAUSE_MAX_S:g} s apart"
        ),
        "broken downloads kept": (
            f"{partial.PARTIALS_MAX}, together {partial.PARTIAL_BYTES_MAX // GIB} GiB, for "
            f"{partial.STALE_AFTER_S // 3600} hours; none under "
            f"{partial.PARTIAL_BYTES_MIN // KIB} KiB"
        ),
        "a signed request's life": (
            f"{access.LIFETIME_MAX_S // 3600} hours, and {access.SLACK_S} s for clocks"
        ),
        "its `Authorization`": (
            f"{access.HEADER_MAX:,} bytes; a signature {SIGNATURE_BYTES_MAX:,}"
        ),
        "signatures remembered": (
            f"{grants.TOKENS_MAX:,}, a contract's for {grants.CONTRACT_WORD_S:g} s"
        ),
        "who judges a job": (
            f"a case's seats and challengers are read again after {judges.CASE_S:g} s, a stake "
            f"after {judges.STAKE_S:g} s, that there is none after {judges.NO_STAKE_S:g} s; "
            f"{judges.READS_PER_MINUTE} cases and {judges.READS_PER_MINUTE} stakes a minute"
        ),
        "a contract asked (ERC-1271)": (
            f"{verify.CONTRACT_GAS:,} gas; {verify.CONTRACT_CHECKS_PER_MINUTE} times a minute, "
            f"{verify.CONTRACT_CHECKS_AT_ONCE} at once"
        ),
        "connections of a gateway": f"{server.CONNECTIONS_MAX}",
        "a request's headers": (
            f"{server.HEADER_BYTES_MAX // KIB} KiB, within {connections.HEADERS_S:g} s"
        ),
        "a request and its answer": f"{connections.EXCHANGE_S:g} s",
        "a task's log": (
            f"{MAX_LOG_BYTES // MIB} MiB; a job's logs {work.LOGS_BYTES_MAX // MIB} MiB"
        ),
    }
    assert {what: LIMITS.get(what) for what in told} == told
    assert work.LOGS_BYTES_MAX == result.LOGS_BYTES_MAX
    written = PAGE[PAGE.index("## Limits") :]
    assert set(re.findall(r"^\| ([^|]+) \|", written, re.MULTILINE)) - {"what", "---"} == set(told)


def test_the_figures_in_the_text_are_the_code_s() -> None:
    assert f"at most {access.LIFETIME_MAX_S // 3600} hours ahead" in PROSE
    assert f"differ by {access.SLACK_S} seconds" in PROSE
    assert f"holds for {access.LIFETIME_S // 3600} hours" in PROSE
    assert f"At most {http.REDIRECTS_MAX} redirects" in PROSE
    assert f"up to {sources.GATEWAYS_MAX}, separated" in PROSE
    assert f"at most {rules.MAX_GATEWAY_BYTES} bytes" in PROSE


def test_type_and_domain_are_the_code_s() -> None:
    for role in Role:
        assert f"{role.access_type}\n" in PAGE
    assert f'name "{DOMAIN_NAME}", version "{DOMAIN_VERSION}", chainId, verifyingContract' in PAGE
    assert f"Authorization: {access.SCHEME} BASE64URL(JSON)" in PAGE


def test_the_example_is_what_the_code_signs_and_reads() -> None:
    market = re.search(r"market `(0x[0-9a-fA-F]{40})` on chain (\d+)", PROSE)
    shown = re.search(r"^```json\n(.*)\n```$", PAGE, re.MULTILINE)
    digest = re.search(r"EIP-712 digest is `0x([0-9a-f]{64})`", PROSE)
    assert market is not None
    assert shown is not None
    assert digest is not None
    chain_id = int(market[2])
    fields = canonical.loads_canonical(shown[1].encode())
    signer = accounts.dev_signer(1)
    signed = BlobAccess(
        signer.address, bytes.fromhex(fields["job"][2:]), fields["gateway"], fields["expires"]
    )
    made = signed.sign(signer, chain_id, market[1])
    assert "0x" + made.signature.hex() == fields["signature"]
    assert read_header(made.to_header()) == made
    separator = domain_separator(chain_id, market[1])
    assert keccak(b"\x19\x01" + separator + signed.struct_hash).hex() == digest[1]
    assert accounts.recover_struct(separator, signed.struct_hash, made.signature) == signer.address


@pytest.mark.parametrize("status", ["200", "401", "404", "503"])
def test_every_answer_of_the_guard_is_told(status: str) -> None:
    assert re.search(rf"^\| {status}\b", PAGE, re.MULTILINE)
