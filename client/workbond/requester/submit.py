"""Posting a job, and serving its inputs until a provider has them.

    with serving(desk.store, package.cids) as url:
        posting = draft(desk, signer.address, job, package, url)
        post(desk, signer, posting)
        record = until_taken(desk, posting)

A provider accepts only after it has fetched everything, so nobody needs the requester's gateway any
more once the job leaves Open.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from workbond.blobs.http import checked_base
from workbond.blobs.sources import GATEWAYS_MAX, split_gateways
from workbond.blobs.store import BlobStore
from workbond.blobs.upload import upload
from workbond.chain import rules
from workbond.chain.transactions import Receipt, Signer
from workbond.chain.types import Request, State
from workbond.errors import Cancelled, ChainError, JobFailed, UsageError
from workbond.http import LOOPBACK_HOSTS
from workbond.jobfile import JobFile
from workbond.jobs import JobRecord
from workbond.money import format_amount, unit
from workbond.progress import progress
from workbond.requester.desk import Desk, standing
from workbond.requester.memory import remember_names
from workbond.requester.order import check_funds, make_request
from workbond.requester.pack import Package
from workbond.requester.why.lookout import Lookout, headline
from workbond.words import duration

SALT_BYTES = 32
WILDCARDS = ("0.0.0.0", "::")
SHOWN = 10**16  # base units: a rising price is shown with two decimals
UPLOAD_BASE_S = 60.0
UPLOAD_BYTES_PER_S = 64 * 1024  # the slowest line that is waited for


@dataclass(frozen=True)
class Posting:
    """A request and the job id it has or will have; `gateway` is where its event says to look."""

    id: bytes
    request: Request
    gateway: str


@contextlib.contextmanager
def serving(
    store: BlobStore,
    cids: Sequence[str],
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    public_url: str | None = None,
) -> Iterator[str]:
    """Serves exactly the blobs `cids`; yields the address under which others reach them.

    Args:
        store: where the blobs lie.
        cids: the blobs; nothing else of the store is shown to anybody.
        host: address to listen on.
        port: 0 takes a free one.
        public_url: what providers use, if that is not `host` and `port` (a proxy, a public name).
    """
    from workbond.blobs.gateway import Gateway

    check_addresses([], public_url, host)
    url = None if public_url is None else checked_gateway(public_url)
    with Gateway(store, host=host, port=port, allow=frozenset(cids).__contains__) as gateway:
        yield url or gateway.url


def check_addresses(gateways: Sequence[str], public_url: str | None, host: str) -> None:
    """Refuses addresses that no provider could use, before anything is asked or posted."""
    if public_url is not None and len(gateways) > 1:
        raise UsageError(
            "--public-url stands for one gateway's address: give one --gateway with it"
        )
    posted_gateways(gateways)
    if public_url is not None:
        checked_gateway(public_url)
    if not gateways and public_url is None and host in WILDCARDS:
        raise UsageError(
            f"{host} is no address that a provider can use: say with --public-url under which one "
            "this machine is reached"
        )


def posted_gateways(urls: Sequence[str]) -> str:
    """The gateways as `JobPosted` lists them: separated by spaces, at most eight and 512 bytes."""
    text = " ".join(map(checked_gateway, urls))
    if len(split_gateways(text)) < len(set(urls)) or len(text.encode()) > rules.MAX_GATEWAY_BYTES:
        raise UsageError(
            f"{len(urls)} gateways' addresses have {len(text.encode())} bytes; a job names at most "
            f"{GATEWAYS_MAX} in {rules.MAX_GATEWAY_BYTES} bytes: give fewer, or shorter ones"
        )
    return text


def checked_gateway(url: str) -> str:
    """A gateway's address that the market takes; raises `UsageError`."""
    base = checked_base(url)
    if len(base.encode()) > rules.MAX_GATEWAY_BYTES:
        raise UsageError(
            f"the gateway's address has {len(base.encode())} bytes; the market takes at most "
            f"{rules.MAX_GATEWAY_BYTES}"
        )
    return base


def is_loopback(url: str) -> bool:
    """Whether only this machine can reach `url`."""
    return urlsplit(url).hostname in LOOPBACK_HOSTS


def upload_all(
    store: BlobStore, cids: Sequence[str], api: str, *, token: str | None = None
) -> None:
    """Uploads the blobs to a gateway that keeps them; raises `BlobError` at the first refusal."""
    checked_base(api)
    with progress(f"uploading to {api[:60]}", total=len(cids)) as bar:
        for cid in cids:
            timeout_s = UPLOAD_BASE_S + store.size(cid) / UPLOAD_BYTES_PER_S
            upload(cid, store, api, token=token, timeout_s=timeout_s)
            bar.advance()


