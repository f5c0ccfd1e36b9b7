"""The parent's side of the jail: starts the warm worker, hands it tasks, and enforces time and output from outside.

    with Jail() as jail:
        finished = jail.run("run_script", request, files, into=folder, limits=Limits())

Thread-safe: any number of threads may run tasks at once, each waits for its own. A worker that dies is replaced.
"""

import contextlib
import json
import os
import selectors
import signal
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from designs.build_error import BuildError
from designs.sandbox import parcel
from designs.sandbox.cancel import Cancel
from designs.sandbox.confine import Confinement
from designs.sandbox.environment import CAD, Environment
from designs.sandbox.limits import Limits
from designs.sandbox.parcel import Json
from designs.sandbox.worker import Worker

END_SECONDS = 10.0
"""Between killing a task and hearing that it is gone."""
_PIPE_BYTES = 1 << 20
_CANCELLED = "was cancelled: nobody waits for it any more"


@dataclass(frozen=True)
class Finished:
    """What a task gave back. Nothing in it is to be believed beyond its form."""

    result: Json
    files: Mapping[str, Path]
    log: str
    seconds: float
    max_rss_kib: int


class Jail:
    """One warm worker and its tasks."""

    def __init__(self, environment: Environment = CAD, without: frozenset[str] = frozenset()) -> None:
        self._environment = environment
        self._without = without
        self._lock = threading.Lock()
        self._worker: Worker | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def confinement(self) -> Confinement:
        """The layers in force; starts the worker where it does not run."""
        return self._ready().confinement

    def worker_pid(self) -> int | None:
        """The process to look at, or to end, from outside; None when none runs."""
        with self._lock:
            return self._worker.pid if self._worker is not None and self._worker.alive() else None

    def run(
        self,
        task: str,
        request: Json,
        files: Mapping[str, Path | bytes],
        *,
        into: Path,
        limits: Limits,
        on_message: Callable[[Json], None] = lambda _: None,
        cancel: Cancel | None = None,
    ) -> Finished:
        """Do a task on copies of the files; what comes back is put into the folder `into`. Raises BuildError; its kind
        is `cancelled` when `cancel` was asked for the end, and the task's process is then gone."""
        attempt = _Attempt(task, limits, parcel.Reader(into, limits, on_message), cancel or Cancel())
        worker = self._ready()
        try:
            return attempt.run(worker, _pack(request, files))
        except _WorkerGone:  # it died between two tasks: nothing of this one was begun
            self._replace(worker)
            return attempt.run(self._ready(), _pack(request, files))

    def close(self) -> None:
        """End the worker and all it runs."""
        with self._lock:
            if self._worker is not None:
                self._worker.close()
            self._worker = None

    def _replace(self, worker: Worker) -> None:
        with self._lock:
            if self._worker is worker:
                worker.close()
                self._worker = None

    def _ready(self) -> Worker:
        with self._lock:
            if self._worker is not None and not self._worker.alive():
                self._worker.close()
                self._worker = None
            if self._worker is None:
                self._worker = Worker(self._environment, self._without)
            return self._worker


def _pack(request: Json, files: Mapping[str, Path | bytes]) -> int:
    """The parcel that goes in, as an anonymous file."""
    descriptor = os.memfd_create("cofab-task")
    with os.fdopen(os.dup(descriptor), "wb") as stream:
        parcel.write_files(stream, files)
        parcel.write_closing(stream, request)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


class _WorkerGone(BuildError):
    """The worker did not take the task."""


