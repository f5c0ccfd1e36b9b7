"""Hostile scripts. Each tries something; where it succeeds it says BREACH and why."""
# ruff: noqa: E501  (a small script on a line reads better than one that is wrapped)

from pathlib import Path

from designs.build_error import BuildError
from designs.sandbox.jail import Finished, Jail
from designs.sandbox.limits import MIB, Limits

PRELUDE = '''
import cadquery as cq, ctypes, os, socket, sys, time
libc = ctypes.CDLL(None, use_errno=True)

def breach(what):
    print("BREACH", what, flush=True)

def refused(attempt, *arguments):
    """True when the attempt raised."""
    try:
        result = attempt(*arguments)
    except Exception as error:
        print("refused:", type(error).__name__, error)
        return True
    breach(f"{attempt} {arguments} gave {result!r}")
    return False

def call(number, *arguments):
    """A raw system call that must fail."""
    result = libc.syscall(ctypes.c_long(number), *arguments)
    print("syscall", number, "gave", result, "errno", ctypes.get_errno())
    if result != -1:
        breach(f"system call {number} gave {result}")
'''
ENDING = '\nshow_object(cq.Workplane().box(1, 2, 3))\nprint("END")\n'

SMALL = Limits(
    wall_seconds=20,
    cpu_seconds=20,
    memory_bytes=512 * MIB,
    scratch_bytes=16 * MIB,
    scratch_files=300,
    file_bytes=8 * MIB,
    output_bytes=32 * MIB,
    output_files=4,
    log_bytes=64 << 10,
)


def run(jail: Jail, body: str, into: Path, limits: Limits = SMALL, ending: str = ENDING) -> Finished | BuildError:
    """What became of a script."""
    request = {"engine": "cadquery", "source": "model.py", "parameters": {}}
    source = (PRELUDE + body + ending).encode()
    try:
        return jail.run("run_script", request, {"model.py": source}, into=into, limits=limits)
    except BuildError as error:
        return error


def healthy(jail: Jail, into: Path) -> bool:
    """Whether the worker still builds."""
    into.mkdir()
    outcome = run(jail, "", into)
    return isinstance(outcome, Finished) and "END" in outcome.log


