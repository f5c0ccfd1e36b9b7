"""The warm worker's process as its parent sees it: started, asked whether it lives, ended."""

import contextlib
import json
import os
import socket
import subprocess
from pathlib import Path

from designs.build_error import BuildError
from designs.sandbox import folders
from designs.sandbox.confine import Confinement, Floor
from designs.sandbox.environment import Environment

START_SECONDS = 120.0
"""Importing the kernel from a cold disk on a small machine."""
END_SECONDS = 10.0
_START = Path(__file__).with_name("start.py")
HUGE_PAGES = "glibc.malloc.hugetlb=1"
"""Asks for memory in large pages, where the host grants them to who asks: forking and ending a process halve, since
there are fewer pages to tell of."""
NO_HOME = "/nonexistent"
"""Libraries look for their settings at home when imported, and the jail has no list of users to look that up in."""


class Worker:
    """The process of zygote.py."""

    def __init__(self, environment: Environment, floor: Floor, without: frozenset[str]) -> None:
        self._owner = os.getpid()
        folders.sweep()
        self._folder = folders.OwnedFolder(folders.JAIL)
        root = self._folder.path / "root"
        root.mkdir()
        self.socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        settings = {
            "socket": theirs.fileno(),
            "folder": str(root),
            "engines": environment.engines,
            "readable": list(map(str, environment.readable)),
            "programs": list(map(str, environment.programs)),
            "without": sorted(without),
        }
        self._log = self._folder.path / "worker.log"
        with theirs, self._log.open("wb") as stream:
            self._process = subprocess.Popen(
                [environment.python, "-s", "-P", _START, json.dumps(settings)],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=stream,
                env={
                    "LC_ALL": "C.UTF-8",
                    "HOME": NO_HOME,
                    "PYTHONHASHSEED": "0",
                    "OPENBLAS_NUM_THREADS": "1",
                    "OMP_NUM_THREADS": "1",
                    "NUMBA_NUM_THREADS": "1",
                    "GLIBC_TUNABLES": HUGE_PAGES,
                    **dict(environment.variables),
                },
                cwd="/",
                process_group=0,  # an interrupt at the terminal is for whoever asked for the build
            )
        self.confinement = self._await_ready(floor)

    @property
    def pid(self) -> int:
        return self._process.pid

    def alive(self) -> bool:
        return self._owner == os.getpid() and self._process.poll() is None

    def close(self) -> None:
        self.socket.close()
        if self._owner != os.getpid():
            return  # another process's worker, seen through a fork
        try:
            self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._folder.remove()

    def said(self) -> str:
        """The last of what it wrote to its log."""
        with contextlib.suppress(OSError):
            return self._log.read_text(errors="replace")[-2000:].strip() or "it said nothing"
        return "its log is gone"

    def _await_ready(self, floor: Floor) -> Confinement:
        self.socket.settimeout(START_SECONDS)
        try:
            message = self.socket.recv(65_536)
        except TimeoutError:
            message = b""
        self.socket.settimeout(None)
        if not message:
            self._process.kill()
            said = self.said()
            self.close()
            raise BuildError("worker", f"the build worker did not start: {said}")
        ready = json.loads(message)["ready"]
        confinement = Confinement(**ready)
        decision = confinement.meets(floor)
        if not decision.met:
            self.close()
            raise BuildError(
                "floor", f"this host does not confine scripts as asked ({floor}): {'; '.join(decision.reasons)}"
            )
        return confinement
