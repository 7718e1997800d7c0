"""The provider: a node that follows the market, does the work that pays, and gets paid.

What it goes by:

terms       what a provider is ready to do, and for how much
card        what a provider says of itself
machine     the hardware, and what of it is given to jobs
fit         whether a job suits the terms, with a coded reason if not
returns     what a job can be expected to pay per second
gas         what a job's transactions cost
stakes      what is at stake, for its owner to see before the start

The node:

run         the process: node, gateway, signals
node        the loop that ties the others together
board       open jobs and our live ones, kept up to date from the market's events
take        choosing an open job, and accepting or dealing for it
binder      the transactions that make a job ours
work        fetching, compiling, executing, sealing
worker      the thread in which that happens
own         our live jobs: submit, answer, finalize, release, expire, void
demands     output that is shown on the chain
acts        the transactions of own, each repeated within bounds
retry       how often a fetch is tried again
keep        how long finished work stays on disk

At order books:

trade       what the node calls at them for, and what comes of that
orderbooks  sending offers there, looking at the requests there
signed      whether a signed request could become a job
deals       getting one: an offer, filling it, or executing it first
offering    offers from the terms
pledges     the offers that are out
measure     what an offer says of the machine
whereabouts where the inputs of a signed job are

Who is handed a result:

shelf       which blobs belong to which of our jobs
guard       what the gateway may hand to whom

What the owner is told:

journal     line by line
books       what the node saw, did and earned
tally       jobs by what became of them
experience  what its own jobs taught it about speed and use
advice      what can be done about jobs that were not taken
statusfile  what a node says of itself
health      how well it reaches the chain
status      what the chain says of it
why         each open job judged, without a node
"""
