"""Files that are on the disk when their writer is told so."""

import os
from pathlib import Path


def put_in_place(partial: Path, path: Path) -> None:
    """Put a written file in its place, file and folder synchronised: after a crash there is the old one or the new."""
    _synchronise(partial)
    partial.replace(path)
    _synchronise(path.parent)


def _synchronise(place: Path) -> None:
    fd = os.open(place, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
