"""Jails with a single layer, and things of the host for attacks to reach for."""

import ctypes
import os
import shutil
import socket
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from designs.sandbox import kernel
from designs.sandbox.confine import Floor
from designs.sandbox.jail import Jail

SWITCHES = {"namespaces", "own_uid", "landlock", "seccomp"}
VICTIM = """
import ctypes, sys
from designs.sandbox import kernel
kernel.drop_capabilities()
secret = ctypes.create_string_buffer(b"secret!")
print(ctypes.addressof(secret), flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="session", params=["namespaces", "landlock", "seccomp", ""])
def alone(request: pytest.FixtureRequest) -> Iterator[tuple[str, Jail]]:
    """A jail with one layer, or with none but those that are always there."""
    kept = {request.param} | ({"own_uid"} if request.param == "namespaces" else set())
    with Jail(without=frozenset(SWITCHES - kept), floor=Floor.ANY) as jail:
        yield request.param, jail


@pytest.fixture(scope="session")
def things(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, object]]:
    """What stands in an attack's braces. Everything here belongs to the user who runs the tests, and may be reached by
    any process of theirs."""
    folder = tmp_path_factory.mktemp("host")
    for parent in (folder, *folder.parents):
        if parent.stat().st_uid == os.getuid() and parent != Path("/"):
            parent.chmod(parent.stat().st_mode | 0o055)
    for name in ("secret", "victim"):
        (folder / name).write_text("secret")
    name = f"cofab-test-{os.getpid()}"
    package = Path(ctypes.__file__).parent
    with ExitStack() as stack:
        server = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=100))
        datagrams = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        datagrams.bind(("127.0.0.1", 0))
        for address in (f"\0{name}", str(folder / "socket")):
            local = stack.enter_context(socket.socket(socket.AF_UNIX))
            local.bind(address)
            local.listen(100)
        victim = stack.enter_context(_victim())
        assert victim.stdout is not None
        yield {
            "secret": str(folder / "secret"),
            "folder": str(folder),
            "victim_file": str(folder / "victim"),
            "name": name,
            "victim": victim.pid,
            "address": int(victim.stdout.readline()),
            "port": server.getsockname()[1],
            "udp": datagrams.getsockname()[1],
            "socket": str(folder / "socket"),
            "true": shutil.which("true"),
            "site": sysconfig.get_path("purelib"),
            "package": str(package),
        }
        victim.kill()


def _victim() -> subprocess.Popen[str]:
    """A process without capabilities, as that of another build is: nothing but the jail keeps attacks from it."""
    return subprocess.Popen(
        [sys.executable, "-c", VICTIM],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={"PYTHONPATH": str(Path(kernel.__file__).parents[2])},
    )