def draft(desk: Desk, requester: str, job: JobFile, package: Package, gateway: str) -> Posting:
    """The request for `job` under a new id, valid now; nothing is sent.

    Raises:
        InsufficientFree: the free balance does not cover the escrow.
    """
    account = desk.market.account_of(requester)
    salt = secrets.token_bytes(SALT_BYTES)
    request = make_request(job, package.spec.digest, requester, account.counter, desk.now_s(), salt)
    check_funds(requester, account, rules.escrow(request))
    job_id = request.job_id(desk.market.connection.chain_id, desk.market.address)
    remember_names(desk.home, job_id, package.names)
    return Posting(job_id, request, gateway)


def post(desk: Desk, signer: Signer, posting: Posting) -> Receipt:
    """Posts the job and locks its escrow."""
    return desk.market.post(signer, posting.request, posting.gateway)


@contextlib.contextmanager
def explaining_ctrl_c(desk: Desk, job_id: bytes) -> Iterator[None]:
    """Turns Ctrl-C into a `Cancelled` that says where the job stands and how to go on.

    Put it around everything from posting on: the transaction may be on its way.
    """
    try:
        yield
    except KeyboardInterrupt as interrupt:
        state = None
        with contextlib.suppress(ChainError):
            state = desk.market.state_of(job_id)
        signed = desk.drawer.find(job_id) is not None
        raise Cancelled(f"interrupted; {standing(job_id, state, signed=signed)}") from interrupt


def until_taken(
    desk: Desk,
    posting: Posting,
    *,
    ends: float | None = None,
    tell_why: Callable[[str], None] | None = None,
) -> JobRecord:
    """Waits until a provider accepts; call it while the inputs are served.

    Args:
        desk: market and store.
        posting: the open job.
        ends: when to give up (`time.monotonic`).
        tell_why: called with a line when it is seen why nobody takes the job, and when that
            changes; None: nobody looks.

    Raises:
        JobFailed: cancelled, or nobody accepted in time; the message says how the money comes back.
        TimedOut: it is still open at `ends`.
    """
    name, until_s = f"0x{posting.id.hex()}", posting.request.open_until
    lookout = Lookout(desk, posting.id, posting.request, posting.gateway)
    with progress("waiting for a provider") as bar:

        def tell(now_s: int) -> None:
            price = format_amount(rules.unit_price(posting.request, now_s) // SHOWN * SHOWN)
            left = duration(max(0, until_s - now_s))
            bar.describe(f"waiting for a provider at {price} {unit()}, {left} left")
            if tell_why is not None and lookout.look() and lookout.reasons is not None:
                with bar.paused():
                    tell_why(f"No provider has taken it yet: {headline(lookout.reasons)}.")

        state = desk.wait(posting.id, {State.OPEN}, until_s, tell, ends)
    if state == State.OPEN:
        reason = lookout.first()
        why = "" if reason is None else f" ({reason})"
        then = "offer a higher price or ask for less" if reason is None else reason.remedy
        raise JobFailed(
            f"nobody accepted job {name} in time{why}: get the escrow back with `workbond job end "
            f"{name}`, then {then}"
        )
    if state == State.CANCELLED:
        raise JobFailed(f"job {name} was cancelled; its escrow is back in your free balance")
    return desk.job(posting.id)


def until_claimed(desk: Desk, record: JobRecord, *, ends: float | None = None) -> JobRecord:
    """Waits until the provider has claimed a result.

    Raises:
        TimedOut: it is still running at `ends` (`time.monotonic`).
        JobFailed: the job ended, or its time is over, without one.
    """
    name, until_s = f"0x{record.id.hex()}", rules.runs_until(record.live_job())
    with progress("waiting for the result") as bar:

        def tell(now_s: int) -> None:
            bar.describe(f"waiting for the result, {duration(max(0, until_s - now_s))} left")

        state = desk.wait(record.id, {State.RUNNING}, until_s, tell, ends)
    if state == State.RUNNING:
        raise JobFailed(
            f"the provider of job {name} is too late: end it with `workbond job end {name}`, which "
            "returns the escrow and a part of the provider's bond"
        )
    found = desk.job(record.id)
    if found.manifest is None:
        raise JobFailed(f"job {name} ended without a result: see `workbond job status {name}`")
    return found
