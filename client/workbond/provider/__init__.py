"""The provider: a node that follows the market, does the work that pays, and gets paid.

card      what a provider says of itself
machine   the hardware, and what of it is given to jobs
terms     what a provider is ready to do, and for how much
fit       whether a job suits the terms, with a coded reason if not
board     open jobs and our live ones, kept up to date from the market's events
work      fetching, compiling, executing, sealing
worker    the thread in which that happens
take      choosing an open job, and accepting it
own       our live jobs: submit, finalize, release, expire, void
acts      the transactions of own, each repeated within bounds
keep      how long finished work stays on disk
journal   what the node tells its owner
node      the loop that ties them together
"""
