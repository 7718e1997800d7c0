"""The invariants of docs/protocol.md section 9, held against what the contracts said and hold.

The audit knows events only, as any stranger does: it rebuilds accounts and escrows from them (7),
checks every payment on the way (2, 6), and then compares with storage (1, 3).
"""

from collections import defaultdict

from . import rules
from .rules import SINK
from .words import Account, Request


class Audit:
    """A ledger rebuilt from events alone."""

    def __init__(self) -> None:
        self.accounts: defaultdict[str, Account] = defaultdict(Account)
        self.requests: dict[bytes, Request] = {}
        self.escrow: dict[bytes, int] = {}  # of every job that is not final
        self.bonds: dict[bytes, tuple[str, int]] = {}  # provider and bond of every live job
        self.ended: set[bytes] = set()

    def read(self, event: tuple[object, ...]) -> None:
        """Follow one event."""
        name, *values = event
        getattr(self, f"on_{name}")(*values)

    def check(self, held: int, donated: int, accounts: dict[str, Account]) -> None:
        """Compare with the market's token balance and with its accounts in storage."""
        for owner, account in accounts.items():
            live = sum(bond for provider, bond in self.bonds.values() if provider == owner)
            assert account.bonded == live, f"{owner}: bonded {account.bonded}, live bonds {live}"
            assert account.bonded <= account.staked, f"{owner}: bonded exceeds staked"
            told = self.accounts[owner]
            assert account == told, f"{owner}: storage {account}, events tell {told}"
        owed = sum(a.free + a.staked + a.unbonding for a in self.accounts.values())
        owed += sum(self.escrow.values())
        assert held == owed + donated, f"holds {held}, owes {owed}, was given {donated}"

    def burned(self) -> int:
        """What nobody can spend any more."""
        return self.accounts[SINK].free

    # ───────────────────────────── ledger and stake ──────────────────────────

    def on_Deposited(self, owner: str, amount: int) -> None:
        self.accounts[owner].free += amount

    def on_Withdrawn(self, owner: str, to: str, amount: int) -> None:
        self.accounts[owner].free -= amount

    def on_Staked(self, owner: str, amount: int) -> None:
        self.accounts[owner].free -= amount
        self.accounts[owner].staked += amount

    def on_Unstaked(self, owner: str, amount: int, matures_at: int) -> None:
        self.accounts[owner].staked -= amount
        self.accounts[owner].unbonding += amount
        self.accounts[owner].matures_at = matures_at

    def on_StakeWithdrawn(self, owner: str, amount: int) -> None:
        self.accounts[owner].unbonding -= amount
        self.accounts[owner].matures_at = 0
        self.accounts[owner].free += amount

    def on_CardAnnounced(self, provider: str, card: bytes, json: bytes) -> None:
        pass

    # ──────────────────────────────── life of a job ──────────────────────────

    def on_JobPosted(
        self, id_: bytes, requester: str, resolver: str, request: tuple[object, ...], gateway: str
    ) -> None:
        assert id_ not in self.requests, "an id came back"
        self.requests[id_] = Request(*request)  # type: ignore[arg-type]
        self.escrow[id_] = rules.escrow_of(self.requests[id_])
        self.accounts[requester].free -= self.escrow[id_]

    def on_JobAccepted(
        self,
        id_: bytes,
        requester: str,
        provider: str,
        unit_price: int,
        accepted_at: int,
        refund: int,
        tip_to: str,
        tip_paid: int,
    ) -> None:
        request = self.requests[id_]
        assert request.min_unit_price <= unit_price <= request.max_unit_price
        self.escrow[id_] -= refund + tip_paid
        self.bonds[id_] = provider, request.bond
        self.accounts[provider].bonded += request.bond
        self.accounts[requester].free += refund
        self.accounts[tip_to].free += tip_paid

    def on_JobClaimed(self, id_: bytes, *rest: object) -> None:
        assert id_ in self.bonds, "a claim on a job that is not live"

    def on_JobSettled(
        self,
        id_: bytes,
        requester: str,
        provider: str,
        payment: int,
        refund: int,
        root: bytes,
        total_units: int,
        approved: bool,
    ) -> None:
        self.end(id_, payment + refund)
        request = self.requests[id_]
        signed = rules.price_of(request.flat, request.max_units, request.max_unit_price)
        assert request.flat <= payment <= signed, f"paid {payment}, signed {signed}"
        self.unlock(id_)
        self.accounts[provider].free += payment
        self.accounts[requester].free += refund

    def on_JobCancelled(self, id_: bytes, requester: str, caller: str, refund: int) -> None:
        self.end(id_, refund)
        self.accounts[requester].free += refund

    def on_JobVoided(
        self,
        id_: bytes,
        requester: str,
        provider: str,
        reason: int,
        refund: int,
        slashed: int,
        compensation: int,
        caller: str,
        reward: int,
        burned: int,
    ) -> None:
        self.end(id_, refund)
        bond = self.requests[id_].bond
        assert slashed == compensation + reward + burned <= bond, f"slashed {slashed} of {bond}"
        self.unlock(id_)
        self.accounts[provider].staked -= slashed
        self.accounts[requester].free += refund + compensation
        self.accounts[caller].free += reward
        self.accounts[SINK].free += burned

    def end(self, id_: bytes, paid_out: int) -> None:
        """A job is final: all of its escrow, and no more, is paid out, and once only."""
        assert id_ not in self.ended, "a job ended twice"
        self.ended.add(id_)
        escrow = self.escrow.pop(id_)
        assert escrow == paid_out, f"escrow {escrow}, paid out {paid_out}"

    def unlock(self, id_: bytes) -> None:
        provider, bond = self.bonds.pop(id_)
        self.accounts[provider].bonded -= bond
