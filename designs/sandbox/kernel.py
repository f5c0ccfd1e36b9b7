"""The Linux system calls that Python does not offer, by ctypes. Constants are the kernel's own, from its uapi headers.

Every function raises OSError with the kernel's errno.
"""

import contextlib
import ctypes
import errno
import os
import platform

CLONE_NEWNS = 0x00020000
CLONE_NEWCGROUP = 0x02000000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000
CLONE_THREAD = 0x00010000
CLONE_VM = 0x00000100

MS_RDONLY = 1
MS_NOSUID = 2
MS_NODEV = 4
MS_NOEXEC = 8
MS_REMOUNT = 32
MS_BIND = 4096
MS_REC = 16384
MS_PRIVATE = 1 << 18
MNT_DETACH = 2

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_CAPBSET_DROP = 24
PR_SET_SECCOMP = 22
PR_SET_SECUREBITS = 28
PR_SET_NO_NEW_PRIVS = 38
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_CLEAR_ALL = 4
SECCOMP_MODE_FILTER = 2
SECUREBITS_ALL_LOCKED = 0xEF
"""NOROOT, NO_SETUID_FIXUP and NO_CAP_AMBIENT_RAISE set, and every bit but KEEP_CAPS locked."""

_CAPABILITY_VERSION_3 = 0x20080522
_LAST_CAPABILITY = 63
_SYS_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
_SYS_CAPSET = {"x86_64": 126, "aarch64": 91}


class _FilterProgram(ctypes.Structure):
    """struct sock_fprog"""

    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


def machine() -> str:
    """The architecture as the kernel names it: x86_64, aarch64 …"""
    return platform.machine()


def syscall(number: int, *arguments: int | bytes | ctypes.Array[ctypes.c_char] | ctypes.c_void_p | None) -> int:
    """Any system call by its number. Integers are passed as unsigned longs."""
    words = [ctypes.c_ulong(word) if isinstance(word, int) else word for word in arguments]
    result = int(_libc.syscall(ctypes.c_long(number), *words))
    if result < 0:
        raise _error()
    return result


def unshare(flags: int) -> None:
    """Leave the namespaces named by flags for new ones."""
    if _libc.unshare(ctypes.c_int(flags)) != 0:
        raise _error()


def single_threaded() -> bool:
    """Whether this process has one thread. The kernel refuses CLONE_THREAD to unshare(2) otherwise; where a container
    refuses the whole call, /proc is there to be asked."""
    if int(_libc.unshare(ctypes.c_int(CLONE_THREAD))) == 0:
        return True
    return ctypes.get_errno() != errno.EINVAL and len(os.listdir("/proc/self/task")) == 1


def setns(descriptor: int, kind: int) -> None:
    """Enter the namespace that the descriptor stands for; a pid namespace counts for children from now on."""
    if _libc.setns(ctypes.c_int(descriptor), ctypes.c_int(kind)) != 0:
        raise _error()


def mount(source: str, target: str, kind: str | None, flags: int, options: str | None = None) -> None:
    """mount(2)."""
    result = _libc.mount(
        source.encode(),
        os.fsencode(target),
        kind.encode() if kind else None,
        ctypes.c_ulong(flags),
        options.encode() if options else None,
    )
    if result != 0:
        raise _error(target)


def detach(target: str) -> None:
    """Take a mount out of the tree at once; it goes away when nobody uses it."""
    if _libc.umount2(os.fsencode(target), ctypes.c_int(MNT_DETACH)) != 0:
        raise _error(target)


def pivot_root(new_root: str, put_old: str) -> None:
    """Make new_root the root of this mount namespace."""
    syscall(_SYS_PIVOT_ROOT[machine()], os.fsencode(new_root), os.fsencode(put_old))


def prctl(option: int, *arguments: int) -> None:
    """prctl(2) with up to four integer arguments."""
    words = [ctypes.c_ulong(word) for word in (*arguments, 0, 0, 0, 0)[:4]]
    if _libc.prctl(ctypes.c_int(option), *words) != 0:
        raise _error()


def set_seccomp_filter(program: bytes) -> None:
    """Install a seccomp-BPF program (struct sock_filter, 8 bytes an instruction) for this process, for ever."""

    code = ctypes.create_string_buffer(program, len(program))
    descriptor = _FilterProgram(len(program) // 8, ctypes.cast(code, ctypes.c_void_p))
    if _libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(descriptor), 0, 0) != 0:
        raise _error()


def drop_capabilities() -> None:
    """Give up every capability, also those that could be regained, and lock the way back. Needs CAP_SETPCAP for the
    lock."""
    for capability in range(_LAST_CAPABILITY + 1):
        try:
            prctl(PR_CAPBSET_DROP, capability)
        except OSError:
            break  # above the kernel's last capability, or without CAP_SETPCAP: then there is nothing to drop
    with contextlib.suppress(PermissionError):  # an ordinary user outside of namespaces has no capabilities to lock
        prctl(PR_SET_SECUREBITS, SECUREBITS_ALL_LOCKED)
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    nothing = (ctypes.c_uint32 * 6)()
    syscall(_SYS_CAPSET[machine()], ctypes.cast(header, ctypes.c_void_p), ctypes.cast(nothing, ctypes.c_void_p))


def _error(about: str | None = None) -> OSError:
    number = ctypes.get_errno()
    return OSError(number, os.strerror(number), about) if about else OSError(number, os.strerror(number))