ATTEMPTS = {
    "read the password file": 'refused(open, "/etc/passwd")\nrefused(open, "/etc/shadow")',
    "read the environment of the first process": 'refused(open, "/proc/1/environ")\nrefused(open, "/proc/self/environ")',
    "list the host's folders": 'for f in ("/root", "/home", "/proc", "/sys", "/tmp", "/var"): refused(os.listdir, f)',
    "see an inherited environment": 'extra = set(os.environ) - {"HOME", "TMPDIR", "LC_ALL", "TZ"}\nif extra: breach(extra)',
    "use an inherited descriptor": """
for descriptor in range(3, 1024):
    try:
        found = os.fstat(descriptor)
    except OSError:
        continue
    if descriptor != 3:
        breach(f"descriptor {descriptor}: {found}")
""",
    "open sockets of every family": "for family in range(46): refused(socket.socket, family, socket.SOCK_STREAM)\n"
    "refused(socket.socketpair)\nrefused(socket.socket, 17, socket.SOCK_RAW)",
    "reach loopback and name servers": 'refused(socket.create_connection, ("127.0.0.1", 22), 1)\n'
    'refused(socket.getaddrinfo, "example.org", 80)',
    "write beside the scratch folder": 'for f in ("/x", "/usr/lib/x", "/kept/x", os.path.join(sys.prefix, "lib", "x")): '
    'refused(open, f, "w")',
    "tamper with the libraries": "import cadquery\nrefused(open, cadquery.__file__, 'a')\nrefused(os.unlink, cadquery.__file__)\n"
    "refused(os.chmod, cadquery.__file__, 0o777)\nrefused(os.rename, cadquery.__file__, 'x')",
    "kill its parent and everybody": "for pid in (os.getppid(), 1, -1, 0): refused(os.kill, pid, 9)\n"
    "refused(os.killpg, 0, 9)",
    "start a program": 'import subprocess\nrefused(subprocess.run, ["/bin/true"])\nrefused(os.system, "true") if False else None\n'
    'refused(os.execv, "/bin/true", ["true"])\nrefused(os.posix_spawn, "/bin/true", ["true"], {})',
    "fork": "refused(os.fork)\nrefused(os.forkpty)",
    "become somebody else": "refused(os.setuid, 0) if os.getuid() else None\nrefused(os.setgroups, [0])\nrefused(os.chroot, '/')\n"
    "refused(os.setresuid, 0, 0, 0)",
    "run its own machine code from scratch": 'open("a.so", "wb").write(b"x")\nrefused(os.chmod, "a.so", 0o755)\nrefused(ctypes.CDLL, "./a.so")',
    "mount": 'refused(lambda: 1 / (libc.mount(b"none", b"/scratch", b"tmpfs", 0, None) + 1))',
    "make devices": "refused(os.mknod, 'device', 0o20666, os.makedev(1, 1))\nrefused(os.mkfifo, 'fifo')",
    "give itself more": "import resource\nrefused(resource.setrlimit, resource.RLIMIT_AS, (-1, -1))\n"
    "refused(resource.setrlimit, resource.RLIMIT_CPU, (10, 10))",
    "use memory that no limit counts": "refused(os.memfd_create, 'x')",
    "ptrace": "call(101, 16, 1, 0, 0)\ncall(101, 0, 0, 0, 0)",
    "read and write other processes' memory": "call(310, 1, 0, 0, 0, 0, 0)\ncall(311, 1, 0, 0, 0, 0, 0)\nrefused(open, '/proc/1/mem')",
    "pidfds": "call(434, 1, 0)\ncall(424, 3, 9, 0, 0)\ncall(438, 3, 0, 0)",
    "bpf, io_uring, userfaultfd, keys": "call(321, 0, 0, 0)\ncall(425, 8, 0)\ncall(323, 0)\ncall(250, 0, 0)\ncall(248, 0, 0, 0, 0, 0)",
    "namespaces and modules": "call(272, 0x10000000)\ncall(308, 3, 0)\ncall(175, 0, 0, 0)\ncall(246, 0, 0, 0, 0)\ncall(169, 0, 0, 0)",
    "clone with a new namespace": "call(56, 0x10000000 | 17, 0, 0, 0, 0)\ncall(435, 0, 0)",
    "perf and personality": "call(298, 0, 0, 0, 0, 0)\ncall(135, 0x0040000)",
    "new mount calls": "call(428, 0, 0, 0)\ncall(429, 0, 0, 0, 0, 0)\ncall(430, 0, 0)\ncall(442, 0, 0, 0, 0, 0)",
    "shared memory and queues": "call(29, 0, 4096, 0o1600)\ncall(68, 0, 0o1600)\ncall(64, 0, 1, 0o1600)\ncall(240, b'/x', 0o102, 0o600, 0)",
    "signals by descriptor owner": "import fcntl\nrefused(fcntl.fcntl, 0, fcntl.F_SETOWN, 1)",
    "terminal tricks": "import fcntl, termios\nrefused(fcntl.ioctl, 0, termios.TIOCSTI, b'x')",
    "links to the host": """
for target in ("/etc/passwd", "../../../../etc/passwd", "/proc/self/root" "/etc/passwd"):
    try:
        os.symlink(target, "link")
    except OSError:
        continue
    refused(open, "link")
    os.unlink("link")
refused(os.link, cq.__file__, "hard")
""",
    "what an earlier build left": "left = os.listdir(os.environ['TMPDIR']) + os.listdir(os.environ['HOME'])\nif left: breach(left)\n"
    "open(os.environ['TMPDIR'] + '/left', 'w').write('x')",
    "what an earlier build did to modules": "import math\nif hasattr(math, 'stolen'): breach('state survived')\nmath.stolen = 1",
}
"""Each of these comes to its end in good order: every attempt was refused."""

