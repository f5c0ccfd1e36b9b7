"""The files of a script that comes without a manifest: itself, and what it imports from beside it, and nothing else,
since its folder may be anybody's."""

import stat
from collections.abc import Container
from pathlib import Path

from designs.engines.interface import engine_for
from designs.openscad.beside import used_files
from designs.portable import path_problem
from designs.scripts.imports import imported_files
from designs.scripts.reading import read_source
from designs.snapshot import MAX_FILE_SIZE

MAX_SCRIPT_SIZE = 1 << 20


def files_of_script(script: Path) -> tuple[str, ...]:
    """Paths relative to the script's folder, the script itself first. Scripts take along what they import, include or
    use; a file of geometry takes nothing."""
    folder = script.parent
    beside = _Beside(folder)
    match script.suffix.lower():
        case ".py":
            return (script.name, *imported_files(script.name, beside, lambda path: read_source(folder / path)))
        case ".scad":
            return (script.name, *used_files(script.name, beside, lambda path: _text(folder / path)))
    return (script.name,)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.stat().st_size <= MAX_SCRIPT_SIZE else ""


def most_bytes(script: Path) -> int:
    """How large a script may be, or a file of geometry that is a design by itself."""
    return MAX_FILE_SIZE if engine_for(script) == "solid" else MAX_SCRIPT_SIZE


def engine_of(script: Path) -> str | None:
    """The name of the engine that builds a file; None where none does. A script in Python is looked into."""
    engine = engine_for(script)
    if script.suffix.lower() != ".py" or script.stat().st_size > MAX_SCRIPT_SIZE:
        return engine
    return engine_for(script, script.read_text(encoding="utf-8", errors="replace"))


class _Beside(Container[str]):
    """The plain files of a folder that may go along. Links are not followed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __contains__(self, path: object) -> bool:
        if not isinstance(path, str) or path_problem(path):
            return False
        found = self._folder / path
        if any(parent.is_symlink() for parent in list(found.parents)[: path.count("/")]):
            return False
        try:
            status = found.lstat()
        except OSError:
            return False
        return stat.S_ISREG(status.st_mode) and status.st_size <= MAX_SCRIPT_SIZE
