"""Why nobody takes an open job, as far as it can be known: facts gathered, then judged.

facts = survey(desk, job_id, request, gateway)
for reason in judge(facts):
    print(reason.code.value, reason.text, reason.remedy)
"""
