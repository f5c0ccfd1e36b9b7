"""Runs hostile scripts: what they have at hand, and those that can only be ended. See attacks.py for the others."""
# ruff: noqa: E501  (a small script on a line reads better than one that is wrapped)

import platform
from pathlib import Path

from designs.build_error import BuildError
from designs.sandbox.jail import Finished, Jail
from designs.sandbox.limits import MIB, Limits
from designs.sandbox.syscalls import ARCHITECTURES
from tests.designs.sandbox.call_numbers import CALL_NUMBERS

_COLUMN = ARCHITECTURES[platform.machine()]
NUMBERS = {name: numbers[_COLUMN] for name, numbers in CALL_NUMBERS.items()}

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

def ask(name, arguments):
    """A raw system call: what it gave, and errno. Where this architecture has none of the name, as the filter."""
    number = NUMBERS.get(name)
    ctypes.set_errno(1)
    result = -1 if number is None else libc.syscall(ctypes.c_long(number), *map(word, arguments))
    print("system call", name, number, "gave", result, "errno", ctypes.get_errno())
    return result, ctypes.get_errno()

def word(argument):
    return ctypes.c_long(argument) if isinstance(argument, int) else argument

def call(name, *arguments):
    """A system call that must fail."""
    if ask(name, arguments)[0] != -1:
        breach(name)

def reach(name, *arguments):
    """A system call that must fail before the kernel has looked at its arguments."""
    result, errno = ask(name, arguments)
    if result != -1 or errno not in (1, 38):
        breach(name)

def denied(name, *arguments):
    """A system call that must fail for want of rights."""
    result, errno = ask(name, arguments)
    if result != -1 or errno not in (1, 13, 38):
        breach(name)

def make(path):
    """Create a file, and leave nothing when that was possible."""
    open(path, "w").close()
    os.unlink(path)
    return path

print("BEGIN", flush=True)
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
    source = (f"NUMBERS = {NUMBERS}\n" + PRELUDE + body + ending).encode()
    try:
        return jail.run("run_script", request, {"model.py": source}, into=into, limits=limits)
    except BuildError as error:
        return error


def healthy(jail: Jail, into: Path) -> bool:
    """Whether the worker still builds."""
    into.mkdir()
    outcome = run(jail, "", into)
    return isinstance(outcome, Finished) and "END" in outcome.log


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
    "a result that is infinite": (
        "d = b'{\"result\": 1e999}'\nos.write(3, b'E' + len(d).to_bytes(8, 'big') + d)",
        {"output"},
    ),
    "a number without end": ("d = b'9' * 900000\nos.write(3, b'E' + len(d).to_bytes(8, 'big') + d)", {"output"}),
    "a key twice": ("d = b'{\"a\": 1, \"a\": 2}'\nos.write(3, b'E' + len(d).to_bytes(8, 'big') + d)", {"output"}),
    "a result of gigabytes": ("os.write(3, b'E' + (1 << 33).to_bytes(8, 'big'))", {"output"}),
    "a file twice": (
        "for i in range(2): os.write(3, b'F' + (4).to_bytes(8, 'big') + (1).to_bytes(2, 'big') + b'fx')",
        {"output"},
    ),
    "messages without end": (
        "while True: os.write(3, (b'M' + (1).to_bytes(8, 'big') + b'1') * 100)",
        {"output"},
    ),
    "a pickle for an answer": (
        "import pickle\nd = pickle.dumps(os.getcwd)\nos.write(3, b'E' + len(d).to_bytes(8, 'big') + d)",
        {"output"},
    ),
    "a link for an answer": (
        "n = b'a/../../link'\nos.write(3, b'F' + (2 + len(n)).to_bytes(8, 'big') + len(n).to_bytes(2, 'big') + n)",
        {"output"},
    ),
    "folders without end": ("while True:\n    os.mkdir('d'); os.chdir('d')", {"script_error", "output"}),
    "a loop in the geometry kernel": (
        "from OCP.BRepMesh import BRepMesh_IncrementalMesh as Mesh\nMesh(cq.Solid.makeTorus(1000, 10).wrapped, 1e-7, False, 1e-5)",
        {"timeout", "memory", "crashed", "script_error"},
    ),
    "death that is caught": (
        "import atexit\natexit.register(lambda: time.sleep(99))\nwhile True:\n    try: time.sleep(1)\n    except BaseException: pass",
        {"timeout"},
    ),
    "a clock of its own": ("time.time = time.monotonic = lambda: 0\nwhile True: time.sleep(0.1)", {"timeout"}),
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
