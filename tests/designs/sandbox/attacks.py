"""The hostile suite as a table: what is attempted, and which layers stop it, each by itself.

A script says BREACH where an attempt gets through. It does no harm then: it is also run with every layer off, where
it must get through, since a probe that fails anyway shows nothing. `{secret}` and the like are things of the host
that the test puts there (see conftest.py).
"""
# ruff: noqa: E501  (a small script on a line reads better than one that is wrapped)

from dataclasses import dataclass

NAMESPACES, LANDLOCK, SECCOMP = "namespaces", "landlock", "seccomp"
NET, SIGNALS = "landlock network", "landlock signals"
"""What Landlock stops from its ABI 4, and 6, on."""
LAYERS = (NAMESPACES, LANDLOCK, SECCOMP)


@dataclass(frozen=True)
class Attack:
    """One attempt."""

    script: str
    stopped_by: frozenset[str]
    opens: bool = True
    """Whether it gets through where there is no layer. False: the kernel refuses it to a process without capabilities,
    or its administrator may have switched it off."""


def _by(*layers: str, opens: bool = True, script: str) -> Attack:
    return Attack(script, frozenset(layers), opens)


_FILES = {
    "read a file of the host": "refused(lambda: open({secret!r}).read())",
    "read the list of users": "refused(open, '/etc/passwd')",
    "list a folder of the host": "refused(os.listdir, {folder!r})",
    "write to a file of the host": "refused(open, {secret!r}, 'a')",
    "create a file on the host": "refused(make, {folder!r} + '/new')",
    "remove a file of the host": "refused(lambda: (os.unlink({victim_file!r}), open({victim_file!r}, 'w')))",
    "rename a file of the host": "refused(lambda: (os.rename({secret!r}, {secret!r} + '2'), os.rename({secret!r} + '2', {secret!r})))",
    "follow a link to the host": "os.symlink({secret!r}, 'link')\nrefused(open, 'link')",
    "climb out by a relative path": "refused(open, '../' * 20 + {secret!r})",
    "climb out by an open folder": "d = os.open('.', os.O_RDONLY)\nrefused(lambda: os.open('../' * 20 + {secret!r}, os.O_RDONLY, dir_fd=d))",
    "look at its own files in /proc": "refused(open, '/proc/self/maps')",
    "read another process's environment": "refused(lambda: open('/proc/{victim}/environ').read())",
    "open another process's memory": "refused(open, '/proc/{victim}/mem', 'rb')",
    "leave something in shared memory": "refused(make, '/dev/shm/{name}')",
    "poison the libraries": "refused(make, {site!r} + '/{name}.py')",
    "poison what is kept for all designs": "refused(make, {kept!r} + '/{name}')",
    "poison a compiled module": "refused(make, {package!r} + '/__pycache__/{name}.pyc')",
    "find other builds' folders": "others = os.path.dirname(os.path.dirname(os.getcwd()))\nif others != '/': refused(os.listdir, others)",
}  # fmt: skip
_PROCESSES = {
    "signal another process": _by(NAMESPACES, SIGNALS, SECCOMP, script="refused(os.kill, {victim}, 0)"),
    "signal its worker": _by(NAMESPACES, SIGNALS, SECCOMP, script="refused(os.kill, {worker}, 0)"),
    "signal a thread of another process": _by(NAMESPACES, SIGNALS, SECCOMP, script="call('tgkill', {victim}, {victim}, 0)"),
    "hold another process by descriptor": _by(NAMESPACES, SECCOMP, script="call('pidfd_open', {victim}, 0)"),
    "trace another process": _by(NAMESPACES, LANDLOCK, SECCOMP, script="call('ptrace', 0x4206, {victim}, 0, 0)"),
    "read another process's memory": _by(NAMESPACES, LANDLOCK, SECCOMP, script="b = ctypes.create_string_buffer(8)\nv = (ctypes.c_ulong * 2)(ctypes.addressof(b), 8)\nr = (ctypes.c_ulong * 2)({address}, 8)\ncall('process_vm_readv', {victim}, v, 1, r, 1, 0)"),
    "write another process's memory": _by(NAMESPACES, LANDLOCK, SECCOMP, script="b = ctypes.create_string_buffer(8)\nv = (ctypes.c_ulong * 2)(ctypes.addressof(b), 8)\nr = (ctypes.c_ulong * 2)({address}, 8)\ncall('process_vm_writev', {victim}, v, 1, r, 1, 0)"),
    "see another process's scheduling": _by(NAMESPACES, SECCOMP, script="refused(os.sched_getscheduler, {victim})"),
    "slow another process down": _by(NAMESPACES, SECCOMP, script="refused(os.setpriority, os.PRIO_PROCESS, {victim}, 20)"),
    "take another process's limits": _by(NAMESPACES, SECCOMP, script="import resource\nrefused(resource.prlimit, {victim}, resource.RLIMIT_CORE, (0, 0))"),
}  # fmt: skip
_CHILDREN = {
    "fork": "pid = os.fork()\nif pid == 0: os._exit(0)\nbreach('forked')",
    "start a thread": "import threading\nrefused(threading.Thread(target=int).start)",
    "start a program": "import subprocess\nrefused(subprocess.run, [{true!r}])",
    "become a program": "pid = os.fork()\nif pid == 0:\n    try: os.execv({true!r}, ['true'])\n    except OSError: os._exit(9)\nif os.waitpid(pid, 0)[1] == 0: breach('executed')",
    "leave a daemon behind": "pid = os.fork()\nif pid == 0:\n    os.setsid()\n    time.sleep(0.01)\n    os._exit(0)\nbreach('daemon')",
}  # fmt: skip
_NETWORK = {
    "reach a service on loopback": _by(NAMESPACES, NET, SECCOMP, script="refused(socket.create_connection, ('127.0.0.1', {port}), 2)"),
    "offer a service": _by(NET, SECCOMP, script="s = socket.socket()\nrefused(s.bind, ('0.0.0.0', 0))"),
    "send a datagram to loopback": _by(NAMESPACES, SECCOMP, script="s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\nrefused(s.sendto, b'x', ('127.0.0.1', {udp}))"),
    "reach an abstract socket": _by(NAMESPACES, SIGNALS, SECCOMP, script="s = socket.socket(socket.AF_UNIX)\nrefused(s.connect, '\\0{name}')"),
    "reach a socket in the file system": _by(NAMESPACES, SECCOMP, script="s = socket.socket(socket.AF_UNIX)\nrefused(s.connect, {socket!r})"),
}  # fmt: skip
_FAMILIES = {
    "inet": 2, "unix": 1, "inet6": 10, "netlink": 16, "packet": 17, "vsock": 40, "alg": 38, "bluetooth": 31, "can": 29,
    "key": 15, "xdp": 44, "tipc": 30, "qipcrtr": 42, "smc": 43,
}  # fmt: skip
_ALWAYS_THERE = {"inet", "unix"}

