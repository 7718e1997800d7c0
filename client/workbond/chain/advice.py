"""What to do about each refusal of the market or its token, in one line.

A function takes the values of a Solidity error in their order; the errors are those of
contracts/interfaces/IMarketErrors.sol and ERC-6093.
"""

from __future__ import annotations

from workbond.chain.rpc import clip
from workbond.chain.types import State
from workbond.money import format_amount, tokens

_AMOUNT_FIELDS = {"amount", "total", "bond", "tip", "caseFee"}
_OFFERED_AMOUNTS = {"minUnitPrice", "minFlat", "minDemandFee", "maxBond"}


def _name(field: bytes) -> str:
    return clip(field.rstrip(b"\0").decode("ascii", "replace"))


def field(field: bytes, value: int, low: int, high: int) -> str:
    name = _name(field)
    if name == "unbonding":
        return "nothing is leaving the stake: start with `workbond provider unstake`"
    if name == "matcher":
        return (
            "a request that names a matcher can be neither posted nor filled: it waits for that "
            "matcher, or leave the matcher empty"
        )
    if name == "amount" and value == 0:
        return "the amount is 0: give more"
    if name in _AMOUNT_FIELDS:
        shown = tuple(map(tokens, (value, low, high)))
    else:
        shown = (str(value), str(low), str(high))
    return f"{name} is {shown[0]} but must lie between {shown[1]} and {shown[2]}: change it"


def free(account: str, free: int, needed: int) -> str:
    return (
        f"account {account} has {tokens(free)} free but {tokens(needed)} are needed: "
        f"deposit {format_amount(needed - free)} more with `workbond account deposit`"
    )


def stake(account: str, available: int, needed: int) -> str:
    return (
        f"account {account} has {tokens(available)} of unbonded stake but "
        f"{tokens(needed)} are needed: add {format_amount(needed - available)} with "
        "`workbond provider stake`, or wait until live jobs free their bonds"
    )


def low_stake(account: str, staked: int, wanted: int) -> str:
    return (
        f"account {account} stakes {tokens(staked)} but the request asks for "
        f"{tokens(wanted)}: add {format_amount(wanted - staked)} with "
        "`workbond provider stake`"
    )


def recipient(to: str) -> str:
    return f"tokens can't be withdrawn to {to} (the zero address or the market): give another --to"


def deposit(asked: int, arrived: int) -> str:
    return (
        f"the token delivered {format_amount(arrived)} of {tokens(asked)}: it takes a "
        "fee or rebases, and the market refuses such tokens"
    )


def state(job_id: bytes, expected: int, actual: int) -> str:
    return (
        f"job 0x{job_id.hex()} is {_label(actual)}, but this needs it {_label(expected)}: "
        f"see `workbond job status 0x{job_id.hex()}`"
    )


def _label(state: int) -> str:
    return State(state).label if state <= State.VOID else f"in state {state}"


def mismatch(job_id: bytes, stored: int, given: int) -> str:
    return (
        f"the record of job 0x{job_id.hex()} changed meanwhile (stored hash {stored:#x}, given "
        f"{given:#x}): read it again and repeat"
    )


def owner(caller: str, owner: str) -> str:
    return f"only {owner} may do this, not {caller}: choose that account with --account"


def provider(provider: str, providers: bytes) -> str:
    return (
        f"the request does not admit provider {provider} (its providers field is "
        f"0x{providers.hex()}): take another job"
    )


def early(now: int, start: int) -> str:
    return f"too early by {start - now} s of chain time (it is {now}, allowed from {start}): wait"


def late(now: int, end: int) -> str:
    return f"too late by {now - end} s of chain time (it is {now}, allowed before {end})"


def counter(current: int, given: int) -> str:
    return f"the order carries counter {given} but the account's is {current}: make a new order"


def unsigned(signer: str, digest: bytes) -> str:
    return (
        f"the order 0x{digest.hex()} is not signed by {signer}: its signature belongs to another "
        "order, chain or market, or the account's contract refuses it; have it signed again"
    )


def exceeded(field: bytes, value: int, limit: int) -> str:
    name = _name(field)
    if name in ("requester", "resolver"):
        shown = [f"0x{number:040x}" for number in (value, limit)]
    elif name in ("spec", "profile", "policy"):
        shown = [f"0x{number:064x}" for number in (value, limit)]
    elif name in _OFFERED_AMOUNTS:
        shown = [tokens(value), tokens(limit)]
    else:
        shown = [str(value), str(limit)]
    return (
        f"the request does not fit the offer: {name} is {shown[1]} there, {shown[0]} here: "
        "choose another offer or change the request"
    )


def used_up(digest: bytes, max_jobs: int) -> str:
    return (
        f"the offer 0x{digest.hex()} was matched to {max_jobs} jobs, all that it was signed for: "
        "choose another offer"
    )


def revoked(digest: bytes) -> str:
    return f"the offer 0x{digest.hex()} was cancelled by its provider: choose another offer"


def malformed(place: int) -> str:
    return (
        f"the batch breaks off or has no entry at byte {place} of the calldata: write its entries "
        "as the market's interface says"
    )


def answered(position: int) -> str:
    return (
        f"pair {position} of the demand needs no answer (any more): read the job again and answer "
        "what is left"
    )


def demanded(job_id: bytes) -> str:
    return (
        f"output of job 0x{job_id.hex()} was demanded before, which is possible once: wait for "
        "the answers, or void the job when their time is over"
    )


def open_demand(job_id: bytes, answered: int) -> str:
    left = (~answered & 0xFF).bit_count()
    return (
        f"job 0x{job_id.hex()} can't be finalized, {left} of its demanded pairs wait for their "
        f"answers: see `workbond job status 0x{job_id.hex()}`"
    )


def other_demand(demand_hash: bytes, given: bytes) -> str:
    return (
        f"the pairs hash to 0x{given.hex()} but the job's demand to 0x{demand_hash.hex()}: give "
        "all of the demand's pairs in its order"
    )


def answer_length(position: int, given: int, expected: int) -> str:
    return (
        f"the answer to pair {position} has {given} bytes where its leaf asks for {expected}: "
        "build it from the result's manifest and outputs"
    )


def answer_leaf(position: int) -> str:
    return (
        f"the answer to pair {position} has a leaf that is not in the claimed result: build it "
        "from the result's manifest"
    )


def answer_chunk(position: int) -> str:
    return (
        f"the answer to pair {position} has bytes that are not the claimed output's: take them "
        "from the output that the manifest names"
    )


def seal(seal: bytes, given: bytes) -> str:
    return (
        f"this result seals to 0x{given.hex()} but the provider claimed 0x{seal.hex()}: "
        "don't pay for it; check where the manifest comes from"
    )


def balance(account: str, balance: int, needed: int) -> str:
    return (
        f"account {account} owns {tokens(balance)} but {format_amount(needed)} are needed: "
        f"get {format_amount(needed - balance)} more (on a local chain with "
        "`workbond account faucet`)"
    )


def allowance(spender: str, allowance: int, needed: int) -> str:
    return (
        f"{spender} may take {tokens(allowance)} but {format_amount(needed)} are "
        "needed: deposit with `workbond account deposit`, which approves first"
    )


def token_address(account: str) -> str:
    return f"the token refuses the address {account}: give another one"


def no_token(token: str) -> str:
    return f"there is no contract at {token}: deploy the market with the address of a token"


def token_failed(token: str) -> str:
    return f"the token {token} refused the transfer: check balance and approval there"


def reentered() -> str:
    return "the token called the market back during a transfer: the market refuses such tokens"
