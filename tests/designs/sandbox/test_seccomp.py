"""The filter's program, run by a small BPF machine: what it says for every call and architecture."""

import errno
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designs.sandbox import seccomp, syscalls

ALLOW, KILL = 0x7FFF0000, 0x80000000
EPERM, ENOSYS = 0x50000 | errno.EPERM, 0x50000 | errno.ENOSYS
AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
MACHINES = sorted(syscalls.ARCHITECTURES)
OWN_PID = 4242
ANY_WORD = st.integers(0, (1 << 64) - 1)


def verdict(machine: str, number: int, *arguments: int, arch: int | None = None) -> int:
    """Run the program on one call."""
    words = (*arguments, *[0] * 6)[:6]
    data = struct.pack("<iIQ6Q", number, AUDIT[machine] if arch is None else arch, 0, *words)
    code = [
        struct.unpack_from("=HBBI", program, 8 * i)
        for program in [seccomp.program(machine, OWN_PID)]
        for i in range(len(program) // 8)
    ]
    accumulator, at = 0, 0
    while True:
        operation, yes, no, k = code[at]
        at += 1
        match operation:
            case 0x20:
                (accumulator,) = struct.unpack_from("<I", data, k)
            case 0x15:
                at += yes if accumulator == k else no
            case 0x35:
                at += yes if accumulator >= k else no
            case 0x54:
                accumulator &= k
            case 0x06:
                return int(k)
            case _:
                raise AssertionError(f"operation {operation:#x}")


@pytest.mark.parametrize("machine", MACHINES)
def test_every_allowed_call_and_no_other(machine: str) -> None:
    column = syscalls.ARCHITECTURES[machine]
    allowed = {numbers[column] for numbers in syscalls.ALLOWED.values()} - {None}
    special = {pair[column] for pair in (syscalls.CLONE, syscalls.CLONE3, syscalls.IOCTL, syscalls.FCNTL)}
    special |= {pair[column] for pair in (syscalls.PRCTL, syscalls.PRLIMIT64, syscalls.TGKILL)}
    assert not allowed & special
    for number in set(range(600)) - special:
        assert verdict(machine, number, 1, 1, 1) == (ALLOW if number in allowed else EPERM), number


DANGEROUS = {
    "socket": (41, 198), "connect": (42, 203), "execve": (59, 221), "kill": (62, 129), "ptrace": (101, 117),
    "mount": (165, 40), "unshare": (272, 97), "setns": (308, 268), "bpf": (321, 280), "keyctl": (250, 219),
    "io_uring_setup": (425, 425), "userfaultfd": (323, 282), "process_vm_readv": (310, 270), "memfd_create": (319, 279),
    "pidfd_open": (434, 434), "perf_event_open": (298, 241), "init_module": (175, 105), "shmget": (29, 194),
    "pivot_root": (155, 41), "setuid": (105, 146), "personality": (135, 92), "mknodat": (259, 33), "tkill": (200, 130),
    "chroot": (161, 51), "seccomp": (317, 277), "landlock_restrict_self": (446, 446), "execveat": (322, 281),
}  # fmt: skip


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("name", DANGEROUS)
def test_dangerous_calls(machine: str, name: str) -> None:
    assert verdict(machine, DANGEROUS[name][syscalls.ARCHITECTURES[machine]]) == EPERM


@given(st.sampled_from(MACHINES), st.integers(0, 500), st.integers(0, (1 << 32) - 1))
def test_foreign_architectures_kill(machine: str, number: int, arch: int) -> None:
    if arch != AUDIT[machine]:
        assert verdict(machine, number, arch=arch) == KILL


@given(st.integers(0, 600))
def test_x32_kills(number: int) -> None:
    assert verdict("x86_64", 0x40000000 | number) == KILL


@given(st.sampled_from(MACHINES), ANY_WORD)
def test_clone_makes_threads_only(machine: str, flags: int) -> None:
    number = syscalls.CLONE[syscalls.ARCHITECTURES[machine]]
    thread = flags & 0x00010100 == 0x00010100
    assert verdict(machine, number, flags) == (ALLOW if thread else EPERM)
    assert verdict(machine, 435, flags) == ENOSYS


@given(st.sampled_from(MACHINES), ANY_WORD)
def test_limits_are_read_only(machine: str, pointer: int) -> None:
    number = syscalls.PRLIMIT64[syscalls.ARCHITECTURES[machine]]
    assert verdict(machine, number, 0, 7, pointer, 1) == (EPERM if pointer else ALLOW)


@given(st.sampled_from(MACHINES), st.integers(0, (1 << 32) - 1))
def test_signals_reach_itself_only(machine: str, pid: int) -> None:
    number = syscalls.TGKILL[syscalls.ARCHITECTURES[machine]]
    assert verdict(machine, number, pid, pid, 6) == (ALLOW if pid == OWN_PID else EPERM)
    assert verdict(machine, number, OWN_PID, 1, 6) == ALLOW


def test_only_harmless_ioctl_fcntl_prctl() -> None:
    assert verdict("x86_64", 16, 0, 0x5412) == EPERM, "TIOCSTI types into the terminal"
    assert verdict("x86_64", 72, 0, 8) == EPERM, "F_SETOWN directs signals"
    assert verdict("x86_64", 157, 22) == EPERM, "PR_SET_SECCOMP"
    assert verdict("x86_64", 72, 0, 1) == ALLOW


def test_an_unknown_architecture_has_no_filter() -> None:
    with pytest.raises(KeyError):
        seccomp.program("vax", 1)
