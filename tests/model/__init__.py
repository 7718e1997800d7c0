"""The market's rules in plain Python, and the test that drives them against the contracts.

Read it in this order:

    words.py      the nouns: states, Request, Offer, Job, Account, with their wire types
    errors.py     Refused: why a call does nothing
    hashing.py    job ids, digests of offers, record hashes, seals, allow-lists
    packing.py    structs without padding, and as changes from one another
    keys.py, wallets.py, signers.py   who signed what: by key, or by an account's own code
    trees.py      result trees and output trees
    rules.py      constants and formulas, pure
    validity.py   which requests may be posted, matched and filled
    offers.py     which requests an offer binds its provider to
    erc20.py      the token, as far as the market uses it
    ledger.py     free, staked, bonded, unbonding: who owns what
    delegates.py  who acts for whom
    records.py    what the chain knows of a job
    jobs.py       a job's way from posting to payment
    exits.py      the ways out that nobody is paid for
    demands.py    outputs that must be shown
    disputes.py   claims that a resolver judges
    orders.py     from signed orders to a running job
    batches.py    many calls in one
    market.py     all of it
    committee/    the resolver that comes with it: stake, cases, votes, and who is paid

The rest compares. chain.py is the contracts in an EVM, wire.py what they are told and tell, in
bytes, views.py what they should show, watch.py where their money lies; pair.py both sides, cast.py
who takes part, audit.py the invariants. author.py writes orders; actors.py makes sensible calls
(crowd.py: what they know; jobbers.py, signatories.py, curious.py, resolvers.py, purses.py: what
they do on the market; claimants.py, jurors.py, savers.py: with the committee; calls.py).
batching.py puts them into batches; spoil.py, spoil_orders.py, spoil_answers.py and spoil_cases.py
make them wrong. driver.py plays episodes, tally.py and tally_cases.py count, shrink.py reduces a
failing run to the few calls that matter, soak.py plays for longer, progress.py remembers how far
it came.
"""
