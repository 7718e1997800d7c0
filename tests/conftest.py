"""What holds for all tests but the contracts', which brownie runs by itself."""

from __future__ import annotations

import signal


def pytest_configure() -> None:
    """Ctrl-C works in the processes that tests start. A shell ignores SIGINT in what it runs in the
    background, as a build server may run all of this, and a process inherits that."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
