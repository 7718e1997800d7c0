"""The game of judging: what every strategy gains against honest play. Read it in this order:

    setting.py     what is at stake, how it is judged, who is dishonest
    course.py      what can happen to a claim
    money.py       who has gained what in the end, by the bills of the model (tests/model/committee)
    court.py       the same, played on the whole model call by call
    plays.py       strategies of roles and of those that collude
    odds.py        all courses that a strategy's case can take, with their chances
    gains.py       expected gains against honest play; unjudged.py: without a case
    grid.py        the points at which they are computed, and which of them are recommended
    thresholds.py  where sampling, waiting, echoing and appealing begin to pay
    chances.py     captured rounds, chosen seeds, evaded lotteries
    report.py      figures; page.py and plots.py show them in docs/security/

Everything is enumerated and exact: integers and fractions, no chance. Run `python -m
benchmarks.game` in the root of the repository.
"""
