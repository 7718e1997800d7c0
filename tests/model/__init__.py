"""The market's rules in plain Python, and the test that drives them against the contracts.

Read it in this order:

    words.py      the nouns: states, Request, Job, Account, with their wire types
    errors.py     Refused: why a call does nothing
    hashing.py    job ids, record hashes, seals, allow-lists
    rules.py      constants and formulas, pure
    validity.py   which requests may be posted
    erc20.py      the token, as far as the market uses it
    ledger.py     free, staked, bonded, unbonding: who owns what
    records.py    what the chain knows of a job
    jobs.py       a job's way from posting to payment
    exits.py      the ways out that nobody is paid for
    market.py     all of it

The rest compares. chain.py is the contracts in an EVM, pair.py both sides, audit.py the invariants.
author.py and actors.py make sensible calls (calls.py), spoil.py makes them wrong, driver.py plays
episodes, tally.py counts, shrink.py reduces a failing run to the few calls that matter.
"""
