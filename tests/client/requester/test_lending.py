"""A requester that serves a claimed job's inputs to those alone who judge the claim."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from workbond import accounts
from workbond.blobs.access import Role, Signatures
from workbond.blobs.fetch import fetch
from workbond.blobs.sources import Source, Sources
from workbond.blobs.store import BlobStore
from workbond.errors import BlobError
from workbond.requester.lending import Place, lending
from workbond.requester.pack import pack

from ..provider.court import Court, court

__all__ = ["court"]  # a fixture


@dataclass
class Lent:
    """A claimed job's inputs at `url`, and a store of whoever fetches them."""

    court: Court
    job_id: bytes
    cids: tuple[str, ...]
    url: str
    store: BlobStore

    def get(self, cid: str, signer: Any = None, role: Role = Role.VERIFIER) -> bytes:
        """Fetches a blob, with `signer` by its signed request."""
        authorize = None
        if signer is not None:
            market = self.court.world.market
            chain_id = market.connection.chain_id
            authorize = Signatures(
                role, signer.address, self.job_id, lambda: signer, chain_id, market.address
            ).authorization
        sources = Sources([Source(self.url, private=True)], authorize=authorize)
        fetch(cid, sources, self.store, max_bytes=1 << 20, timeout_s=5)
        return self.store.read(cid)


@pytest.fixture
def lent(world: Any, court: Court, desk: Any, package: Any, tmp_path: Path) -> Iterator[Lent]:
    _, job_id, _ = world.claimed(b"\x05" * 32, 7, spec=package.spec.digest, tasks=3, **court.terms)
    with lending(desk, desk.job(job_id), package.cids, Place("127.0.0.1", 0)) as url:
        yield Lent(court, job_id, package.cids, url, BlobStore(tmp_path / "verifier"))


def test_who_judges_the_claim_is_handed_all_of_it(lent: Lent, desk: Any) -> None:
    for cid in lent.cids:
        assert lent.get(cid, lent.court.verifier) == desk.store.read(cid)


def test_nobody_else_is(lent: Lent, world: Any) -> None:
    with pytest.raises(BlobError, match="404"):
        lent.get(lent.cids[0])
    with pytest.raises(BlobError, match=r"401.*no seat and no challenge"):
        lent.get(lent.cids[0], accounts.dev_signer(7))
    with pytest.raises(BlobError, match="404"):
        lent.get(lent.cids[0], world.requester, Role.REQUESTER)


def test_nothing_else_of_the_store_is_lent(lent: Lent, desk: Any) -> None:
    with pytest.raises(BlobError, match="404"):
        lent.get(desk.store.put(b"a secret"), lent.court.verifier)


def test_a_claimed_job_is_served_until_it_is_over(
    jobs_cli: Any, job: Any, world: Any, court: Court, tmp_path: Path
) -> None:
    package = pack(job, BlobStore(tmp_path / "home" / "requester" / "blobs"))
    _, job_id, _ = world.claimed(b"\x05" * 32, 7, spec=package.spec.digest, tasks=3, **court.terms)
    for private in ((), ("--only-verifiers",)):
        ran = jobs_cli(
            "serve",
            "0x" + job_id.hex(),
            *("--listen", "127.0.0.1:0", "--wait-timeout", "1", *private),
        )
        assert ran.code == 124, ran.err
        whom = ", to who judges it" if private else ""
        assert f"on 127.0.0.1:0 until it is over{whom}." in ran.err


def test_providers_sign_nothing_so_an_open_job_is_not_served_privately(
    jobs_cli: Any, desk: Any, package: Any, world: Any, court: Court
) -> None:
    request = world.posted(spec=package.spec.digest, tasks=3, **court.terms)
    ran = jobs_cli("serve", "0x" + world.id_of(request).hex(), "--only-verifiers")
    assert ran.code == 2
    assert "serve them without --only-verifiers until it is claimed" in ran.err


def test_a_claim_that_nobody_judges_needs_no_serving(
    jobs_cli: Any, package: Any, world: Any
) -> None:
    _, job_id, _ = world.claimed(b"\x05" * 32, 7, spec=package.spec.digest, tasks=3)
    ran = jobs_cli("serve", "0x" + job_id.hex())
    assert ran.code == 2
    assert "need not be served any more" in ran.err
