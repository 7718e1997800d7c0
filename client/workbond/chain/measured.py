"""Gas of each transaction of a job, as measured: tests hold it to benchmarks/results/gas.json.

A requester's first job, a long gateway's address, or another chain's rules cost somewhat more.
"""

from __future__ import annotations

POST, ACCEPT, SUBMIT = 67_054, 49_320, 36_582
CANCEL, APPROVE, FINALIZE = 40_577, 48_199, 48_168
REVOKE = 51_474  # `cancel` of a request that was signed only
RELEASE, EXPIRE, VOID = 57_814, 58_236, 58_653
TIMEOUT = 42_417  # a case's own transactions are the committee's affair, not the parties'
