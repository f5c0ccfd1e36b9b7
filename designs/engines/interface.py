"""The seam to a CAD kernel. An engine is one file in this folder with one plain class, its instance bound to `ENGINE`.

`environment` and `fingerprint` are asked by whoever orders builds; everything else runs in the jail, in a process of
that environment. An engine returns geometry and words about its bodies; it never measures or exports.
"""

import importlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Literal, Protocol

from designs.errors import DesignError
from designs.sandbox.environment import Environment
from designs.scripts.assignments import Value
from designs.scripts.guessing import Guess

_NAME = re.compile(r"[a-z][a-z0-9]{0,30}")
_BUILD123D = re.compile(r"^[ \t]*(?:from|import)[ \t]+(?:build123d|bd_warehouse)\b", re.MULTILINE)

ENGINE_OF_SUFFIX: Mapping[str, str] = {
    ".py": "cadquery",
    ".scad": "openscad",
    ".step": "solid",
    ".stp": "solid",
    ".stl": "solid",
    ".3mf": "solid",
    ".obj": "solid",
    ".svg": "outline",
    ".dxf": "outline",
}
"""Which engine builds a file with this suffix; of those in Python, see `engine_for`."""


class EngineError(DesignError):
    """The engine did not make geometry of the script; `kind` as in designs.build.BuildError."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class UnknownEngine(DesignError):
    """No engine of this name."""


class EngineAbsent(DesignError):
    """There is such an engine, and this host has not installed it. The message says what to do."""


@dataclass(frozen=True)
class Body:
    """One named solid, or group of solids, of the result."""

    name: str
    colour: tuple[float, float, float] | None = None
    """sRGB red, green, blue from 0 to 1; None: the designer left it open."""


@dataclass(frozen=True)
class Geometry:
    """What a script made, in mm."""

    data: bytes
    """`brep`: the kernel's binary B-rep, one compound whose children are the bodies, in order.
    `mesh`: the bodies' meshes, in order, as designs/formats/mesh_form.py defines."""
    bodies: tuple[Body, ...]
    form: Literal["brep", "mesh"] = "brep"


class Engine(Protocol):
    """One CAD kernel with its scripting language."""

    def environment(self) -> Environment:
        """Where its jailed processes run; raises EngineAbsent."""
        ...

    def fingerprint(self) -> str:
        """Names and versions of all in its environment that can change the geometry. Does not load the kernel. Raises
        EngineAbsent."""
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
    if not _NAME.fullmatch(name):
        raise UnknownEngine(f"not the name of an engine: {name[:40]!r}")
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name != module_name:
            raise
        raise UnknownEngine(f"there is no engine {name!r}: see designs/engines") from error
    if not hasattr(module, "ENGINE"):
        raise UnknownEngine(f"designs/engines/{name}.py is no engine")
    engine: Engine = module.ENGINE
    return engine


def engine_for(path: PurePath | str, text: str = "") -> str | None:
    """The name of the engine that builds this file, by its suffix and, of a script in Python, by what it imports; None
    where no engine does."""
    engine = ENGINE_OF_SUFFIX.get(PurePath(path).suffix.lower())
    return "build123d" if engine == "cadquery" and _BUILD123D.search(text) else engine
