"""The one jail that this process keeps warm."""

import atexit
import threading

from designs.sandbox.jail import Jail

_lock = threading.Lock()
_jails: list[Jail] = []


def shared_jail() -> Jail:
    """Its worker is started at the first task, or by `confinement()`."""
    with _lock:
        if not _jails:
            _jails.append(Jail())
            atexit.register(shut_down)
        return _jails[0]


def layers() -> dict[str, bool]:
    """What this host confines scripts with, by name. Raises BuildError where that is not enough."""
    return shared_jail().confinement().layers()


def shut_down() -> None:
    """End the worker; the next task starts another."""
    with _lock:
        for jail in _jails:
            jail.close()
