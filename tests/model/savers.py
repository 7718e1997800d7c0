"""Money into the committee, out of it, and stake."""

from . import rules
from .calls import Call
from .cast import ACTORS, EVERYBODY
from .committee.words import Phase
from .keys import NAMES, sign
from .purses import KEYED, Purses
from .rules import DAY_S


class Savers(Purses):
    """Everybody's own affairs with the committee."""

    def save(self) -> Call | None:
        owner, token = self.rng.choice(ACTORS), self.model.token
        if token.allowances[owner, self.committee.address] < 2**96:
            return self.allow(owner, self.committee.address)
        amount = self.some(token.balances[owner] // 2)
        return self.on_committee("deposit", owner, min(amount, rules.MAX_AMOUNT))

    def save_with_permit(self) -> Call | None:
        """A permit that is good, or for the market."""
        owner, rng, token = self.rng.choice(KEYED), self.rng, self.model.token
        committee = self.committee.address
        if token.allowances[owner, committee] >= 2**96:
            return self.allow(owner, committee, rng.choice((0, 5)))
        amount = min(self.some(token.balances[owner] // 2), rules.MAX_AMOUNT)
        deadline = self.now + rng.choice((0, 60, 600, 2**255))
        spender = rng.choice((committee, committee, committee, self.model.address))
        digest = token.permit_digest(owner, spender, amount, token.nonces[owner], deadline)
        signed = sign(NAMES[owner], digest)
        r, s, v = signed[:32], signed[32:64], signed[64]
        return self.on_committee("deposit_with_permit", owner, amount, deadline, v, r, s)

    def take_out(self) -> Call | None:
        owner = self.rng.choice(ACTORS)
        free = self.committee.purses[owner].free
        to = self.rng.choice(EVERYBODY)
        return self.on_committee("withdraw", owner, to, self.some(free // 5))

    def stake_on_seats(self) -> Call | None:
        """Somebody, perhaps with all that it has."""
        owner = self.rng.choice(ACTORS)
        free = self.committee.purses[owner].free
        least = max(self.committee.min_stake - self.committee.staked(owner), 0)
        amount = max(self.some(free // 3), min(least, free))
        if least > 1 and self.rng.random() < 0.1:
            amount = least - 1
        return self.on_committee("stake", owner, max(amount, 1), at=self.near(self.midnight))

    def unstake_from_seats(self) -> Call | None:
        dockets = self.committee.dockets.values()
        heard = (d.rounds[-1] for d in dockets if d.head.phase == Phase.VOTING)
        seated = sorted({owner for round_ in heard for owner in round_.verifiers})
        owner = self.rng.choice(seated if seated and self.rng.random() < 0.5 else ACTORS)
        staked = self.committee.staked(owner)
        some = self.rng.choice((staked, staked // 2, staked // 10))
        at = self.near(self.midnight)
        return self.on_committee("unstake", owner, max(some, 1), at=at) if staked else None

    def leave_seats(self) -> Call | None:
        """What has matured; nobody waits a month for it, mostly."""
        purses = self.committee.purses
        owners = [a for a in ACTORS if purses[a].leaving]
        if not owners:
            return None
        owner = min(owners, key=lambda a: purses[a].matures_at)
        patience_s = 30 * DAY_S if self.rng.random() < 0.2 else DAY_S
        at = self.near(purses[owner].matures_at, patience_s=patience_s)
        if at < purses[owner].matures_at - 1 and self.rng.random() < 0.8:
            return None
        return self.on_committee("withdraw_stake", owner, at=at)
