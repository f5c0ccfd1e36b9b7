"""One server process: started, awaited on a condition, stopped, killed and started again on the same folder."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

POLL_SECONDS = 0.05
TAIL_BYTES = 4000


class ServerFailed(Exception):
    """A server did not start or did not stop; the message carries the end of its log."""


def wait_until(condition: Callable[[], bool], *, seconds: float, what: str) -> None:
    """Return as soon as the condition holds; raise TimeoutError naming what was waited for."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds:g} s for {what}")
        time.sleep(POLL_SECONDS)


class Server:
    """A child process in a session of its own, so that its children end with it. `ready` is polled after each start."""

    def __init__(
        self,
        args: Sequence[str],
        *,
        ready: Callable[[], bool],
        log: Path,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        start_seconds: float = 60,
        stop_seconds: float = 20,
    ) -> None:
        self.args = tuple(args)
        self.log = log
        self._ready = ready
        self._env = dict(env or {})
        self._cwd = cwd
        self._start_seconds = start_seconds
        self._stop_seconds = stop_seconds
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        if self._process is None:
            raise ServerFailed(f"{self.args[0]} was not started")
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start and return when ready. A process that ends before raises ServerFailed with its last words."""
        if self.running:
            return
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.args,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **self._env},
                cwd=self._cwd,
                start_new_session=True,
            )
        try:
            wait_until(self._ready_or_dead, seconds=self._start_seconds, what=f"{self.args[0]} to be ready")
        except TimeoutError as error:
            self.kill9()
            raise ServerFailed(f"{error}; its log ends:\n{self.log_tail()}") from error
        if not self.running:
            code = self._process.returncode
            raise ServerFailed(f"{self.args[0]} ended with {code} at start; its log ends:\n{self.log_tail()}")

    def stop(self) -> None:
        """Ask it to end (SIGTERM), and kill it when it does not. No-op when it is not running."""
        if self._process is None:
            return
        self._signal_group(signal.SIGTERM)
        try:
            self._process.wait(self._stop_seconds)
        except subprocess.TimeoutExpired:
            self.kill9()

    def kill9(self) -> None:
        """End the process and its children without any chance to tidy up."""
        if self._process is None:
            return
        self._signal_group(signal.SIGKILL)
        self._process.wait(self._stop_seconds)

    def freeze(self) -> None:
        """Stop it as it is (SIGSTOP): connections stay open and nothing answers."""
        self._signal_group(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen process go on."""
        self._signal_group(signal.SIGCONT)

    def restart(self) -> None:
        """Stop if running, then start with the same arguments."""
        self.stop()
        self.start()

    def log_tail(self) -> str:
        """The last lines that the process wrote."""
        if not self.log.exists():
            return ""
        data = self.log.read_bytes()
        return data[-TAIL_BYTES:].decode(errors="replace")

    def _ready_or_dead(self) -> bool:
        return not self.running or self._ready()

    def _signal_group(self, number: signal.Signals) -> None:
        if self._process is None or self._process.poll() is not None:
            return
        os.killpg(self._process.pid, number)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
