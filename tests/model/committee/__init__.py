"""The committee's rules in plain Python, beside the market's. Read it in this order:

    words.py      cases, rounds, challenges, and what accounts have
    rules.py      constants and formulas, pure
    blocks.py     hashes of past blocks
    treasury.py   balances, which the market keeps
    stakes.py     stake by epochs, and whose interval a number falls into
    cases.py      how a case begins and grows
    voting.py     draws, commits and reveals
    bills.py      who is paid what for a case, pure
    verdicts.py   how a case ends
    audit.py      the books, rebuilt from events alone

Like the market's, methods take the caller first, then what the contract takes; a call that is
refused has changed nothing.
"""
