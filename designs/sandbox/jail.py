"""The parent's side of the jail: starts the warm worker, hands it tasks, and enforces time and output from outside.

    with Jail() as jail:
        finished = jail.run("run_script", request, files, into=folder, limits=Limits())

Thread-safe: any number of threads may run tasks at once, each waits for its own. A worker that dies is replaced.
"""

import fcntl
import os
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from designs.sandbox import parcel
from designs.sandbox.attempt import Attempt, Finished, NotBegun, WorkerGone
from designs.sandbox.cancel import Cancel
from designs.sandbox.confine import Confinement, Floor
from designs.sandbox.environment import CAD, Environment
from designs.sandbox.limits import Limits
from designs.sandbox.parcel import Json
from designs.sandbox.worker import Worker

__all__ = ["Finished", "Jail"]


_SEALS = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE
"""A task can neither change its input nor use it as memory that no limit counts."""


class Jail:
    """One warm worker and its tasks."""

    def __init__(
        self,
        environment: Environment = CAD,
        without: frozenset[str] = frozenset(),
        *,
        floor: Floor = Floor.STANDARD,
    ) -> None:
        """Where the host confines less than the floor, no worker starts. `without` names layers to leave off, to see
        what the others do alone: `namespaces`, `own_uid`, `landlock`, `seccomp`."""
        self._environment = environment
        self._floor = floor
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
        on_file: Callable[[str, Path], None] = lambda _name, _path: None,
        cancel: Cancel | None = None,
    ) -> Finished:
        """Do a task on copies of the files; what comes back is put into the folder `into`, and `on_file` is told each
        name and path as soon as it is whole, before anybody knows how the task ends. Raises BuildError; its
        kind is `cancelled` when `cancel` was asked for the end, and the task's process is then gone."""

        def attempt(worker: Worker) -> Finished:
            reader = parcel.Reader(into, limits, on_message, on_file=on_file)
            return Attempt(task, limits, reader, cancel or Cancel()).run(worker, _pack(request, files))

        worker = self._ready()
        try:
            return attempt(worker)
        except WorkerGone:
            self._replace(worker)
        except NotBegun:
            pass
        return attempt(self._ready())

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
                self._worker = Worker(self._environment, self._floor, self._without)
            return self._worker


def _pack(request: Json, files: Mapping[str, Path | bytes]) -> int:
    """The parcel that goes in, as an anonymous file that nobody can change."""
    descriptor = os.memfd_create("cofab-task", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    with os.fdopen(os.dup(descriptor), "wb") as stream:
        parcel.write_files(stream, files)
        parcel.write_closing(stream, request)
    fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, _SEALS)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor
