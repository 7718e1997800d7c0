"""What the contracts' views should show, by the model, gathered to be asked for in one go."""

from collections.abc import Iterable

from . import wire
from .calls import show
from .chain import NAMES, Chain, View
from .committee.verdicts import Committee
from .words import NOBODY, values_of

Belongings = tuple[object, ...]
MONEY = {"market": 0, "committee": 1, "token": 2}  # where they stand below
VIEWS = (
    ("market", "accountOf"),
    ("committee", "verifierOf"),
    ("token", "balanceOf"),
    ("token", "nonces"),
    ("market", "delegateOf"),
)


class Views:
    """Questions, and the model's answers to them."""

    def __init__(self, committee: Committee, chain: Chain, owners: Iterable[str]) -> None:
        self.model, self.committee, self.chain = committee.market, committee, chain
        self.expected: dict[View, tuple[object, ...]] = {}
        self.belongings = {owner: self.belongings_of(owner) for owner in owners}

    def belongings_of(self, owner: str) -> Belongings:
        """What the views below show, but for what comes and goes with the time."""
        model, token, committee = self.model, self.model.token, self.committee
        stake = committee.stakes.get(owner)
        verifier = (*values_of(committee.purses[owner]), *(values_of(stake) if stake else ()))
        tokens, permits = token.balances[owner], token.nonces[owner]
        delegate = model.delegates.get(owner, NOBODY)
        return values_of(model.accounts[owner]), verifier, tokens, permits, delegate

    def expect(self, view: View, *values: object) -> None:
        self.expected[view] = values

    def differences(self) -> list[str]:
        """Asks the contracts: where they show anything else."""
        told = self.chain.read(self.expected)
        pairs = zip(self.expected.items(), told, strict=True)
        return [
            f"{view.function} {', '.join(map(show, view.args))}\n"
            f"    model:    {values}\n    contract: {outputs(view).decode(data)}"
            for (view, values), data in pairs
            if not same(view, values, data)
        ]

    # ───────────────────────────── money and people ──────────────────────────

    def owner(self, owner: str, known: Belongings | None = None) -> None:
        """All that differs from what is known."""
        pairs = zip(VIEWS, self.belongings[owner], known or (None,) * len(VIEWS), strict=True)
        for (contract, function), value, before in pairs:
            if value != before:
                self.expect(View(contract, function, (owner,)), self.shown(function, owner, value))

    def money(self, contract: str, owner: str) -> None:
        """What an owner has in a contract."""
        at = MONEY[contract]
        value = self.shown(VIEWS[at][1], owner, self.belongings[owner][at])
        self.expect(View(*VIEWS[at], (owner,)), value)

    def shown(self, function: str, owner: str, value: object) -> object:
        """A verifier's stake counts from an epoch on, and has a place."""
        verifies = function == "verifierOf"
        return values_of(self.committee.verifier(owner)) if verifies else value

    def active(self) -> None:
        self.expect(View("committee", "totalActive"), self.committee.total_active())

    # ────────────────────────────── jobs and cases ───────────────────────────

    def slot(self, id_: bytes) -> None:
        record = self.model.record(id_)
        self.expect(View("market", "slotOf", (id_,)), record.state, record.hash)

    def uses(self, digest: bytes) -> None:
        self.expect(View("market", "offerUses", (digest,)), self.model.offer_uses.get(digest, 0))

    def case(self, id_: bytes) -> None:
        """Its head, all rounds and all challenges."""
        docket = self.committee.dockets[id_]
        self.expect(View("committee", "caseOf", (id_,)), values_of(docket.head))
        for number, round_ in enumerate(docket.rounds):
            *head, verifiers, votes = values_of(round_)
            self.expect(View("committee", "roundOf", (id_, number)), tuple(head), verifiers, votes)
        for number, challenge in enumerate(docket.challenges):
            view = View("committee", "challengeOf", (id_, number))
            self.expect(view, values_of(challenge))


def outputs(view: View) -> wire.Coder:
    return wire.function(NAMES[view.contract], view.function).outputs


def same(view: View, values: tuple[object, ...], data: bytes) -> bool:
    try:
        return outputs(view).encode(values) == data
    except (OverflowError, TypeError, ValueError):
        return False  # a wrong model has what has no encoding
