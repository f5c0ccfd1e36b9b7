"""What holds for all tests."""

import signal


def pytest_configure() -> None:
    """Take interrupts. A shell's background job is started to ignore them and would hand that down to every program
    that a test starts and interrupts."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
