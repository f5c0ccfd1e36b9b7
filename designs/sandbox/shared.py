"""The jails that this process keeps warm: one for each environment."""

import atexit
import threading

from designs.sandbox.confine import Floor
from designs.sandbox.environment import CAD, Environment
from designs.sandbox.jail import Jail

_lock = threading.Lock()
_jails: dict[Environment, Jail] = {}
_floors = [Floor.STANDARD]


def demand(floor: Floor) -> None:
    """From now on refuse to start a worker where the host confines less; those that run end."""
    with _lock:
        _floors[:] = [floor]
        for jail in _jails.values():
            jail.close()
        _jails.clear()


def shared_jail(environment: Environment = CAD) -> Jail:
    """Its worker is started at the first task, or by `confinement()`."""
    with _lock:
        if not _jails:
            atexit.register(shut_down)
        return _jails.setdefault(environment, Jail(environment, floor=_floors[0]))


def layers() -> dict[str, bool]:
    """What this host confines scripts with, by name. Raises BuildError where that is not enough."""
    return shared_jail().confinement().layers()


def shut_down() -> None:
    """End the workers; the next task starts another."""
    with _lock:
        for jail in _jails.values():
            jail.close()
