"""Tests of the tests: contracts with one small thing wrong, and whether anything notices.

Read it in this order:

    mutants.py       what a mutant is
    exact.py         ours, from the syntax tree; by_slither.py those of slither's operators
    sample.py        which are tried, by seed
    compiler.py      one solc that stays (solc.js)
    switches.py      many mutants in one contract, of which the code says which one lives
    builds.py        from mutants to code
    model_oracle.py  does the model notice?
    run.py           all that, and what came of it (make mutation)
    later.py         what the model didn't notice, against the other tests
    results.py       docs/security/mutation.md and the numbers behind it

mistakes.py makes mistakes of other projects again, and its test is a part of CI.
"""
