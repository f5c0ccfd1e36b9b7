"""Where jailed processes run: which interpreter, what they may read beside it, which programs they may start."""

import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Environment:
    """Where an engine's jailed processes run."""

    name: str
    python: Path
    """Interpreter of the warm worker; the `designs` package of this one is put on its path."""
    engines: tuple[str, ...]
    """Which engines are warmed up in it."""
    readable: tuple[Path, ...] = ()
    """Beside the interpreter, its libraries and the system's."""
    programs: tuple[Path, ...] = ()
    """Executables that a task may start."""


CAD = Environment("cad", Path(sys.executable), ("cadquery",))
"""Cofab's own: CadQuery runs there, and every artifact is made there."""
