"""From facts to reasons, the likeliest first."""

from __future__ import annotations

from workbond.requester.why.facts import Facts
from workbond.requester.why.own import own_reasons
from workbond.requester.why.price import price_reason
from workbond.requester.why.providers import provider_reasons
from workbond.requester.why.reasons import Code, Reason

_ORDER = {code: number for number, code in enumerate(Code)}


def judge(facts: Facts) -> tuple[Reason, ...]:
    """All reasons that can be seen, the heaviest first, each code once; perhaps none."""
    price = price_reason(facts)
    found = [*own_reasons(facts), *provider_reasons(facts), *([] if price is None else [price])]
    found.sort(key=lambda reason: (reason.weight, _ORDER[reason.code]))
    first: dict[Code, Reason] = {}
    for reason in found:
        first.setdefault(reason.code, reason)
    return tuple(first.values())
