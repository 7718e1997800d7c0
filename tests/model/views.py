"""What the contracts' views should show, by the model, gathered to be asked for in one go."""

from . import wire
from .calls import show
from .chain import NAMES, Chain, View
from .committee.verdicts import Committee
from .words import NOBODY, values_of


class Views:
    """Questions, and the model's answers to them."""

    def __init__(self, committee: Committee, chain: Chain) -> None:
        self.model, self.committee, self.chain = committee.market, committee, chain
        self.expected: dict[View, tuple[object, ...]] = {}

    def expect(self, view: View, *values: object) -> None:
        self.expected[view] = values

    def differences(self) -> list[str]:
        """Asks the contracts: where they show anything else."""
        told = self.chain.read(self.expected) if self.expected else []
        pairs = zip(self.expected.items(), told, strict=True)
        return [
            f"{view.function} {', '.join(map(show, view.args))}\n"
            f"    model:    {values}\n    contract: {outputs(view).decode(data)}"
            for (view, values), data in pairs
            if not same(view, values, data)
        ]

    # ───────────────────────────── money and people ──────────────────────────

    def money(self, owner: str) -> None:
        account = values_of(self.model.accounts[owner])
        self.expect(View("market", "accountOf", (owner,)), account)
        self.expect(View("token", "balanceOf", (owner,)), self.model.token.balances[owner])

    def verifier(self, owner: str) -> None:
        told = values_of(self.committee.verifier(owner))
        self.expect(View("committee", "verifierOf", (owner,)), told)

    def names(self, owner: str) -> None:
        """Its delegate, and how many permits it has signed."""
        delegate = self.model.delegates.get(owner, NOBODY)
        self.expect(View("market", "delegateOf", (owner,)), delegate)
        self.expect(View("token", "nonces", (owner,)), self.model.token.nonces[owner])

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
