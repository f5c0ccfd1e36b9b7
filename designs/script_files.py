"""The files of a script that comes without a manifest: itself, and what it imports from beside it, and nothing else,
since its folder may be anybody's."""

import stat
from collections.abc import Container
from pathlib import Path

from designs.portable import path_problem
from designs.scripts.imports import imported_files
from designs.scripts.reading import read_source

MAX_SCRIPT_SIZE = 1 << 20


def files_of_script(script: Path) -> tuple[str, ...]:
    """Paths relative to the script's folder, the script itself first."""
    folder = script.parent
    beside = _Beside(folder)
    return (script.name, *imported_files(script.name, beside, lambda path: read_source(folder / path)))


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
