"""What a task's process does to itself before it sees the first byte from outside: every layer, in order."""

import os
import resource
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from designs.sandbox import filesystem, kernel, landlock, seccomp
from designs.sandbox.limits import Limits

CHILD_NAMESPACES = kernel.CLONE_NEWNS | kernel.CLONE_NEWIPC | kernel.CLONE_NEWUTS | kernel.CLONE_NEWNET
_SIGKILL = 9
_PROCESSES = 256
"""Of all tasks of one worker together: they share a user id. A second line behind seccomp, which lets none be
started."""
_NICE = 5
"""Builds give way to the server that asked for them."""


class Floor(StrEnum):
    """How much confinement somebody asks for, from most to least."""

    STRICT = "strict"
    """Three walls, each of which would do alone: namespaces with a private root, Landlock, and seccomp."""
    STANDARD = "standard"
    """Files, network and other processes are out of reach: seccomp, and one of the other two."""
    ANY = "any"
    """Limits of time, memory and output alone: for the scripts of people one trusts."""


@dataclass(frozen=True)
class FloorDecision:
    """Whether a host reaches a floor, and what it lacks where it does not."""

    floor: Floor
    met: bool
    reasons: tuple[str, ...]
    """What is lacking, in words; empty when the floor is met."""


@dataclass(frozen=True)
class Confinement:
    """Which layers this host grants; found out by the worker when it starts."""

    namespaces: bool
    """Own user, pid, mount, network, ipc and host-name namespaces, and a private root."""
    own_user_namespace: bool
    """False: the worker is the host's root and made the others without one."""
    own_uid: int | None
    """A user id that owns nothing, as seen inside; None: the worker's own, without capabilities."""
    landlock_abi: int
    """0: none."""
    seccomp: bool

    def meets(self, floor: Floor) -> FloorDecision:
        """Whether this is as much as the floor asks for."""
        reasons = []
        if floor is not Floor.ANY and not self.seccomp:
            reasons.append("no seccomp: the kernel must offer filters, on x86_64 or aarch64")
        if floor is Floor.STRICT and not self.namespaces:
            reasons.append("no namespaces: allow unprivileged user namespaces")
        if floor is Floor.STRICT and not self.landlock_abi:
            reasons.append("no Landlock: use a kernel from 5.13 on that has it switched on")
        if floor is Floor.STANDARD and not (self.namespaces or self.landlock_abi):
            reasons.append("neither namespaces nor Landlock: allow unprivileged user namespaces, or switch Landlock on")
        return FloorDecision(floor, not reasons, tuple(reasons))

    def reaches(self) -> Floor:
        """The highest floor that is met."""
        return next(floor for floor in Floor if self.meets(floor).met)

    @property
    def sufficient(self) -> bool:
        """Whether a stranger's script may run."""
        return self.meets(Floor.STANDARD).met

    def layers(self) -> dict[str, bool]:
        """Every layer by name, and whether this host has it."""
        return {
            "namespaces": self.namespaces,
            "user namespace": self.own_user_namespace,
            "private root": self.namespaces,
            "own user id": self.own_uid is not None,
            "landlock": self.landlock_abi > 0,
            "landlock network": self.landlock_abi >= 4,
            "landlock signals": self.landlock_abi >= 6,
            "seccomp": self.seccomp,
            "limits": True,
        }


@dataclass(frozen=True)
class Reach:
    """What a task may reach beside its scratch folder."""

    kept: Path
    """What the worker put down for its engines."""
    scratch: Path
    """Where it works; outside of namespaces a folder of its own in there."""
    readable: tuple[Path, ...] = ()
    programs: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Door:
    """What is still open when a process has locked itself in: it waits for its task there."""

    filter: bytes | None
    """The seccomp program; None where the host has none."""


def enter(confinement: Confinement, limits: Limits, scratch: Path, reach: Reach, base_memory: int) -> Door:
    """Lock this process in, but for the last door. `base_memory` is the address space that the warm worker had mapped
    already, bytes."""
    os.setpgid(0, 0)  # no session of its own: where the kernel groups by sessions, niceness counts within one only
    if confinement.namespaces:
        kernel.unshare(CHILD_NAMESPACES)
        filesystem.mount_scratch(limits.scratch_bytes, limits.scratch_files)
    for name in ("in", "home", "tmp"):
        (scratch / name).mkdir(mode=0o700)
    if confinement.own_uid is not None:
        _give_away(scratch, confinement.own_uid)
    os.nice(_NICE)
    _set_limits(limits, base_memory)
    if confinement.namespaces:  # outside of them everything else that the user runs would count
        resource.setrlimit(resource.RLIMIT_NPROC, (_PROCESSES, _PROCESSES))
    _drop_rights(confinement.own_uid)
    if confinement.landlock_abi:
        startable = [*reach.programs, *filesystem.loaders()] if reach.programs else []
        readable = filesystem.readable((*reach.readable, *reach.programs))
        landlock.restrict([*readable, *filesystem.DEVICES, reach.kept], [scratch], startable)
    _settle(scratch)
    return Door(_filter(limits, reach) if confinement.seccomp else None)


def close(door: Door, limits: Limits, base_memory: int) -> None:
    """Shut the last door, before the first byte from outside is read. `limits` are those of the task."""
    _set_limits(limits, base_memory)
    if door.filter is not None:
        kernel.set_seccomp_filter(door.filter)


def _filter(limits: Limits, reach: Reach) -> bytes:
    return seccomp.program(
        kernel.machine(), os.getpid(), threads=limits.threads > 1, starts_programs=bool(reach.programs)
    )


def _give_away(scratch: Path, uid: int) -> None:
    for path in (scratch, *scratch.iterdir()):
        os.chown(path, uid, uid)


def _set_limits(limits: Limits, base_memory: int) -> None:
    bounds = {
        resource.RLIMIT_AS: base_memory + limits.memory_bytes,
        resource.RLIMIT_CPU: limits.cpu_seconds,
        resource.RLIMIT_FSIZE: limits.file_bytes,
        resource.RLIMIT_NOFILE: limits.open_files,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_MEMLOCK: 0,
        resource.RLIMIT_MSGQUEUE: 0,
    }
    for which, bound in bounds.items():
        resource.setrlimit(which, (bound, bound))


def _drop_rights(uid: int | None) -> None:
    if uid is not None:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    kernel.drop_capabilities()
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    kernel.prctl(kernel.PR_SET_DUMPABLE, 0)
    kernel.prctl(kernel.PR_SET_PDEATHSIG, _SIGKILL)  # a change of user ids forgets one that was set before


def _settle(scratch: Path) -> None:
    os.environ.clear()
    os.environ.update(HOME=str(scratch / "home"), TMPDIR=str(scratch / "tmp"), LC_ALL="C.UTF-8")
    os.umask(0o077)
    os.chdir(scratch / "in")
