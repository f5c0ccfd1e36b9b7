"""The private root: an empty file system into which only the interpreter and its libraries are bound, read-only."""

import ctypes
import os
import struct
import sys
from collections.abc import Iterable
from pathlib import Path

from designs.sandbox import kernel

SCRATCH = Path("/scratch")
"""Where a task works, inside the private root."""
KEPT = Path("/kept")
"""Where the worker keeps what engines need on disk; tasks may read it."""

_SYSTEM = ("/usr/lib", "/usr/lib64", "/usr/libexec", "/lib", "/lib64", "/etc/ld.so.cache")
DEVICES = (Path("/dev/null"), Path("/dev/zero"), Path("/dev/urandom"))
_MOUNT_SETATTR = 442
_AT_RECURSIVE = 0x8000
_AT_FDCWD = (1 << 64) - 100


def readable(extra: Iterable[Path] = ()) -> list[Path]:
    """What a task may read: the interpreter's import path, this package, the system's shared libraries, and the
    environment's `extra`."""
    wanted = [Path(entry) for entry in sys.path if entry]
    wanted += [Path(prefix) / "lib" for prefix in (sys.prefix, sys.base_prefix)]
    wanted += [Path(__file__).parents[1], *map(Path, _SYSTEM), *extra]
    existing = sorted({path for path in wanted if path.exists()})
    return [path for path in existing if not any(other in path.parents for other in existing)]


def loaders() -> list[Path]:
    """The dynamic loader, without which no program starts."""
    return [path for folder in ("/lib64", "/lib") for path in sorted(Path(folder).glob("ld-*.so*"))]


def enter_private_root(root: Path, extra: Iterable[Path] = ()) -> None:
    """Move this process, which has a mount namespace of its own, into a new root built on the empty folder `root`."""
    kernel.mount("none", "/", None, kernel.MS_REC | kernel.MS_PRIVATE)
    kernel.mount("cofab", str(root), "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, "size=16m,nr_inodes=512,mode=755")
    for path in readable(extra):
        _bind(path, root)
    for device in DEVICES:
        _bind(device, root, nodev=False)
    for folder in (SCRATCH, KEPT, Path("/old")):
        (root / folder.relative_to("/")).mkdir()
    kernel.pivot_root(str(root), str(root / "old"))
    os.chdir("/")
    kernel.detach("/old")
    Path("/old").rmdir()


def seal_private_root() -> None:
    """Make the root itself read-only too, when the worker has put down what it keeps."""
    _set_attributes(Path("/"), kernel.MS_RDONLY, recursive=False)


def mount_scratch(size: int, files: int) -> None:
    """A private, bounded, noexec place to work, which goes away with this process's mount namespace."""
    flags = kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC
    kernel.mount("scratch", str(SCRATCH), "tmpfs", flags, f"size={size},nr_inodes={files},mode=700")


def _bind(path: Path, root: Path, *, nodev: bool = True) -> None:
    target = root / path.relative_to("/")
    if path.is_symlink():
        _make_parents(target)
        target.symlink_to(path.readlink())
        return
    _make_parents(target)
    if path.is_dir():
        target.mkdir(exist_ok=True)
    else:
        target.touch()
    kernel.mount(str(path), str(target), None, kernel.MS_BIND | kernel.MS_REC)
    _set_attributes(target, kernel.MS_RDONLY | kernel.MS_NOSUID | (kernel.MS_NODEV if nodev else 0), recursive=True)


def _make_parents(target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o755)


def _set_attributes(path: Path, attributes: int, *, recursive: bool) -> None:
    """mount_setattr(2): add attributes (the same bits as the classic MS_ ones) and clear none."""
    request = struct.pack("=QQQQ", attributes, 0, 0, 0)
    buffer = ctypes.create_string_buffer(request, len(request))
    kernel.syscall(
        _MOUNT_SETATTR, _AT_FDCWD, os.fsencode(path), _AT_RECURSIVE if recursive else 0, buffer, len(request)
    )
