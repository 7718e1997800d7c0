"""Gas of each transaction of a job, as measured: a test holds it to benchmarks/results/gas.json.

A requester's first job, a long gateway's address, or another chain's rules cost somewhat more.
"""

from __future__ import annotations

POST, ACCEPT, SUBMIT = 67_870, 51_476, 36_683
CANCEL, APPROVE, FINALIZE = 40_440, 48_148, 48_157
RELEASE, EXPIRE, VOID = 57_995, 58_029, 58_427

# By exit: gas of the requester's and of the provider's transactions from posting to that end, if
# each calls what it gains by: the requester `expire` and `void`, the provider `finalize`.
EXIT_GAS = {
    "cancel": (POST + CANCEL, 0),
    "approve": (POST + APPROVE, ACCEPT + SUBMIT),
    "finalize": (POST, ACCEPT + SUBMIT + FINALIZE),
    "release": (POST, ACCEPT + RELEASE),
    "expire": (POST + EXPIRE, ACCEPT),
    "void": (POST + VOID, ACCEPT + SUBMIT),
}
