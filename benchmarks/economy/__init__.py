"""A month of the market in simulation. Read it in this order:

    scale.py       how many, how long, which seed; money and times that all share
    classes.py     hardware, prices and manners of providers
    kinds.py       what requesters want
    world.py       the model of the contracts (tests/model), with its audit listening
    providers.py   one provider: stake, offers, prices
    requesters.py  one requester: money, requests
    book.py        rounds of the real matching engine, and who waited how long
    lives.py       what becomes of a matched job
    month.py       all of it, in the order of time
    report.py      figures; page.py and plots.py show them in docs/economics.md

Run `python -m benchmarks.economy` in the root of the repository.
"""
