"""The verifier: a node that re-executes claims, challenges wrong ones and sits on committees.

What it goes by:

bounds      what this machine gives, and what may be put at risk
plan        how the loop runs

The node:

run         the process: node, signals
node        the loop that ties the others together
watch       claims and cases, kept up to date from the events of both contracts
claims      live jobs whose claims the committee judges
docket      open cases, as the chain has them
examiner    which claim is executed next, and what was found
bench       fetching and executing one
whereabouts where its inputs are
seats       commit and reveal
challenges  which claims are sampled, and which are challenged
appeals     of tallies that contradict what was found
cranks      lottery, draw, close, abandon
turns       who goes first, where anyone may
purse       challenge bonds and rewards
acts        transactions, each remembered before it is sent

What must not be lost:

notebook    salts, findings and signed transactions, on disk

What the owner is told:

books       what the node saw, did and earned
duties      its part in an open case
statusfile  what a node says of itself
status      what the chain says of it
"""
