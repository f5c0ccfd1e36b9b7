"""The warm worker: imports the kernel once, then forks one confined throw-away process for each task.

Started by worker.py as `python start.py SETTINGS`. The worker stays single-threaded, so that forking is safe. When
its socket closes it kills what still runs and ends.
"""

import contextlib
import gc
import json
import os
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from designs.sandbox import confine, filesystem, folders, kernel, landlock, launch
from designs.sandbox.confine import Confinement
from designs.sandbox.server import Server

_MORE_WILLINGLY = 500
"""Where the host runs out of memory, the kernel ends a build rather than the server that asked for it."""


@dataclass(frozen=True)
class Settings:
    """What worker.py tells the worker."""

    socket: int
    folder: Path
    """An empty private folder: mount point of the private root, or the place of scratch folders where there is none."""
    engines: tuple[str, ...]
    readable: tuple[Path, ...]
    programs: tuple[Path, ...]
    without: tuple[str, ...]
    """Layers to leave off: `namespaces`, `own_uid`, `landlock`, `seccomp`. For tests of the others."""

    @classmethod
    def read(cls, text: str) -> "Settings":
        """From the JSON that worker.py wrote."""
        raw = json.loads(text)
        return cls(
            socket=raw["socket"],
            folder=Path(raw["folder"]),
            engines=tuple(raw["engines"]),
            readable=tuple(map(Path, raw["readable"])),
            programs=tuple(map(Path, raw["programs"])),
            without=tuple(raw["without"]),
        )


def main() -> None:
    """Entry point of the process."""
    settings = Settings.read(sys.argv[1])
    with contextlib.suppress(OSError):  # a host without /proc
        Path("/proc/self/oom_score_adj").write_text(str(_MORE_WILLINGLY))
    status: int | None = None
    if "namespaces" not in settings.without:
        beside = (*settings.readable, *settings.programs)
        status = launch.launch(launch.Launch(partial(work, settings), settings.socket, settings.folder, beside))
    if status is None:
        work(settings, None)
    if not status:
        folders.remove(settings.folder.parent)  # whoever started this may have died without doing so
    sys.exit(status or 0)


def work(settings: Settings, host: launch.Host | None) -> None:
    """Warm up, say ready, and serve until the socket closes. `host` is None outside of namespaces."""
    from designs.sandbox import tasks

    kept, scratches = filesystem.KEPT, filesystem.SCRATCH
    if host is None:  # apart from each other: what is kept may be read by all tasks
        kept, scratches = settings.folder / "kept", settings.folder / "tasks"
        kept.mkdir()
        scratches.mkdir()
    tasks.warm_up(settings.engines, kept)
    if host:
        filesystem.seal_private_root()
    if not kernel.single_threaded():
        raise RuntimeError("the warm worker has more than one thread: forking it would not be safe")
    confinement = Confinement(
        namespaces=host is not None,
        own_user_namespace=host is not None and host.own_user_namespace,
        own_uid=host.own_uid if host and "own_uid" not in settings.without else None,
        landlock_abi=landlock.abi() if "landlock" not in settings.without else 0,
        seccomp=kernel.machine() in ("x86_64", "aarch64") and "seccomp" not in settings.without,
    )
    reach = confine.Reach(kept, scratches, settings.readable, settings.programs)
    memory = host.memory if host else os.open("/proc/self/statm", os.O_RDONLY | os.O_CLOEXEC)
    pid_namespace = host.pid_namespace if host else None
    server = Server(settings.socket, confinement, reach, memory, pid_namespace, engines=settings.engines)
    gc.collect()
    gc.freeze()
    server.serve()
