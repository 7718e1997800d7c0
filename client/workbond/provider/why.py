"""Why a provider takes no job: every open one judged by its terms, from the chain alone.

A running node isn't needed. Where one ran, what it found out about a job beyond its request (spec,
program, inputs) is told from its status file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from workbond.accounts.verify import Verifier
from workbond.chain import fees, rules
from workbond.chain.answers import Block
from workbond.chain.market import Market
from workbond.chain.types import Account
from workbond.jobs import JobRecord
from workbond.orders.envelope import SignedOrder
from workbond.provider import gas
from workbond.provider.advice import ADVICE, hint, ranked
from workbond.provider.board import Board
from workbond.provider.experience import Experience
from workbond.provider.fit import Misfit, Refusal, check_gas, check_request
from workbond.provider.returns import Return, expect
from workbond.provider.signed import admitted_by, check_signed
from workbond.provider.statusfile import NodeStatus
from workbond.provider.tally import Seen
from workbond.provider.terms import Terms

FITS = "FITS"


@dataclass(frozen=True)
class Verdict:
    """An open job: its refusal, None if it fits as far as can be told; `by_node` if a node said so.

    `is_signed`: it is in a book, not posted. `price` is that of an acceptance now, `most` what the
    job can pay at it, `expected` what it is likely to.
    """

    record: JobRecord
    is_signed: bool
    price: int
    most: int
    expected: Return
    refusal: Refusal | None
    by_node: bool

    @property
    def code(self) -> str:
        return FITS if self.refusal is None else self.refusal.reason.name


@dataclass(frozen=True)
class Reason:
    """How many open jobs have the code; what their numbers come to, and what can be done."""

    code: str
    jobs: int
    hint: str
    advice: str


@dataclass(frozen=True)
class Answer:
    """All open jobs, those first that fit, the best first; `quiet_s`: seconds of chain time since
    the last posting, None if there was none in as long as a job can be open."""

    head: Block
    account: Account
    verdicts: list[Verdict]
    reasons: list[Reason]
    quiet_s: int | None


def ask(
    market: Market,
    provider: str,
    first_block: int,
    terms: Terms,
    experience: Experience,
    node: NodeStatus | None,
    orders: Iterable[SignedOrder] = (),
) -> Answer:
    """Judges every open job as a node with `terms` would do now.

    Args:
        market: the deployed market.
        provider: the account's address.
        first_block: where the market was deployed.
        terms: which jobs to take.
        experience: by which returns are expected.
        node: what the provider's node says of itself, if it ever ran.
        orders: signed requests that books list.
    """
    connection = market.connection
    head = connection.block()
    board = Board(market, provider, first_block)
    board.start(head)
    board.list_signed(orders)
    verifier = Verifier(connection, market.address, contract_gas=rules.ERC1271_CALL_GAS)
    account = market.account_of(provider, at=head.number)
    no_gas = check_gas(connection.balance(provider), gas.job_reserve(fees.price(connection, head)))
    said = {} if node is None else {job.id: job for job in node.refused}
    verdicts = []
    for record in board.open():
        request = record.request
        order = board.order(record.id)
        admitted = admitted_by(order)
        refusal = check_request(request, terms, provider, account, head.timestamp, admitted)
        if refusal is None and order is not None:
            refusal = check_signed(market, verifier, order, head)
        by_node = False
        found = said.get(f"0x{record.id.hex()}")
        if refusal is None and found is not None and found.code in _ONLY_A_NODE_KNOWS:
            refusal, by_node = Refusal(Misfit[found.code], found.detail), True
        price = rules.unit_price(request, head.timestamp + 1)
        habits = experience.habits(request.requester)
        verdicts.append(
            Verdict(
                record=record,
                is_signed=order is not None,
                price=price,
                most=rules.max_payment(request.flat, request.max_units, price),
                expected=expect(request, head.timestamp + 1, terms.cores, habits),
                refusal=refusal or no_gas,
                by_node=by_node,
            )
        )
    verdicts.sort(key=lambda each: (each.code != FITS, -each.expected.per_hour, -each.most))
    quiet_s = None
    if board.last_posting is not None:
        quiet_s = max(0, head.timestamp - connection.block(board.last_posting).timestamp)
    return Answer(head, account, verdicts, _reasons(verdicts), quiet_s)


# What a request alone can't tell, and doesn't change with the options that are judged by here.
_ONLY_A_NODE_KNOWS = {
    misfit.name
    for misfit in Misfit
    if misfit
    not in (
        Misfit.PROFILE,
        Misfit.RESOLVER,
        Misfit.POLICY,
        Misfit.PROVIDERS,
        Misfit.CLOSED,
        Misfit.LOCK,
        Misfit.DEMAND,
        Misfit.BOND,
        Misfit.SIGNATURE,
        Misfit.BOUNDS,
        Misfit.FUNDS,
        Misfit.REVOKED,
        Misfit.PRICE,
        Misfit.STAKE,
        Misfit.GAS,
        Misfit.RPC,
        Misfit.SIGNER,
        Misfit.TAKEN,
    )
}


def _reasons(verdicts: list[Verdict]) -> list[Reason]:
    refused = [each for each in verdicts if each.refusal is not None]
    counts = Counter(each.code for each in refused)
    found = []
    for code, number in ranked(counts):
        jobs = [
            Seen(code, numbers=v.refusal.numbers) for v in refused if v.refusal and v.code == code
        ]
        found.append(Reason(code, number, hint(code, jobs), ADVICE[Misfit[code]]))
    return found
