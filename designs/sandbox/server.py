"""The warm worker at work: hands tasks to processes, watches and reaps them. One thread, one poll.

A request is a JSON message with four descriptors: input, output, log, control. On `control` it returns a pidfd of the
task's process at once, and how it ended at the end.
"""

import contextlib
import json
import os
import select
import signal
import socket
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from designs.sandbox import cell, folders, kernel, parcel
from designs.sandbox.cell import Cell, Plan
from designs.sandbox.confine import Confinement, Reach
from designs.sandbox.limits import Limits
from designs.sandbox.slices import Slices

LONG_NICE = 15
"""On top of the worker's own, of a task whose owner has used up a slice: it gives way to those that are young."""
MOST_NICE = 19
TRY_AGAIN_SECONDS = 0.05
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass
class Running:
    """A task under way."""

    cell: Cell
    control: socket.socket
    owner: str
    began: float
    long_from: float | None
    """When its owner's slice is used up; None when that is past."""


class Server:
    """Keeps one process in waiting, and the tasks that run."""

    def __init__(
        self,
        listening: int,
        confinement: Confinement,
        reach: Reach,
        memory: int,
        pid_namespace: int | None,
        *,
        engines: tuple[str, ...],
    ) -> None:
        self._socket = socket.socket(fileno=listening)
        self._confinement = confinement
        self._reach = reach
        self._memory = memory
        self._pid_namespace = pid_namespace
        self._engines = engines
        self._spare: Cell | None = None
        self._running: dict[int, Running] = {}
        self._slices = Slices()
        self._giving_way = min(MOST_NICE, os.nice(0) + LONG_NICE)
        self._poll = select.poll()
        self._poll.register(self._socket, select.POLLIN)

    def serve(self) -> None:
        """Until the other end is gone."""
        self._prepare(Limits())
        self._socket.send(json.dumps({"ready": asdict(self._confinement)}).encode())
        while True:
            for descriptor, _ in self._poll.poll(self._patience()):
                if descriptor != self._socket.fileno():
                    self._reap(descriptor)
                elif not self._answer():
                    return self._end()
            self._calm()

    def _answer(self) -> bool:
        """Take one request; False when there will be none any more."""
        message, descriptors, _, _ = socket.recv_fds(self._socket, cell.MAX_REQUEST, 4)
        if not message:
            return False
        request = parcel.read_json(message)
        assert isinstance(request, dict)
        limits = Limits.from_json(request["limits"])
        control = socket.socket(fileno=descriptors[3])
        taken = self._hand_over(limits, message, descriptors[:3])
        scratch = str(taken.scratch) if taken.scratch else None
        with contextlib.suppress(OSError):  # nobody may wait for it any more
            socket.send_fds(control, [json.dumps({"scratch": scratch}).encode()], [taken.pidfd])
        for descriptor in descriptors[:3]:
            os.close(descriptor)
        now = time.monotonic()
        young = self._slices.begin(limits.owner, now)
        self._running[taken.pidfd] = Running(taken, control, limits.owner, now, now + young)
        if self._spare is None:
            self._prepare(limits)
        return True

    def _hand_over(self, limits: Limits, message: bytes, descriptors: list[int]) -> Cell:
        """To the spare where there is one that suits, to a new process otherwise."""
        spare = self._spare
        if spare is not None and spare.suits(limits):
            self._spare = None
            try:
                spare.hand_over(message, descriptors)
            except OSError:  # somebody ended it
                self._discard(spare)
            else:
                return spare
        elif spare is not None:  # the next task will rather be like this one than like those before
            self._spare = None
            os.kill(spare.pid, signal.SIGKILL)
            self._discard(spare)
        fresh = self._fork(limits)
        fresh.hand_over(message, descriptors)
        return fresh

    def _prepare(self, limits: Limits) -> None:
        self._spare = self._fork(limits)

    def _fork(self, limits: Limits) -> Cell:
        scratch = self._reach.scratch
        if not self._confinement.namespaces:
            scratch = Path(tempfile.mkdtemp(dir=scratch))
        if self._pid_namespace is not None:
            kernel.setns(self._pid_namespace, kernel.CLONE_NEWPID)
            kernel.unshare(kernel.CLONE_NEWPID)
        base_memory = int(os.pread(self._memory, 200, 0).split()[0]) * _PAGE
        channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        pid = os.fork()
        if pid == 0:
            cell.live(Plan(self._confinement, self._reach, limits, scratch, base_memory, self._engines), theirs)
        theirs.close()
        pidfd = os.pidfd_open(pid)
        self._poll.register(pidfd, select.POLLIN)
        return Cell(pid, pidfd, channel, limits, None if self._confinement.namespaces else scratch)

    def _reap(self, pidfd: int) -> None:
        if self._spare is not None and self._spare.pidfd == pidfd:
            spare, self._spare = self._spare, None
            was_locked = cell.LOCKED in spare.came_to()
            self._discard(spare)
            if was_locked:  # one that could not lock itself in would fail again: a task will say so
                self._prepare(spare.limits)
            return
        running = self._running.pop(pidfd)
        self._slices.end(running.owner, running.began, time.monotonic())
        told = running.cell.came_to()
        code, max_rss_kib = self._bury(running.cell)
        with contextlib.suppress(OSError):  # nobody may wait for it any more
            reached = {"locked": cell.LOCKED in told, "begun": cell.BEGUN in told}
            ended = {"code": code, "max_rss_kib": max_rss_kib, **reached}
            running.control.send(json.dumps(ended).encode())
        running.control.close()

    def _discard(self, spare: Cell) -> None:
        self._bury(spare)
        if spare.scratch is not None:
            folders.remove(spare.scratch)

    def _bury(self, gone: Cell) -> tuple[int, int]:
        """Wait for its end and forget it: exit code, and the most memory it had, KiB."""
        with contextlib.suppress(ProcessLookupError, PermissionError):  # it had no others, or was not that far
            os.killpg(gone.pid, signal.SIGKILL)
        _, status, usage = os.wait4(gone.pid, 0)
        with contextlib.suppress(KeyError):
            self._poll.unregister(gone.pidfd)
        os.close(gone.pidfd)
        gone.channel.close()
        return os.waitstatus_to_exitcode(status), usage.ru_maxrss

    def _patience(self) -> float | None:
        """Milliseconds until the next task is young no longer."""
        times = [running.long_from for running in self._running.values() if running.long_from is not None]
        return max(0.0, min(times) - time.monotonic()) * 1000 + 1 if times else None

    def _calm(self) -> None:
        now = time.monotonic()
        for running in self._running.values():
            if running.long_from is not None and now >= running.long_from:
                running.long_from = None
                try:
                    os.setpriority(os.PRIO_PGRP, running.cell.pid, self._giving_way)
                except ProcessLookupError:  # not locked in yet, or gone: then it is reaped before the next try
                    running.long_from = now + TRY_AGAIN_SECONDS

    def _end(self) -> None:
        pids = [running.cell.pid for running in self._running.values()]
        for pid in [*pids, *([self._spare.pid] if self._spare else [])]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