BOMBS = {
    # what: (script, kinds of error that stop it)
    "an endless loop in Python": ("while True: pass", {"timeout"}),
    "an endless loop that catches everything": (
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
        {"timeout"},
    ),
    "sleep": ("time.sleep(3600)", {"timeout"}),
    "an endless loop in C": (
        "ctypes.CDLL(None).pause(); libc.select(0, None, None, None, None)\nsum(iter(int, 1))",
        {"timeout"},
    ),
    "ignoring signals": (
        "import signal\nfor n in range(1, 32):\n    try: signal.signal(n, signal.SIG_IGN)\n    except Exception: pass\nwhile True: pass",
        {"timeout"},
    ),
    "a memory bomb": ("x = []\nwhile True: x.append(bytearray(1 << 24))", {"memory", "script_error"}),
    "one huge allocation": ("x = bytearray(1 << 40)", {"memory", "script_error"}),
    "a thread bomb": (
        "import threading\nthreads = []\nwhile True:\n    t = threading.Thread(target=time.sleep, args=(99,))\n    t.start()\n    threads.append(t)",
        {"script_error", "memory", "timeout"},
    ),
    "a flood on standard output": ("while True: print('x' * 1000)", {"output"}),
    "a flood on standard error": ("while True: os.write(2, b'x' * 4096)", {"output"}),
    "a flood on the way out": (
        "while True: os.write(3, b'M' + (60000).to_bytes(8, 'big') + b'1' + b' ' * 59999)",
        {"output"},
    ),
    "a huge frame announced": ("os.write(3, b'F' + (1 << 60).to_bytes(8, 'big'))", {"output"}),
    "many files on the way out": (
        "for i in range(99):\n    n = b'f%d' % i\n    os.write(3, b'F' + (2 + len(n)).to_bytes(8, 'big') + len(n).to_bytes(2, 'big') + n)",
        {"output"},
    ),
    "a path that climbs out": (
        "n = b'../../escaped'\nos.write(3, b'F' + (2 + len(n)).to_bytes(8, 'big') + len(n).to_bytes(2, 'big') + n)",
        {"output"},
    ),
    "an absolute path": (
        "n = b'/etc/cron.d/x'\nos.write(3, b'F' + (2 + len(n)).to_bytes(8, 'big') + len(n).to_bytes(2, 'big') + n)",
        {"output"},
    ),
    "nonsense on the way out": ("os.write(3, os.urandom(100))", {"output"}),
    "a closing message that is no JSON": ("os.write(3, b'E' + (3).to_bytes(8, 'big') + b'NaN')", {"output"}),
    "deep JSON": ("d = b'[' * 100000\nos.write(3, b'E' + len(d).to_bytes(8, 'big') + d)", {"output"}),
    "a segmentation fault": ("ctypes.string_at(0)", {"crashed"}),
    "abort": ("os.abort()", {"crashed"}),
    "leaving without a word": ("os._exit(0)", {"crashed"}),
    "a full disk": ("i = 0\nwhile True:\n    open(f'f{i}', 'wb').write(b'x' * (4 << 20)); i += 1", {"script_error"}),
    "a huge file": ("open('f', 'wb').truncate(1 << 40)", {"script_error", "crashed"}),
    "more files than there is room for": (
        "i = 0\nwhile True:\n    open(f'f{i}', 'w').close(); i += 1",
        {"script_error"},
    ),
    "deep recursion": ("def f(): return f()\nf()", {"script_error"}),
    "deep recursion in C": (
        "sys.setrecursionlimit(1 << 30)\ndef f(): return f()\nf()",
        {"timeout", "crashed", "memory", "script_error"},
    ),
    "its own timer": ("import signal\nsignal.setitimer(signal.ITIMER_REAL, 0.01)\nwhile True: pass", {"script_error"}),
}
"""Each of these ends with one of the kinds of error, and the worker goes on."""
