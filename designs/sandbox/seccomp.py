"""The seccomp filter: an allow-list written as a BPF program by hand. Pure: bytes out; kernel.py installs them.

A call that is not allowed fails with EPERM, so that a script gets an exception and not a dead process; a call under a
foreign architecture's numbers kills, since nothing but an attack does that.
"""

import errno
import struct

from designs.sandbox import kernel, syscalls

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _AND, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
_ALLOW, _KILL = 0x7FFF0000, 0x80000000
_DENY = 0x00050000 | errno.EPERM
_ABSENT = 0x00050000 | errno.ENOSYS
_NUMBER, _ARCHITECTURE = 0, 4
_AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_X32_BIT = 0x40000000

_THREAD_FLAGS = kernel.CLONE_VM | kernel.CLONE_THREAD
_NAMESPACE_FLAGS = (
    kernel.CLONE_NEWNS
    | kernel.CLONE_NEWUTS
    | kernel.CLONE_NEWIPC
    | kernel.CLONE_NEWUSER
    | kernel.CLONE_NEWPID
    | kernel.CLONE_NEWNET
    | kernel.CLONE_NEWCGROUP
)
_FCNTL_COMMANDS = (0, 1, 2, 3, 4, 5, 6, 7, 1030, 1032)
"""F_DUPFD F_GETFD F_SETFD F_GETFL F_SETFL F_GETLK F_SETLK F_SETLKW F_DUPFD_CLOEXEC F_GETPIPE_SZ: none that sends
signals."""
_IOCTL_COMMANDS = (0x5401, 0x5413, 0x541B, 0x5450, 0x5451)
"""TCGETS TIOCGWINSZ FIONREAD FIONCLEX FIOCLEX: what files are asked when they are opened."""
_PRCTL_OPTIONS = (15, 16, 0x53564D41)
"""PR_SET_NAME PR_GET_NAME PR_SET_VMA: names of threads and memory areas."""

_Instruction = tuple[int, int, int, int]


def program(machine: str, own_pid: int, *, threads: bool = True, starts_programs: bool = False) -> bytes:
    """The filter for this architecture (KeyError for one that has no table). `own_pid` is the sole process it may
    signal; with `threads` it may start some, with `starts_programs` it may fork and execute."""
    column = syscalls.ARCHITECTURES[machine]
    code: list[_Instruction] = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, _AUDIT_ARCH[machine]),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
    ]
    if machine == "x86_64":
        code += [(_AT_LEAST, 0, 1, _X32_BIT), (_RETURN, 0, 0, _KILL)]
    calls = syscalls.ALLOWED | (syscalls.TO_START_PROGRAMS if starts_programs else {})
    for numbers in calls.values():
        number = numbers[column]
        if number is not None:
            code += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _ALLOW)]
    code += _for(syscalls.CLONE3[column], [(_RETURN, 0, 0, _ABSENT)])  # glibc then falls back to clone
    if starts_programs:
        code += _for(syscalls.CLONE[column], _no_namespaces())
    elif threads:
        code += _for(syscalls.CLONE[column], _only_threads())
    code += _for(syscalls.FCNTL[column], _one_of(1, _FCNTL_COMMANDS))
    code += _for(syscalls.IOCTL[column], _one_of(1, _IOCTL_COMMANDS))
    code += _for(syscalls.PRCTL[column], _one_of(0, _PRCTL_OPTIONS))
    code += _for(syscalls.TGKILL[column], _one_of(0, (own_pid,)))
    code += _for(syscalls.PRLIMIT64[column], _only_null(2))
    code.append((_RETURN, 0, 0, _DENY))
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in code)


def _for(number: int, block: list[_Instruction]) -> list[_Instruction]:
    """The block, which ends in a return on every way, entered for this call only."""
    return [(_EQUAL, 0, len(block), number), *block]


def _argument(index: int, *, high: bool = False) -> _Instruction:
    return (_LOAD, 0, 0, 16 + 8 * index + (4 if high else 0))


def _one_of(index: int, values: tuple[int, ...]) -> list[_Instruction]:
    """Allowed when the low half of the argument, all that the kernel reads of an int, is one of the values."""
    block = [_argument(index)]
    for value in values:
        block += [(_EQUAL, 0, 1, value), (_RETURN, 0, 0, _ALLOW)]
    return [*block, (_RETURN, 0, 0, _DENY)]


def _only_null(index: int) -> list[_Instruction]:
    return [
        _argument(index),
        (_EQUAL, 0, 3, 0),
        _argument(index, high=True),
        (_EQUAL, 0, 1, 0),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _DENY),
    ]


def _no_namespaces() -> list[_Instruction]:
    return [
        _argument(0),
        (_ANY_BIT, 0, 1, _NAMESPACE_FLAGS),
        (_RETURN, 0, 0, _DENY),
        (_RETURN, 0, 0, _ALLOW),
    ]


def _only_threads() -> list[_Instruction]:
    return [
        _argument(0),
        (_AND, 0, 0, _THREAD_FLAGS),
        (_EQUAL, 0, 1, _THREAD_FLAGS),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _DENY),
    ]
