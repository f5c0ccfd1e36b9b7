"""The jails that this process keeps warm: one for each environment."""

import atexit
import threading

from designs.sandbox.environment import CAD, Environment
from designs.sandbox.jail import Jail

_lock = threading.Lock()
_jails: dict[Environment, Jail] = {}


def shared_jail(environment: Environment = CAD) -> Jail:
    """Its worker is started at the first task, or by `confinement()`."""
    with _lock:
        if not _jails:
            atexit.register(shut_down)
        return _jails.setdefault(environment, Jail(environment))


def layers() -> dict[str, bool]:
    """What this host confines scripts with, by name. Raises BuildError where that is not enough."""
    return shared_jail().confinement().layers()


def shut_down() -> None:
    """End the workers; the next task starts another."""
    with _lock:
        for jail in _jails.values():
            jail.close()