_CALLS = {
    # the kernel's answer, when it comes as far: anything but EPERM and ENOSYS
    "io_uring_setup": (8, 0), "bpf": (-1, 0, 0), "keyctl": (0, -3, 0), "add_key": (0, 0, 0, 0, -3), "userfaultfd": (1,),
    "request_key": (0, 0, 0, 0), "perf_event_open": (0, 0, 0, 0, 0), "unshare": (0,), "setns": (-1, 0),
    "memfd_create": (b"x", 0), "memfd_secret": (0,), "inotify_init1": (0,), "fanotify_init": (0, 0), "epoll_create1": (0,),
    "eventfd2": (0, 0), "timerfd_create": (0, 0), "signalfd4": (-1, 0, 8, 0), "personality": (0xFFFFFFFF,),
    "socketpair": (1, 1, 0, 0), "shmget": (0, 4096, 0o600), "semget": (0, 1, 0o600), "msgget": (0, 0o600),
    "mq_open": (0, 0, 0, 0), "splice": (-1, 0, -1, 0, 0, 0), "tee": (-1, -1, 0, 0), "vmsplice": (-1, 0, 0, 0),
    "process_madvise": (-1, 0, 0, 0, 0), "migrate_pages": (0, 0, 0, 0), "move_pages": (0, 0, 0, 0, 0, 0),
    "mbind": (0, 0, 0, 0, 0, 0), "set_mempolicy": (0, 0, 0), "remap_file_pages": (0, 0, 0, 0, 0), "mlock": (0, 0),
    "pkey_alloc": (0, 0), "seccomp": (3, 0, 0), "landlock_create_ruleset": (0, 0, 1), "name_to_handle_at": (0, 0, 0, 0, 0),
    "kcmp": (0, 0, 0, 0, 0), "setitimer": (0, 0, 0), "timer_create": (0, 0, 0), "sched_setscheduler": (0, 0, 0),
    "sched_setaffinity": (0, 0, 0), "setpriority": (0, 0, 20), "ioprio_set": (1, 0, 0x6007), "setsid": (), "chmod": (0, 0),
    "setxattr": (0, 0, 0, 0, 0), "futex_waitv": (0, 0, 0, 0, 0), "io_setup": (0, 0), "rt_sigqueueinfo": (0, 0, 0),
    "clone3": (0, 0),
}  # fmt: skip
"""Calls that geometry does not need, with arguments that do nothing: a smaller kernel to attack."""
_ON_SOME_HOSTS = {
    "io_uring_setup", "bpf", "userfaultfd", "memfd_secret", "perf_event_open", "fanotify_init", "request_key", "add_key",
    "keyctl", "landlock_create_ruleset", "futex_waitv", "kcmp", "pkey_alloc", "mq_open", "mbind", "set_mempolicy",
    "migrate_pages", "move_pages", "io_setup", "setsid", "mlock", "name_to_handle_at", "process_madvise", "shmget", "semget", "msgget",
}  # fmt: skip
"""The kernel may lack them or keep them for administrators, or this process may have done it already."""
_PRIVILEGED = {
    "mount": (b"none", b"/", b"nonesuch", 0, 0), "pivot_root": (b"/", b"/"), "chroot": (b"/",),
    "init_module": (0, 0, 0), "finit_module": (-1, 0, 0), "delete_module": (0, 0), "kexec_load": (0, 0, 0, 0),
    "reboot": (0, 0, 0, 0), "swapon": (0, 0), "acct": (0,), "settimeofday": (0, 0), "sethostname": (b"x", 1),
    "open_tree": (-100, b"/", 1), "fsopen": (b"tmpfs", 0), "iopl": (3,),
    "mknodat": (-100, b"device", 0o20666, 0x101),
}  # fmt: skip
"""What a process without capabilities is refused as well: the layer below all others."""
_LIMITED = {
    "lift its own limit of memory": "import resource\nrefused(resource.setrlimit, resource.RLIMIT_AS, (-1, -1))",
    "lift its own limit of time": "import resource\nrefused(resource.setrlimit, resource.RLIMIT_CPU, (-1, -1))",
    "open more files than it may": "keep = []\ntry:\n    while len(keep) < 4000: keep.append(os.open('/dev/null', 0))\n    breach('4000 descriptors')\nexcept OSError: pass\nfor d in keep: os.close(d)",
    "dump its memory": "import resource\nif resource.getrlimit(resource.RLIMIT_CORE)[1] != 0: breach('core files')",
    "keep memory from being swapped": "import resource\nif resource.getrlimit(resource.RLIMIT_MEMLOCK)[1] != 0: breach('locked memory')",
    "become somebody else": "before = libc.getuid()\nlibc.setresuid(0, 0, 0), libc.setresuid(12345, 12345, 12345)\nif libc.getuid() != before: breach(libc.getuid())",
    "regain capabilities": "header = (ctypes.c_uint32 * 2)(0x20080522, 0)\ndata = (ctypes.c_uint32 * 6)(0xFFFFFFFF, 0xFFFFFFFF, 0, 0xFFFFFFFF, 0xFFFFFFFF, 0)\ncall('capset', header, data)",
}  # fmt: skip
"""Limits and dropped rights, which need no layer."""
SEPARATE = {
    "see the worker's environment": "extra = set(os.environ) - {'HOME', 'TMPDIR', 'LC_ALL', 'TZ'}\nif extra: breach(extra)",
    "use a descriptor of the worker's": "for d in range(3, 1024):\n    try: found = os.fstat(d)\n    except OSError: continue\n    if d != 3: breach((d, found))",
    "find what an earlier build left in memory": "import math\nif hasattr(math, 'stolen'): breach('state survived')\nmath.stolen = 1",
    "find what an earlier build left on disk": "left = os.listdir(os.environ['TMPDIR']) + os.listdir(os.environ['HOME'])\nif left: breach(left)\nopen(os.environ['TMPDIR'] + '/left', 'w').write('x')",
    "hook the imports of later builds": "import sys\nif any(type(f).__name__ == 'Hook' for f in sys.meta_path): breach('hook survived')\nclass Hook:\n    def find_spec(self, *a): return None\nsys.meta_path.insert(0, Hook())",
    "change the clock of later builds": "if time.time() > 1e12: breach('clock survived')\ntime.time = lambda: 1e15",
    "change the trusted code of later builds": "import designs.sandbox.parcel as p\nif hasattr(p, 'stolen'): breach('code survived')\np.stolen = True\np.read_json = lambda data: {}",
}  # fmt: skip
"""Every task has a process of its own that ends with it. Each is run twice."""

ATTACKS: dict[str, Attack] = {
    **{name: _by(NAMESPACES, LANDLOCK, script=script) for name, script in _FILES.items()},
    **_PROCESSES,
    **{name: _by(SECCOMP, script=script) for name, script in _CHILDREN.items()},
    **_NETWORK,
    **{
        f"open a socket of family {name}": _by(
            SECCOMP, opens=name in _ALWAYS_THERE, script=f"for kind in (1, 2, 3, 5): call('socket', {number}, kind, 0)"
        )
        for name, number in _FAMILIES.items()
    },
    **{
        f"call {name}": _by(SECCOMP, opens=name not in _ON_SOME_HOSTS, script=f"reach({name!r}, *{arguments!r})")
        for name, arguments in _CALLS.items()
    },
}
"""Each is stopped by each of its layers alone, and gets through where there is none."""
UNDERNEATH = {
    **{f"call {name}": f"denied({name!r}, *{arguments!r})" for name, arguments in _PRIVILEGED.items()},
    **_LIMITED,
}
"""Each is stopped where every layer is off."""
