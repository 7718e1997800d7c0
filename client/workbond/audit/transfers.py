"""The market's events beside the token's own: every deposit and withdrawal has its transfer.

Anybody can send the market tokens without depositing them. Such a gift is a transfer without a
`Deposited`, and so is a deposit whose event is missing: the log alone can't tell which. Storage
can: `deposit` credits the sender, so the senders of such transfers are compared with storage even
where no event of the market names them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from workbond.audit.findings import Findings
from workbond.chain.abi import Event

Move = tuple[str, int]  # the other party, the amount


@dataclass
class Flow:
    """What came and went, in base units; `gifts` are what no deposit explains, by sender."""

    came: int = 0
    went: int = 0
    gifts: Counter[str] = field(default_factory=Counter)


def match(
    events: Iterable[Event], transfers: Iterable[Event], market: str, findings: Findings
) -> Flow:
    """Pairs deposits and withdrawals with transfers of the same transaction, party and amount."""
    flow = Flow()
    came: defaultdict[bytes, Counter[Move]] = defaultdict(Counter)
    went: defaultdict[bytes, Counter[Move]] = defaultdict(Counter)
    unpaid: list[Event] = []
    places: dict[tuple[bytes, Move], Event] = {}
    for transfer in transfers:
        args, amount = transfer.args, transfer.args["value"]
        if not amount:  # anybody can cause those, in anybody's name
            continue
        if args["to"] == market:
            flow.came += amount
            came[transfer.tx_hash][args["from"], amount] += 1
        if args["from"] == market:
            flow.went += amount
            went[transfer.tx_hash][args["to"], amount] += 1
            places[transfer.tx_hash, (args["to"], amount)] = transfer
    for event in events:
        if event.name not in ("Deposited", "Withdrawn"):
            continue
        deposit = event.name == "Deposited"
        move = event.args["account" if deposit else "to"], event.args["amount"]
        moves = (came if deposit else went)[event.tx_hash]
        if moves[move]:
            moves[move] -= 1
        else:
            unpaid.append(event)
    for event in unpaid:
        text = f"{event.name} of {event.args['amount']} without such a transfer of the token"
        findings.add("token", event.block_number, event.log_index, text)
    for moves in came.values():
        for (sender, amount), count in moves.items():
            flow.gifts[sender] += amount * count
    for tx_hash, moves in went.items():
        for move, count in moves.items():
            if count:
                at = places[tx_hash, move]
                text = f"the token moved {move[1]} from the market to {move[0]} without Withdrawn"
                findings.add("token", at.block_number, at.log_index, text)
    flow.gifts = +flow.gifts
    return flow
