"""Folders on the host's disk: owned while their process lives, swept when it died, removed however they were filled.

An owner holds a lock (flock) on its folder, which the kernel lets go of with the process: neither a process id that
is used again nor another pid namespace can make a dead owner look alive.
"""

import contextlib
import fcntl
import os
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PREFIX = "cofab-"
JAIL = "cofab-jail-"
SUFFIX = ".owned"
"""Of folders that are locked as long as somebody needs them; no others are swept."""
GRACE_SECONDS = 60.0
"""A folder younger than this may be about to be locked."""
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class OwnedFolder:
    """A new folder for temporary files, which another process sweeps where this one dies before `remove`."""

    def __init__(self, prefix: str) -> None:
        self.path = Path(tempfile.mkdtemp(SUFFIX, prefix))
        self._lock = os.open(self.path, _FOLDER)
        with contextlib.suppress(OSError):  # a file system without locks: then nobody sweeps it either
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def remove(self) -> None:
        """With all that is in it."""
        remove(self.path)
        os.close(self._lock)


@contextmanager
def owned_folder(prefix: str) -> Iterator[Path]:
    """An OwnedFolder for the length of a block."""
    folder = OwnedFolder(prefix)
    try:
        yield folder.path
    finally:
        folder.remove()


def sweep(now: float | None = None) -> list[str]:
    """Remove what dead processes of this user left in the system's folder for temporary files; gives the names.
    `now` in seconds since the epoch."""
    swept = []
    parent = os.open(tempfile.gettempdir(), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with os.scandir(parent) as entries:
            names = [entry.name for entry in entries if _is_swept(entry.name)]
        for name in names:
            with contextlib.suppress(OSError):  # not a folder, not ours, still owned, or another sweeper was first
                _reclaim(parent, name, time.time() if now is None else now)
                swept.append(name)
    finally:
        os.close(parent)
    return swept


def _is_swept(name: str) -> bool:
    return name.startswith(PREFIX) and name.endswith(SUFFIX)


def _reclaim(parent: int, name: str, now: float) -> None:
    folder = os.open(name, _FOLDER, dir_fd=parent)
    try:
        found = os.fstat(folder)
        if found.st_uid != os.geteuid() or now - found.st_mtime < GRACE_SECONDS:
            raise PermissionError(f"{name} is somebody else's, or new")
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _empty(folder)
        os.rmdir(name, dir_fd=parent)
    finally:
        os.close(folder)


def remove(folder: Path) -> None:
    """Remove a folder that a hostile process may have filled and that nobody uses any more. Links are not followed and
    depth does not matter; what cannot be removed stays."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, _FOLDER)
        try:
            _empty(descriptor)
        finally:
            os.close(descriptor)
        folder.rmdir()


def fits(folder: Path, size: int, files: int) -> bool:
    """Whether what is in the folder stays within bounds, bytes and files. False too where it is deeper than a path can
    be long."""
    pending = [str(folder)]
    count = total = 0
    while pending:
        try:
            with os.scandir(pending.pop()) as entries:
                for entry in entries:
                    count += 1
                    found = entry.stat(follow_symlinks=False)
                    total += found.st_blocks * 512
                    if count > files or total > size:
                        return False
                    if stat.S_ISDIR(found.st_mode):
                        pending.append(entry.path)
        except (FileNotFoundError, PermissionError):
            continue  # gone again; or a folder that its maker cannot write to either
        except OSError:
            return False
    return True


def _empty(top: int) -> None:
    """Down and up again by one descriptor, however deep it goes."""
    here = os.dup(top)
    above: list[tuple[str, list[str]]] = []  # the folder that was entered at each level, and those left beside it
    try:
        left = _unlink_files(here)
        while left or above:
            if left:
                name = left.pop()
                above.append((name, left))
                here = _move(here, _enter(here, name))
                left = _unlink_files(here)
            else:
                name, left = above.pop()
                here = _move(here, os.open("..", _FOLDER, dir_fd=here))
                os.rmdir(name, dir_fd=here)
    finally:
        os.close(here)


def _move(here: int, there: int) -> int:
    os.close(here)
    return there


def _enter(parent: int, name: str) -> int:
    os.chmod(name, 0o700, dir_fd=parent)  # its maker may have taken the rights from everybody
    return os.open(name, _FOLDER, dir_fd=parent)


def _unlink_files(folder: int) -> list[str]:
    """Remove all but the folders, whose names are given."""
    with os.scandir(folder) as entries:
        found = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
    for name, is_folder in found:
        if not is_folder:
            os.unlink(name, dir_fd=folder)
    return [name for name, is_folder in found if is_folder]
