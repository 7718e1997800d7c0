"""Gas of each transaction of a job, as measured: tests hold it to benchmarks/results/gas.json.

A requester's first job, a long gateway's address, or another chain's rules cost somewhat more.
"""

from __future__ import annotations

POST, ACCEPT, SUBMIT = 66_996, 49_262, 36_602
CANCEL, APPROVE, FINALIZE = 40_563, 48_192, 48_153
REVOKE = 51_460  # `cancel` of a request that was signed only
RELEASE, EXPIRE, VOID = 57_759, 58_129, 58_603
