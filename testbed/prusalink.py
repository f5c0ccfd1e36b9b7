"""The real PrusaLink before a printer that is a program, on loopback, in a folder of its own.

Provisioned by files before the start: no wizard, one user, an API key. What plugins/prusalink_witness.py changes about
it is told there.
"""

import hashlib
import os
import secrets
import signal
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from testbed.ports import LOOPBACK, free_port
from testbed.process import Server, wait_until

ROOT = Path(__file__).parent.parent
PYTHON = ROOT / ".tools" / "prusalink" / "bin" / "python"
WITNESS = Path(__file__).parent / "plugins" / "prusalink_witness.py"
USER, REALM = "maker", "Administrator"
REQUEST_SECONDS = 20
READY_SECONDS = 60

CONFIGURATION = """
[daemon]
data_dir = {folder}

[http]
address = {host}
port = {port}

[printer]
port = {folder}/mk3s
directory = {folder}/gcodes

[cameras]
auto_detect = False
"""

SETTINGS = """
[printer]
type = MK3S
name = testbed
location =

[service::local]
enable = 1
username = {user}
digest = {digest}
api_key = {api_key}
"""


class PrusaLink:
    """Context manager. The printer can be unplugged and plugged in again, PrusaLink killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.port = free_port()
        self.url = f"http://{LOOPBACK}:{self.port}"
        self.password = secrets.token_urlsafe(12)
        self.api_key = secrets.token_hex(16)
        self._record = self.folder / "begun.txt"
        self.printer = Server(
            [sys.executable, "-m", "testbed.mk3s_pty", str(self.folder / "mk3s")],
            ready=(self.folder / "mk3s").exists,
            log=self.folder / "mk3s.console.log",
            cwd=ROOT,
        )
        self.server = Server(
            [str(PYTHON), str(WITNESS), str(self._record), "-f", "-i", "-c", str(self.folder / "prusalink.ini")],
            ready=self._answers,
            log=self.folder / "prusalink.console.log",
            stop_seconds=30,
        )

    def start(self) -> None:
        """Start what does not run, and return when the printer is idle."""
        self._provision()
        self.printer.start()
        self.server.start()
        self.wait_for_state("IDLE")

    def recover(self) -> None:
        """Start what was lost. A print that is on goes on."""
        if not (self.printer.running and self.server.running):
            self.start()

    def stop(self) -> None:
        """PrusaLink bids its printer farewell for long: it is killed."""
        self.server.kill9()
        self.printer.kill9()

    def ask_for_user(self) -> None:
        """The printer stands still until its user has been there."""
        os.kill(self.printer.pid, signal.SIGUSR1)

    def satisfy_user(self) -> None:
        os.kill(self.printer.pid, signal.SIGUSR2)

    def state(self) -> str:
        """PrusaLink's own word: IDLE, PRINTING, ATTENTION …"""
        state: str = self.request("GET", "/api/v1/status")["printer"]["state"]
        return state

    def wait_for_state(self, *states: str) -> None:
        wait_until(lambda: self.state() in states, seconds=READY_SECONDS, what=f"PrusaLink to be {' or '.join(states)}")

    def begun(self) -> list[str]:
        """The names of the files that PrusaLink began since the folder was made, by a record of its own."""
        return self._record.read_text().splitlines() if self._record.exists() else []

    def starts_seen(self, name: str) -> int:
        return self.begun().count(name)

    def request(self, method: str, path: str) -> dict[str, Any]:
        """An API call with the API key; an error status raises."""
        with httpx.Client(base_url=self.url, timeout=REQUEST_SECONDS, trust_env=False, verify=False) as client:
            answer = client.request(method, path, headers={"X-Api-Key": self.api_key}).raise_for_status()
            return answer.json() if answer.content else {}

    def _provision(self) -> None:
        if (self.folder / "prusalink.ini").exists():
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        text = CONFIGURATION.format(folder=self.folder, host=LOOPBACK, port=self.port)
        (self.folder / "prusalink.ini").write_text(text)
        # HTTP digest's own hash (RFC 7616), as PrusaLink's wizard would write it.
        told = f"{USER}:{REALM}:{self.password}".encode()
        digest = hashlib.md5(told, usedforsecurity=False).hexdigest()
        settings = SETTINGS.format(user=USER, digest=digest, api_key=self.api_key)
        (self.folder / "prusa_printer_settings.ini").write_text(settings)

    def _answers(self) -> bool:
        try:
            return bool(self.state())
        except httpx.HTTPError:
            return False

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def main() -> None:
    """Run both in the folder named on the command line until a line is read: for trying things by hand."""
    with PrusaLink(Path(sys.argv[1])) as prusalink:
        print(prusalink.url, USER, prusalink.password, prusalink.api_key)
        input("Press Enter to stop it. ")


if __name__ == "__main__":
    main()
