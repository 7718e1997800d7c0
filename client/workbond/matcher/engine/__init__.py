"""The matching engine: orders and balances in, an allocation out. No clock, chain, disk or network.

    allocation = match(wanted, offered, standings, now_s, matcher)
    reasons = why(order, others, standings, now_s, matcher, allocation)

What is decided:

types         what goes in and comes out
reasons       why a pair can't be matched, as codes
constraints   the same as functions
score         what a pair is worth, term by term
why           the reasons of one order

How:

match         a round
frame         orders as columns of numbers
slots         uses of offers, as places to be given
markets       finding pairs without looking at all
edges         the pairs found
prices        what slots cost
shortlist     the pairs that a row is likely to bid for
auction       prices, and who gets what
vacancies     what becomes of places that are left
tiers         the bound on waiting
budgets       stake and money
search        all of these, until nothing is better
certificate   the proof, over all pairs
"""
