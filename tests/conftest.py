"""What holds for all tests."""

import signal

from hypothesis import settings

settings.register_profile("cofab", deadline=None)
settings.load_profile("cofab")
"""How long an example takes depends on what else the machine does: what is fast enough is for benchmarks to say."""


def pytest_configure() -> None:
    """Take interrupts. A shell's background job is started to ignore them and would hand that down to every program
    that a test starts and interrupts."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