class _Attempt:
    """One task, from hand-over to exit status."""

    def __init__(self, task: str, limits: Limits, reader: parcel.Reader, cancel: Cancel) -> None:
        self._task = task
        self._cancel = cancel
        self._limits = limits
        self._reader = reader
        self._log = bytearray()
        self._failure: BuildError | None = None
        self._pidfd: int | None = None
        self._ended: dict[str, int] | None = None

    def run(self, worker: Worker, source: int) -> Finished:
        started = time.monotonic()
        if self._cancel.cancelled:
            os.close(source)
            raise BuildError("cancelled", _CANCELLED)
        output, their_output = os.pipe()
        log, their_log = os.pipe()
        control, their_control = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        wake = os.eventfd(0, os.EFD_CLOEXEC)
        theirs = [source, their_output, their_log, their_control.detach()]
        try:
            self._send(worker, theirs)
            for descriptor in theirs:
                os.close(descriptor)
            theirs = []
            with self._cancel.calling(lambda: os.eventfd_write(wake, 1)):
                self._follow(output, log, control, wake, started + self._limits.wall_seconds)
        finally:
            for descriptor in (*theirs, output, log, wake, *([] if self._pidfd is None else [self._pidfd])):
                os.close(descriptor)
            control.close()
        return self._judge(time.monotonic() - started)

    def _send(self, worker: Worker, descriptors: list[int]) -> None:
        message = json.dumps({"task": self._task, "limits": asdict(self._limits)}).encode()
        try:
            socket.send_fds(worker.socket, [message], descriptors)
        except OSError as error:
            raise _WorkerGone("worker", "the build worker is gone: try again") from error

    def _follow(self, output: int, log: int, control: socket.socket, wake: int, deadline: float) -> None:
        """Read everything until the process is gone and both pipes are drained, or time is up."""
        with selectors.DefaultSelector() as selector:
            selector.register(output, selectors.EVENT_READ, self._on_output)
            selector.register(log, selectors.EVENT_READ, self._on_log)
            selector.register(control, selectors.EVENT_READ, lambda _: self._on_control(control))
            selector.register(wake, selectors.EVENT_READ, self._on_cancel)
            awaited = {output, log, control.fileno()}
            while awaited & selector.get_map().keys():
                left = deadline - time.monotonic()
                if left <= 0 and self._failure is None:
                    self._fail("timeout", f"took longer than {self._limits.wall_seconds:g} seconds")
                    deadline = time.monotonic() + END_SECONDS
                elif left <= 0:
                    return
                for key, _ in selector.select(max(left, 0.01)):
                    if not key.data(key.fileobj):
                        selector.unregister(key.fileobj)

    def _on_output(self, descriptor: int) -> bool:
        data = os.read(descriptor, _PIPE_BYTES)
        if self._failure is None:
            try:
                self._reader.feed(data)
            except (parcel.ParcelError, OSError) as error:
                self._fail("output", f"what came back is refused: {error}")
        return bool(data)

    def _on_cancel(self, _: int) -> bool:
        self._fail("cancelled", _CANCELLED)
        return False

    def _on_log(self, descriptor: int) -> bool:
        data = os.read(descriptor, 65_536)
        self._log += data[: self._limits.log_bytes - len(self._log)]
        if len(self._log) >= self._limits.log_bytes:
            self._fail("output", f"printed more than {self._limits.log_bytes} bytes")
        return bool(data)

    def _on_control(self, control: socket.socket) -> bool:
        message, descriptors, _, _ = socket.recv_fds(control, 65_536, 1)
        if descriptors:
            self._pidfd = descriptors[0]
            if self._failure is not None:
                self._kill()
            return True
        if message:
            self._ended = json.loads(message)
        return False

    def _fail(self, kind: str, message: str) -> None:
        if self._failure is None:
            self._failure = BuildError(kind, message)
        self._kill()

    def _kill(self) -> None:
        if self._pidfd is not None:
            with contextlib.suppress(ProcessLookupError):  # gone already
                signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)

    def _judge(self, seconds: float) -> Finished:
        log = self._log.decode(errors="replace")
        if self._failure is not None:
            raise BuildError(self._failure.kind, str(self._failure), log)
        if self._ended is None:
            raise BuildError("worker", "the build worker ended in the middle of the task: try again", log)
        closing = self._reader.closing
        if not self._reader.closed or not isinstance(closing, dict):
            raise _explain_death(self._ended["code"], log)
        error = closing.get("error")
        if isinstance(error, dict):
            raise BuildError(str(error.get("kind")), str(error.get("message")), log)
        return Finished(closing.get("result"), self._reader.files, log, seconds, self._ended["max_rss_kib"])


def _explain_death(code: int, log: str) -> BuildError:
    """Why a process went away without a result."""
    if "MemoryError" in log or "std::bad_alloc" in log or "Standard_OutOfMemory" in log:
        return BuildError("memory", "needed more memory than a build may have", log)
    if code == -signal.SIGXCPU:
        return BuildError("timeout", "used more processor time than a build may have", log)
    if code < 0:
        name = signal.Signals(-code).name if -code in signal.valid_signals() else str(-code)
        return BuildError("crashed", f"the geometry kernel crashed ({name})", log)
    return BuildError("crashed", "ended without a result", log)
