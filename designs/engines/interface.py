"""The seam to a CAD kernel. An engine is one file in this folder with one plain class, its instance bound to `ENGINE`.

Everything but `fingerprint` runs in the jail. An engine returns a B-rep and words about its bodies; it never measures
or exports.
"""

import importlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from designs.errors import DesignError
from designs.scripts.assignments import Value
from designs.scripts.guessing import Guess

_NAME = re.compile(r"[a-z][a-z0-9]{0,30}")


class EngineError(DesignError):
    """The engine did not make geometry of the script; `kind` as in designs.build.BuildError."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class UnknownEngine(DesignError):
    """No engine of this name."""


@dataclass(frozen=True)
class Body:
    """One named solid, or group of solids, of the result."""

    name: str
    colour: tuple[float, float, float] | None = None
    """sRGB red, green, blue from 0 to 1; None: the designer left it open."""


@dataclass(frozen=True)
class Geometry:
    """What a script made."""

    brep: bytes
    """The kernel's binary B-rep: one compound whose children are the bodies, in order; mm."""
    bodies: tuple[Body, ...]


class Engine(Protocol):
    """One CAD kernel with its scripting language."""

    def fingerprint(self) -> str:
        """Names and versions of all that can change the geometry. Does not load the kernel."""
        ...

    def warm_up(self, kept: Path) -> None:
        """Load and exercise the kernel, in the warm worker; must leave one thread. `kept`: a folder that scripts may
        read."""
        ...

    def read_parameters(self, source: Path) -> list[Guess]:
        """The parameters that the script itself declares; raises EngineError."""
        ...

    def run(self, source: Path, parameters: Mapping[str, Value]) -> Geometry:
        """Run the script with these values; raises EngineError."""
        ...


def find_engine(name: str) -> Engine:
    """The engine in the file of this name; raises UnknownEngine."""
    module_name = f"designs.engines.{name}"
    if not _NAME.fullmatch(name) or name == "interface":
        raise UnknownEngine(f"not the name of an engine: {name[:40]!r}")
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name != module_name:
            raise
        raise UnknownEngine(f"there is no engine {name!r}: see designs/engines") from error
    engine: Engine = module.ENGINE
    return engine
