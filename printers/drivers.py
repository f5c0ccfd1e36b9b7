"""Finding a driver by its kind, without any list of names.

The module `printers.KIND` holds exactly one class whose `kind` is KIND, with a constructor `from_settings`.
"""

import inspect
import pkgutil
from collections.abc import Mapping
from importlib import import_module
from typing import ClassVar, Protocol, Self, cast

import printers
from printers.machine import Machine, MachineError

Settings = Mapping[str, str]
"""A machine's part of the agent's configuration, as text."""


class BadSettings(MachineError):
    """A machine's settings do not make a machine; the message names the setting and says what it must be."""


class Driver(Machine, Protocol):
    """A class that drives one kind of machine."""

    kind: ClassVar[str]

    @classmethod
    def from_settings(cls, name: str, settings: Settings) -> Self:
        """Make the driver of the machine called `name`. Contacts nothing. Raises BadSettings."""
        ...


def driver_kinds() -> list[str]:
    """Every kind of machine there is a driver for."""
    modules = (module.name for module in pkgutil.iter_modules(printers.__path__) if not module.ispkg)
    return sorted(kind for kind in modules if _driver_in(kind))


def find_driver(kind: str) -> type[Driver]:
    """The driver class of a kind; raises BadSettings naming the kinds that exist."""
    modules = {module.name for module in pkgutil.iter_modules(printers.__path__) if not module.ispkg}
    driver = _driver_in(kind) if kind in modules else None
    if driver is None:
        raise BadSettings(f"there is no driver {kind!r}; there are: {', '.join(driver_kinds())}")
    return driver


def _driver_in(kind: str) -> type[Driver] | None:
    module = import_module(f"printers.{kind}")
    for _, member in inspect.getmembers(module, inspect.isclass):
        if member.__module__ == module.__name__ and vars(member).get("kind") == kind:
            return cast(type[Driver], member)
    return None
