"""Each layer of the jail by itself, with the others switched off. The probes harm nothing when they get through."""

import json
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from designs.build_error import BuildError
from designs.sandbox.confine import Confinement
from designs.sandbox.jail import Finished, Jail
from designs.sandbox.shared import layers
from tests.designs.sandbox.hostile import SMALL, run

LAYERS = {"namespaces", "own_uid", "landlock", "seccomp"}

READ_SECRET = "print('IN' if os.path.exists({path!r}) and open({path!r}).read() == 'secret' else 'OUT')"
WRITE = "open({path!r}, 'w').write('x')"
CONNECT = "socket.create_connection(('127.0.0.1', {port}), 2); print('IN')"
SOCKET = "socket.socket(socket.AF_UNIX); print('IN')"
MEMFD = "os.memfd_create('x'); print('IN')"
IO_URING = "print('IN' if ctypes.get_errno() != 1 else 'OUT') if libc.syscall(425, 8, 0) == -1 else print('IN')"
FORK = "pid = os.fork()\nif pid == 0: os._exit(0)\nprint('IN')"


@pytest.fixture(scope="module", params=["namespaces", "landlock", "seccomp", ""])
def alone(request: pytest.FixtureRequest) -> Iterator[tuple[str, Jail]]:
    """A jail with one layer, or with none but the limits that are always there."""
    kept = {request.param} | ({"own_uid"} if request.param == "namespaces" else set())
    with Jail(without=frozenset(LAYERS - kept)) as jail:
        yield request.param, jail


def got_through(jail: Jail, body: str, into: Path) -> bool:
    into.mkdir(exist_ok=True)
    outcome = run(jail, body, into)
    return "IN" in outcome.log.split()


def test_files_of_the_host(alone: tuple[str, Jail], tmp_path: Path) -> None:
    layer, jail = alone
    secret = tmp_path / "secret"
    secret.write_text("secret")
    tmp_path.chmod(0o755)
    assert got_through(jail, READ_SECRET.format(path=str(secret)), tmp_path / "o") == (layer in ("seccomp", ""))
    run(jail, WRITE.format(path=str(secret)), tmp_path / "o")
    assert (secret.read_text() == "secret") == (layer in ("namespaces", "landlock"))


def test_loopback(alone: tuple[str, Jail], tmp_path: Path) -> None:
    layer, jail = alone
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert got_through(jail, CONNECT.format(port=server.getsockname()[1]), tmp_path / "o") == (layer == "")


@pytest.mark.parametrize("probe", [SOCKET, MEMFD, IO_URING, FORK], ids=["socket", "memfd", "io_uring", "fork"])
def test_system_calls(alone: tuple[str, Jail], probe: str, tmp_path: Path) -> None:
    layer, jail = alone
    assert got_through(jail, probe, tmp_path / "o") == (layer != "seccomp")


@pytest.mark.parametrize(
    ("body", "kinds"),
    [
        ("x = bytearray(1 << 30)", {"memory", "script_error"}),
        ("while True: pass", {"timeout"}),
        ("while True: print('x' * 999)", {"output"}),
        ("open('f', 'wb').write(b'x' * (9 << 20))", {"script_error", "crashed"}),
    ],
    ids=["memory", "time", "output", "file size"],
)
def test_limits_need_no_other_layer(alone: tuple[str, Jail], body: str, kinds: set[str], tmp_path: Path) -> None:
    _, jail = alone
    outcome = run(jail, body, tmp_path, replace(SMALL, wall_seconds=1.5 if "timeout" in kinds else 20))
    assert isinstance(outcome, BuildError)
    assert outcome.kind in kinds, str(outcome)


def test_other_processes_are_out_of_sight(alone: tuple[str, Jail], tmp_path: Path) -> None:
    """In a pid namespace of its own, a task is the first process and has no parent."""
    layer, jail = alone
    outcome = run(jail, "print(libc.getpid(), libc.getppid(), libc.getuid())", tmp_path)
    assert isinstance(outcome, Finished)
    pid, parent, uid = map(int, outcome.log.split()[:3])
    assert (pid == 1 and parent == 0) == (layer == "namespaces")
    if layer == "namespaces" and jail.confinement().own_uid is not None:
        assert uid == jail.confinement().own_uid


def test_scratch_is_removed(alone: tuple[str, Jail], tmp_path: Path) -> None:
    layer, jail = alone
    outcome = run(jail, "print(os.getcwd())\nopen('left', 'w').write('x')", tmp_path)
    assert isinstance(outcome, Finished)
    where = Path(outcome.log.split()[0])
    assert (where == Path("/scratch/in")) == (layer == "namespaces")
    assert not where.exists()


def test_this_host(jail: Jail) -> None:
    """CI's host grants everything; the names are what the doctor shows."""
    assert jail.confinement().sufficient
    assert set(layers()) >= {"namespaces", "own user id", "landlock", "seccomp", "limits"}


@pytest.mark.parametrize(
    ("confinement", "enough"),
    [
        (Confinement(True, True, 1, 7, True), True),
        (Confinement(True, True, None, 0, False), True),
        (Confinement(False, False, None, 4, True), True),
        (Confinement(False, False, None, 0, True), False),
        (Confinement(False, False, None, 4, False), False),
    ],
)
def test_floor(confinement: Confinement, enough: bool) -> None:
    assert confinement.sufficient is enough


AS_ORDINARY_USER = """
import json, os, sys, tempfile
from pathlib import Path
from designs.sandbox.jail import Jail
from tests.designs.sandbox.hostile import run, SMALL
with Jail() as jail, tempfile.TemporaryDirectory() as folder:
    outcome = run(jail, "print('uid', os.getuid())\\nrefused(open, '/etc/passwd')", Path(folder))
    print(json.dumps({"euid": os.geteuid(), "layers": jail.confinement().layers(), "log": outcome.log}))
"""


def test_as_an_ordinary_user(tmp_path: Path) -> None:
    """Without any privilege on the host the namespaces are there all the same."""
    unshare = shutil.which("unshare")
    assert unshare, "util-linux is part of every system"
    done = subprocess.run(
        [unshare, "--user", "--map-user=1000", "--map-group=1000", sys.executable, "-c", AS_ORDINARY_USER],
        capture_output=True,
        text=True,
        timeout=120,
        env={"PYTHONPATH": str(Path(__file__).parents[3]), "TMPDIR": str(tmp_path)},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["euid"] == 1000
    assert told["layers"]["namespaces"]
    assert told["layers"]["private root"]
    assert not told["layers"]["own user id"]
    assert "refused" in told["log"]
    assert "BREACH" not in told["log"]
