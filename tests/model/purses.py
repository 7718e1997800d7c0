"""Money in and out, stake, and what else an account does by itself."""

from dataclasses import replace

from . import rules
from .calls import Call
from .cast import ACTORS, EVE, EVERYBODY, PASSER_BY
from .crowd import Crowd
from .keys import NAMES, sign
from .words import NOBODY

KEYED = tuple(owner for owner in ACTORS if owner != EVE)  # permits are for keys


class Purses(Crowd):
    """Everybody's own affairs."""

    def some(self, limit: int) -> int:
        return max(1, self.rng.choice((limit, limit // 2, limit // 10, 1)))

    def deposit(self) -> Call | None:
        owner = self.rng.choice(ACTORS)
        allowed = self.model.token.allowances[owner, self.model.address]
        if allowed < 2**96:  # a permit has taken the place of what was allowed for ever
            return self.approve_token(owner)
        amount = self.some(self.model.token.balances[owner])
        return self.call("deposit", owner, min(amount, rules.MAX_AMOUNT))

    def deposit_with_permit(self) -> Call | None:
        """With a permit that is good, or used, or over, or somebody else's; the allowance decides,
        which mostly was taken back before."""
        owner, rng, token = self.rng.choice(KEYED), self.rng, self.model.token
        market = self.model.address
        if token.allowances[owner, market] >= 2**96 and rng.random() < 0.7:
            return self.approve_token(owner, rng.choice((0, 0, 5)))
        amount = min(self.some(token.balances[owner]), rules.MAX_AMOUNT)
        deadline = self.now + rng.choice((-1, 0, 1, 60, 600, 2**255))
        nonce = token.nonces[owner]
        signer, value = NAMES[owner], amount
        wrong = rng.random()
        if wrong < 0.05:
            signer = "somebody's phone"
        elif wrong < 0.1:
            value += 1
        elif wrong < 0.15:
            nonce = max(nonce - 1, 0)
        signed = sign(signer, token.permit_digest(owner, market, value, nonce, deadline))
        r, s, v = signed[:32], signed[32:64], signed[64]
        at = self.near(deadline)
        if rng.random() < 0.15:  # somebody else is quicker, which must not stop the owner
            args = (owner, market, amount, deadline, v, r, s)
            call = self.call("permit", rng.choice(EVERYBODY), *args, at=at)
            self.waiting = self.call("deposit_with_permit", owner, amount, *args[3:], at=at)
            good = call.at <= deadline and value == amount and signer == NAMES[owner]
            good = good and nonce == token.nonces[owner]
            return replace(call, contract="token") if good else None
        return self.call("deposit_with_permit", owner, amount, deadline, v, r, s, at=at)

    def approve_token(self, owner: str, amount: int = 2**256 - 1) -> Call:
        return self.allow(owner, self.model.address, amount)

    def allow(self, owner: str, spender: str, amount: int = 2**256 - 1) -> Call:
        return replace(self.call("approve", owner, spender, amount), contract="token")

    def withdraw(self) -> Call | None:
        owner = self.rng.choice(ACTORS)
        free = self.model.accounts[owner].free
        return self.call("withdraw", owner, self.rng.choice(EVERYBODY), self.some(free // 5))

    def stake(self) -> Call | None:
        owner = self.rng.choice(ACTORS)
        return self.call("stake", owner, self.some(self.model.accounts[owner].free // 2))

    def unstake(self) -> Call | None:
        owner = self.rng.choice(ACTORS)
        account = self.model.accounts[owner]
        return self.call("unstake", owner, self.some((account.staked - account.bonded) // 2))

    def withdraw_stake(self) -> Call | None:
        accounts = self.model.accounts
        owners = [a for a in ACTORS if accounts[a].unbonding]
        if not owners:
            return None
        waiting = [a for a in owners if accounts[a].matures_at > self.now]
        owner = self.rng.choice(waiting or owners)
        at = self.near(accounts[owner].matures_at, patience_s=rules.DAY_S)
        return self.call("withdraw_stake", owner, at=at)

    def announce(self) -> Call | None:
        card = self.rng.choice((b"{}", b'{"region":"EU"}', b"x" * 4096))
        return self.call("announce", self.rng.choice(EVERYBODY), card)

    def check(self) -> Call | None:
        if not self.last:
            return None
        live = [*self.live()]
        id_ = self.rng.choice(live or [*self.last])
        return self.call("check", PASSER_BY, id_, self.last[id_])

    def set_delegate(self) -> Call | None:
        delegate = self.rng.choice((*EVERYBODY, NOBODY))
        return self.call("set_delegate", self.rng.choice(ACTORS), delegate)

    def token(self) -> Call | None:
        """Tokens given to the market outright, or an allowance changed."""
        owner, market = self.rng.choice(ACTORS), self.model.address
        give = self.rng.random() < 0.3
        amount = self.rng.choice((0, 1, 1000) if give else (5, 2**96, 2**256 - 1, 2**256 - 1))
        function = "transfer" if give else "approve"
        call = self.call(function, owner, market, amount)
        return replace(call, contract="token")
