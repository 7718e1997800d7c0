"""Gas that the exits of a job take of each side."""

from __future__ import annotations

from workbond.chain.measured import (
    ACCEPT,
    APPROVE,
    CANCEL,
    EXPIRE,
    FINALIZE,
    POST,
    RELEASE,
    REVOKE,
    SUBMIT,
    TIMEOUT,
    VOID,
)

# By exit: gas of the requester's and of the provider's transactions from posting to that end, if
# each calls what it gains by: the requester `expire`, `void`, `timeout`, the provider `finalize`.
EXIT_GAS = {
    "cancel": (POST + CANCEL, 0),
    "approve": (POST + APPROVE, ACCEPT + SUBMIT),
    "finalize": (POST, ACCEPT + SUBMIT + FINALIZE),
    "release": (POST, ACCEPT + RELEASE),
    "expire": (POST + EXPIRE, ACCEPT),
    "void": (POST + VOID, ACCEPT + SUBMIT),
    "resolve": (POST, ACCEPT + SUBMIT),
    "timeout": (POST + TIMEOUT, ACCEPT + SUBMIT),
}

# The same of a signed request that a matcher matched, which pays for that: signing takes no gas.
SIGNED_EXIT_GAS = {
    "cancel": (REVOKE, 0),
    "approve": (APPROVE, SUBMIT),
    "finalize": (0, SUBMIT + FINALIZE),
    "release": (0, RELEASE),
    "expire": (EXPIRE, 0),
    "void": (VOID, SUBMIT),
    "resolve": (0, SUBMIT),
    "timeout": (TIMEOUT, SUBMIT),
}
