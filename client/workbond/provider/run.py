"""A provider's process: the node, its gateway, and the signals that end them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from workbond.accounts.signer import Signer
from workbond.accounts.verify import Verifier
from workbond.blobs.access import SCHEME
from workbond.blobs.gateway import Gateway
from workbond.blobs.grants import Grants
from workbond.blobs.http import checked_base, origin_of
from workbond.chain.market import Market
from workbond.chain.types import Account
from workbond.errors import UsageError
from workbond.executor.host import require_host
from workbond.http import LOOPBACK_HOSTS
from workbond.judges import Judges
from workbond.money import tokens
from workbond.progress import no_progress
from workbond.provider.card import make_card
from workbond.provider.guard import Guard
from workbond.provider.journal import Journal, Level
from workbond.provider.machine import describe
from workbond.provider.node import Node
from workbond.provider.plan import Plan
from workbond.provider.terms import APPEAL_PERCENT, Terms
from workbond.provider.trade import Booking
from workbond.provider.work import Fetching, Workshop
from workbond.stopping import stop_signals
from workbond.words import plural

ANY_HOST = ("0.0.0.0", "::")


@dataclass(frozen=True)
class Address:
    """Where the gateway listens, and how others reach it ("": as it listens)."""

    host: str
    port: int
    public_url: str = ""


def run(
    market: Market,
    signer: Signer,
    first_block: int,
    home: Path,
    address: Address,
    terms: Terms,
    plan: Plan,
    fetching: Fetching | None = None,
    journal: Journal | None = None,
    owner: str = "",
    booking: Booking | None = None,
) -> None:
    """Runs a provider until its plan is fulfilled, SIGTERM or SIGINT.

    Args:
        market: the deployed market.
        signer: the account that sends the transactions.
        first_block: where the market was deployed.
        home: the provider's directory, used by one process at a time.
        address: of its gateway.
        terms: which jobs to take.
        plan: how long to run.
        fetching: of inputs. On a local chain private addresses are always admitted.
        journal: told what happens; writes to standard error by default.
        owner: whose stake it is, if not the signer's, who must be its delegate then.
        booking: how it deals at order books.

    Raises:
        ExecutionError: this machine can't execute the profile.
        UsageError: the directory is in use, the address can't stand in a card, or the signer is
            not the owner's delegate.
        BlobError: the gateway can't listen there.
    """
    require_host()
    owner = owner or signer.address
    require_delegate(market, owner, signer.address)
    journal = journal or Journal()
    public_url = checked_base(address.public_url) if address.public_url else ""
    fetching = fetching or Fetching()
    if market.connection.is_on_this_machine:
        fetching = replace(fetching, allow_private=True)
    workshop = Workshop(home, owner, terms, fetching)
    grants = Grants(Verifier(market.connection, market.address))
    guard = Guard(workshop.shelf, grants, Judges(market.connection), workshop.inputs)
    gateway = Gateway(
        workshop.results, host=address.host, port=address.port, guard=guard, challenge=SCHEME
    )
    try:
        gateway.start()
        url = public_url or gateway.url
        grants.origins = _origins(url, gateway)
        if address.host in ANY_HOST and not address.public_url:
            journal.say(f"the card names {url}, which only this machine reaches: give --public-url")
        card = make_card(
            hardware=describe(terms.cores, terms.memory_bytes), region=terms.region, gateway=url
        )
        _introduce(
            journal,
            market.account_of(owner),
            terms,
            url,
            None if owner == signer.address else len(booking.offers if booking else ()),
        )
        node = Node(
            market,
            signer,
            first_block,
            card.to_bytes(),
            workshop,
            terms,
            plan,
            journal,
            owner,
            booking,
        )
        with stop_signals(), no_progress():
            try:
                node.run()
            except KeyboardInterrupt:
                journal.say(
                    "stopping; live jobs stay on the chain, the next start finishes them",
                    "STOPPING",
                )
            node.stop()
    finally:
        workshop.close()
        gateway.stop()


def require_delegate(market: Market, owner: str, operator: str) -> None:
    """Whether `operator` may submit and answer for `owner`; raises `UsageError` if not."""
    if operator == owner:
        return
    named = market.delegate_of(owner)
    if named != operator:
        now = "has no operator" if named is None else f"has the operator {named}"
        raise UsageError(
            f"the provider {owner} {now}, and this node's account is {operator}: with the "
            f"provider's key, `workbond provider operator set {operator}`"
        )


def _introduce(
    journal: Journal, account: Account, terms: Terms, url: str, offers: int | None
) -> None:
    """What a waiting provider's owner must know to understand why no job is taken."""
    memory = f"{terms.memory_bytes / 2**30:.1f} GiB"
    if offers is None:
        asks = f"takes jobs that pay at least {tokens(terms.min_price)} per 10^12 units"
        asks += f" and {tokens(terms.min_flat)} flat" if terms.min_flat else ""
    else:
        asks = f"takes what {plural(offers, 'offer')} of its owner bring"
        asks += "" if offers != 1 else "s"
    journal.say(
        asks,
        "TERMS",
        numbers={"min_price": str(terms.min_price), "min_flat": str(terms.min_flat)},
    )
    journal.say(
        f"gives them {plural(terms.cores, 'core')} and {memory} of memory",
        "TERMS",
        numbers={"cores": terms.cores, "memory": terms.memory_bytes},
    )
    if terms.committee:
        journal.say(
            f"the committee {terms.committee} may judge results, and wrong verdicts are "
            + _appeals(terms),
            "TERMS",
            level=Level.WARNING if terms.max_appeal == 0 else Level.INFO,
            numbers={"committee": terms.committee},
        )
    journal.say(
        f"serves results at {url}",
        "TERMS",
        numbers={"gateway": url},
    )
    journal.say(
        f"stake {tokens(account.staked)}, of which {tokens(account.bonded)} locked by live jobs",
        "TERMS",
        numbers={"staked": str(account.staked), "bonded": str(account.bonded)},
    )
    if not account.unbonded:
        journal.say(
            "a job's bond is locked from the stake, and none is free: add some with `workbond "
            "provider stake AMOUNT`",
            level=Level.WARNING,
        )


def _appeals(terms: Terms) -> str:
    if terms.max_appeal == 0:
        return "NOT APPEALED, only told: give --max-appeal to have them appealed"
    most = f"{APPEAL_PERCENT}% of the bond"
    if terms.max_appeal is not None:
        most = tokens(terms.max_appeal)
    return f"appealed for up to {most} in a case"


def _origins(public_url: str, gateway: Gateway) -> frozenset[str]:
    """Under which the gateway is reached: as the card says, and where it listens."""
    found = {origin_of(public_url), origin_of(gateway.url)}
    if urlsplit(gateway.url).hostname in LOOPBACK_HOSTS:
        found.add(f"http://localhost:{gateway.port}")
    return frozenset(found)
