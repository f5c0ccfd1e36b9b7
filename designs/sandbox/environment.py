"""Where an engine's jailed processes run: an interpreter with its libraries, and what else a task may read or start.

Each environment has a warm worker of its own, so that engines which need different versions of one library never mix.
"""

import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Environment:
    """One toolchain, and what its tasks may reach beside their own files."""

    name: str
    """`cad`, `build123d`, `openscad`: what people are told."""
    python: Path
    """Interpreter of the warm worker. It need not have Cofab installed: the worker puts the `designs` package before
    it."""
    engines: tuple[str, ...]
    """Modules of designs.engines that are warmed up in it."""
    readable: tuple[Path, ...] = ()
    """Files and folders beside the interpreter, its libraries and the system's."""
    programs: tuple[Path, ...] = ()
    """Executables that a task may start. Where this is empty, nothing at all can be started and nothing forked."""
    variables: tuple[tuple[str, str], ...] = ()
    """Environment variables of the warm worker, beside or in place of its usual ones; tasks do not see them."""


CAD = Environment("cad", Path(sys.executable), ("cadquery",))
"""The interpreter that runs this, with CadQuery. Artifacts are always made here, whatever made the geometry."""
