"""Puts the warm worker into namespaces of its own, where the host grants them.

The *launcher* stays outside: it finds out what the host grants, gives the worker its user ids, waits for it and
cleans up after it.
"""

import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Never

from designs.sandbox import confine, filesystem, kernel

UNAVAILABLE = 97
"""Exit status of a launch under namespaces that the host does not grant."""
OTHER_UIDS = (0x70000000, 60_000)
"""Candidates for a user id that nobody has on the host; the second for hosts that map only 65,536."""
INNER_UID = 1
_NAMESPACES = confine.CHILD_NAMESPACES | kernel.CLONE_NEWPID


@dataclass(frozen=True)
class Host:
    """What the namespaces gave the worker."""

    own_user_namespace: bool
    own_uid: int | None
    pid_namespace: int
    """Descriptor of the worker's own, to come back to before each fork."""
    memory: int
    """Descriptor of the worker's own /proc/self/statm, which is out of sight later."""


@dataclass(frozen=True)
class Launch:
    """What is to be put into namespaces."""

    work: Callable[[Host], None]
    """The worker's life."""
    socket: int
    """The worker's; the launcher lets go of it."""
    root: Path
    """An empty folder, for the private root."""
    readable: tuple[Path, ...]
    """What is to be seen in it beside the interpreter."""


def launch(order: Launch) -> int | None:
    """Run the worker inside namespaces; None when the host grants none, otherwise its exit status, when it has
    ended."""
    for with_user in (True, False) if os.geteuid() == 0 else (True,):
        to_inner, from_outer = os.pipe(), os.pipe()
        pid = os.fork()
        if pid == 0:
            _inner(order, to_inner[0], from_outer[1], with_user=with_user)
        os.close(to_inner[0])
        os.close(from_outer[1])
        if os.read(from_outer[0], 1) == b"n":
            os.write(to_inner[1], str(_map_users(pid) if with_user else OTHER_UIDS[0]).encode() + b"\n")
        os.close(to_inner[1])
        if os.read(from_outer[0], 1) == b"r":
            os.close(order.socket)
            return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        os.waitpid(pid, 0)
    return None


def _inner(order: Launch, from_outer: int, to_outer: int, *, with_user: bool) -> Never:
    """New namespaces, then the worker as first process of the pid namespace, told to the launcher as it succeeds."""
    try:
        kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
        kernel.unshare(_NAMESPACES | (kernel.CLONE_NEWUSER if with_user else 0))
        os.write(to_outer, b"n")
        uid = int(os.read(from_outer, 32) or b"-1")
        if uid < 0:
            os._exit(UNAVAILABLE)
        pid = os.fork()
        if pid:
            os.close(to_outer)
            os.close(order.socket)
            os._exit(min(255, abs(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))))
        kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
        pid_namespace = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)
        memory = os.open("/proc/self/statm", os.O_RDONLY | os.O_CLOEXEC)
        filesystem.enter_private_root(order.root, order.readable)
        os.write(to_outer, b"r")
        os.close(to_outer)
    except OSError as error:
        sys.stderr.write(f"namespaces are not available: {error}\n")
        sys.stderr.flush()
        os._exit(UNAVAILABLE)
    try:
        order.work(Host(with_user, uid or None, pid_namespace, memory))
    except BaseException:  # noqa: BLE001  (outermost: a forked process never returns)
        sys.excepthook(*sys.exc_info())
        sys.stderr.flush()
        os._exit(1)
    os._exit(0)


def _map_users(pid: int) -> int:
    """Give the new user namespace its ids; returns the inner id for tasks: 0 when there is only the caller's own, -1
    when refused."""
    own_uid, own_gid = os.geteuid(), os.getegid()
    if own_uid == 0:
        for other in OTHER_UIDS:
            lines = f"0 0 1\n{INNER_UID} {other} 1\n"
            if _write(f"/proc/{pid}/uid_map", lines) and _write(f"/proc/{pid}/gid_map", lines):
                return INNER_UID
    single = _write(f"/proc/{pid}/setgroups", "deny") and _write(f"/proc/{pid}/uid_map", f"0 {own_uid} 1\n")
    return 0 if single and _write(f"/proc/{pid}/gid_map", f"0 {own_gid} 1\n") else -1


def _write(path: str, text: str) -> bool:
    try:
        Path(path).write_text(text)
    except OSError:
        return False
    return True
