"""What closing a case must do to every balance, written down once more and from the rules alone."""

from collections import Counter

from cases import CLAIMED, REJECTED, UNAVAILABLE, UNDECIDED, UPHELD, challenge_bond
from chainkit import SINK

PENALTY = 5  # seat fees


def winner_of(hearing):
    """The result that a strict majority of all seats of the round revealed, or None."""
    count = Counter(hearing.votes[seat] for seat in hearing.shown)
    return next((v for v, n in count.items() if v != UNAVAILABLE and 2 * n > hearing.size), None)


def outcome_of(case):
    """(outcome, winner) by the last round whose seats were drawn."""
    heard = [hearing for hearing in case.rounds if hearing.holders]
    winner = winner_of(heard[-1]) if heard else None
    if winner is None:
        return UNDECIDED, None
    return (UPHELD if winner == CLAIMED else REJECTED), winner


def right_challengers(case):
    _, winner = outcome_of(case)
    return [who for who, vote in case.challenges if vote == winner]


def in_market(case, requester, provider, committee):
    """What the market's balances change by, as `moves` takes it."""
    outcome, _ = outcome_of(case)
    job = case.deal.request
    fee, bond = job["caseFee"], job["bond"]
    if outcome == UPHELD and case.challenges:
        return {(requester, "free"): fee}
    if outcome != REJECTED:
        return {(committee, "free"): fee}
    share = (bond - fee) * 30 // 100
    units = job["maxUnits"] * case.deal.job["unitPrice"] // 10**12
    moved = Counter({(str(requester), "free"): job["flat"] + units + fee + share})
    moved[str(provider), "staked"] -= bond
    moved[str(provider), "bonded"] -= bond
    moved[str(committee), "free"] += fee
    burned = bond - fee - share
    if right := right_challengers(case):
        moved[right[0], "free"] += share
        burned -= share
    moved[SINK, "free"] += burned
    return moved


def in_committee(case, closer, requester, provider, purses):
    """What the committee's balances change by; `purses` are (staked, leaving) of verifiers."""
    outcome, winner = outcome_of(case)
    job = case.deal.request
    bond = challenge_bond(job["caseFee"], job["bond"])
    seat_fee, tip = case.fees
    moved = Counter()
    pool = spent = 0

    # who comes to judge, and who drives it
    coherent, purses = [], {who: list(purse) for who, purse in purses.items()}
    for hearing in case.rounds:
        for seat, who in enumerate(hearing.holders):
            if seat in hearing.shown:
                moved[who, "free"] += seat_fee
            if winner is None:
                continue
            if seat in hearing.shown and hearing.votes[seat] == winner:
                coherent.append(who)
                continue
            lost = 0
            for i, name in enumerate(("staked", "leaving")):
                part = min(PENALTY * seat_fee - lost, purses[who][i])
                purses[who][i] -= part
                moved[who, name] -= part
                lost += part
            if seat in hearing.shown:
                pool += lost
            else:
                moved[SINK, "free"] += lost
        if hearing.holders:
            moved[hearing.drawer, "free"] += tip
        moved[str(closer), "free"] += tip
    if case.opener:
        moved[case.opener, "free"] += tip

    # who pays for it
    costs = [
        len(hearing.shown) * seat_fee + tip * (2 if hearing.holders else 1)
        for hearing in case.rounds
    ]
    spent = costs[0] + (tip if case.opener else 0)
    if outcome == UPHELD and case.challenges:
        moved[str(provider), "free"] += len(case.challenges) * bond - spent
    else:
        moved[str(requester), "free"] += job["caseFee"] - spent
    for who, vote in case.challenges:
        if outcome == UNDECIDED or (outcome == REJECTED and vote == winner):
            moved[who, "free"] += bond
        elif outcome == REJECTED:
            moved[SINK, "free"] += bond
    for before, hearing, cost in zip(case.rounds, case.rounds[1:], costs[1:], strict=False):
        moved[hearing.appellant, "free"] += hearing.prepaid - cost
        if winner is not None and winner_of(before) != winner:
            repaid = min(cost, pool)
            pool -= repaid
            moved[hearing.appellant, "free"] += repaid

    # what is left of the penalties
    share = pool // len(coherent) if coherent else 0
    for who in coherent:
        moved[who, "free"] += share
    moved[SINK, "free"] += pool - share * len(coherent)
    return moved
