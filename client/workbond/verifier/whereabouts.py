"""Where the inputs of a claimed job are: with its requester, and with its provider, who fetched
them. Either may be gone, or hostile: blobs are known by their CIDs, and a wrong address costs time
and no more.
"""

from __future__ import annotations

from workbond.blobs.sources import GATEWAYS_MAX, split_gateways
from workbond.chain.market import Market
from workbond.errors import ChainError
from workbond.jobs import JobRecord
from workbond.provider.card import announced_gateway


class Whereabouts:
    """Finds gateways; blocks, and is called from the worker's thread.

    Args:
        market: the deployed market.
        first_block: where it was deployed.
    """

    def __init__(self, market: Market, first_block: int) -> None:
        self._market, self._first_block = market, first_block

    def __call__(self, record: JobRecord) -> str:
        """The gateways, separated by spaces: what the posting says, the provider's and its
        operator's, and what is on the requester's card."""
        said = split_gateways(record.gateway)[: GATEWAYS_MAX // 2]  # none of all of them
        job = record.live_job()
        try:
            delegate = self._market.delegate_of(job.provider)
        except ChainError:
            delegate = None
        for who in (job.provider, delegate, record.request.requester):
            if who is not None:
                said += split_gateways(self._announced(who))
        return " ".join(dict.fromkeys(said))

    def _announced(self, who: str) -> str:
        try:
            return announced_gateway(self._market, self._first_block, who)
        except ChainError:
            return ""
