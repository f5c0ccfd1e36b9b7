"""One task as it is seen from outside: handed over, followed within its limits, ended, judged."""

import contextlib
import json
import os
import selectors
import signal
import socket
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from designs.build_error import BuildError
from designs.sandbox import folders, parcel
from designs.sandbox.cancel import Cancel
from designs.sandbox.limits import Limits
from designs.sandbox.parcel import Json
from designs.sandbox.worker import Worker

END_SECONDS = 10.0
"""Between killing a task and hearing that it is gone."""
WATCH_SECONDS = 0.5
"""Between two looks at a scratch folder that no file system bounds."""
_PIPE_BYTES = 1 << 20
_CANCELLED = "was cancelled: nobody waits for it any more"


@dataclass(frozen=True)
class Finished:
    """What a task gave back. Nothing in it is to be believed beyond its form."""

    result: Json
    files: Mapping[str, Path]
    log: str
    seconds: float


class NotBegun(BuildError):
    """The task's process ended before it took the task."""


class WorkerGone(NotBegun):
    """The worker did not take the task."""


class Attempt:
    """One task, from hand-over to end."""

    def __init__(self, task: str, limits: Limits, reader: parcel.Reader, cancel: Cancel) -> None:
        self._task = task
        self._limits = limits
        self._reader = reader
        self._cancel = cancel
        self._log = bytearray()
        self._failure: BuildError | None = None
        self._pidfd: int | None = None
        self._scratch: Path | None = None
        self._watched = time.monotonic()
        self._ended: Mapping[str, Json] | None = None

    def run(self, worker: Worker, source: int) -> Finished:
        """Do it, on the parcel in the descriptor `source`, which is closed. Raises BuildError."""
        started = time.monotonic()
        output, their_output = os.pipe()
        log, their_log = os.pipe()
        control, their_control = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        wake = os.eventfd(0, os.EFD_CLOEXEC)
        theirs = [source, their_output, their_log, their_control.detach()]
        try:
            if self._cancel.cancelled:
                raise BuildError("cancelled", _CANCELLED)
            self._send(worker, theirs)
            while theirs:
                os.close(theirs.pop())
            with self._cancel.calling(lambda: os.eventfd_write(wake, 1)):
                self._follow(output, log, control, wake, started + self._limits.wall_seconds)
        finally:
            for descriptor in (*theirs, output, log, wake, *([] if self._pidfd is None else [self._pidfd])):
                os.close(descriptor)
            control.close()
            if self._scratch is not None:
                folders.remove(self._scratch)
        return self._judge(worker, time.monotonic() - started)

    def _send(self, worker: Worker, descriptors: list[int]) -> None:
        message = json.dumps({"task": self._task, "limits": asdict(self._limits)}).encode()
        try:
            socket.send_fds(worker.socket, [message], descriptors)
        except OSError as error:
            raise WorkerGone("worker", "the build worker is gone: try again") from error

    def _follow(self, output: int, log: int, control: socket.socket, wake: int, deadline: float) -> None:
        """Read what comes until the result is whole, or the process is gone, or time is up."""
        with selectors.DefaultSelector() as selector:
            selector.register(output, selectors.EVENT_READ, self._on_output)
            selector.register(log, selectors.EVENT_READ, self._on_log)
            selector.register(control, selectors.EVENT_READ, lambda _: self._on_control(control))
            selector.register(wake, selectors.EVENT_READ, self._on_cancel)
            awaited = {output, log, control.fileno()}
            while awaited & selector.get_map().keys():
                if self._has_all():
                    self._finish(log)
                    return
                left = deadline - time.monotonic()
                if left <= 0 and self._failure is None:
                    self._fail("timeout", f"took longer than {self._limits.wall_seconds:g} seconds")
                    left, deadline = END_SECONDS, time.monotonic() + END_SECONDS
                elif left <= 0:
                    return
                for key, _ in selector.select(left if self._scratch is None else min(left, WATCH_SECONDS)):
                    if not key.data(key.fileobj):
                        selector.unregister(key.fileobj)
                self._watch()

    def _has_all(self) -> bool:
        """Whether the end of the process need not be awaited: it goes away while its result is used. Where its scratch
        folder is still to be removed, it must be gone first."""
        whole = self._reader.closed and self._failure is None
        return whole and self._pidfd is not None and self._scratch is None

    def _finish(self, log: int) -> None:
        self._kill()
        os.set_blocking(log, False)
        with contextlib.suppress(BlockingIOError):
            while self._on_log(log):
                pass

    def _watch(self) -> None:
        if self._reader.closed or self._failure is not None:
            self._kill()
        elif self._scratch is not None and time.monotonic() - self._watched > WATCH_SECONDS:
            bounds = self._limits.scratch_bytes, self._limits.scratch_files
            if not folders.fits(self._scratch, *bounds):
                self._fail("output", "filled its folder with more than {} bytes or {} files".format(*bounds))
            self._watched = time.monotonic()

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
        """First the process and its folder, then how it ended; both from the worker, not from the task."""
        message, descriptors, _, _ = socket.recv_fds(control, 65_536, 1)
        told = json.loads(message) if message else {}
        if descriptors:
            self._pidfd = descriptors[0]
            self._scratch = Path(told["scratch"]) if told["scratch"] else None
            if self._failure is not None:
                self._kill()
            return True
        if told:
            self._ended = told
        return False

    def _fail(self, kind: str, message: str) -> None:
        if self._failure is None:
            self._failure = BuildError(kind, message)
        self._kill()

    def _kill(self) -> None:
        if self._pidfd is not None:
            with contextlib.suppress(ProcessLookupError):  # gone already
                signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)

    def _judge(self, worker: Worker, seconds: float) -> Finished:
        log = self._log.decode(errors="replace")
        if self._failure is not None:
            raise BuildError(self._failure.kind, str(self._failure), log)
        closing = self._reader.closing
        if self._reader.closed and isinstance(closing, dict):
            error = closing.get("error")
            if isinstance(error, dict):
                raise BuildError(str(error.get("kind")), str(error.get("message")), log)
            return Finished(closing.get("result"), self._reader.files, log, seconds)
        if self._reader.closed:  # by a closing message that is none
            raise _explain_death(0, log)
        if self._ended is None:
            raise BuildError("worker", "the build worker ended in the middle of the task: try again", log)
        if not self._ended["locked"]:
            raise NotBegun("worker", f"a build's process could not lock itself in: {worker.said()}", log)
        if not self._ended["begun"]:
            raise NotBegun("worker", "a build's process was ended before it began: try again", log)
        raise _explain_death(self._ended["code"], log)


def _explain_death(code: Json, log: str) -> BuildError:
    """Why a process went away without a result."""
    assert isinstance(code, int)
    if "MemoryError" in log or "std::bad_alloc" in log or "Standard_OutOfMemory" in log:
        return BuildError("memory", "needed more memory than a build may have", log)
    if code == -signal.SIGXCPU:
        return BuildError("timeout", "used more processor time than a build may have", log)
    if code < 0:
        name = signal.Signals(-code).name if -code in signal.valid_signals() else str(-code)
        return BuildError("crashed", f"the geometry kernel crashed ({name})", log)
    return BuildError("crashed", "ended without a result", log)
