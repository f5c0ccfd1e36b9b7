"""The warm worker: imports the kernel once, then forks one confined throw-away process for each task.

Started by worker.py as `python start.py SETTINGS`. First the *launcher* finds out what the host grants
and puts the
worker into namespaces of its own; then the worker warms up and answers requests that come over a socket: a JSON message
with four descriptors (input, output, log, control). On `control` it returns a pidfd of the process at once, and its
exit status at the end.

The worker stays single-threaded, so that forking is safe. When its socket closes it kills what still runs and ends.
"""

import contextlib
import gc
import json
import os
import select
import shutil
import signal
import socket
import sys
import tempfile
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

from designs.sandbox import confine, filesystem, kernel, landlock, parcel
from designs.sandbox.confine import Confinement
from designs.sandbox.limits import Limits

UNAVAILABLE = 97
"""Exit status of a launch under namespaces that the host does not grant."""
OTHER_UIDS = (0x70000000, 60_000)
"""Candidates for a user id that nobody has on the host; the second for hosts that map only 65,536."""
INNER_UID = 1
MAX_REQUEST = 64 << 10
_NAMESPACES = confine.CHILD_NAMESPACES | kernel.CLONE_NEWPID
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Settings:
    """What jail.py tells the launcher."""

    socket: int
    folder: str
    """An empty private folder: mount point of the private root, or the place of scratch folders where there is none."""
    engines: tuple[str, ...]
    readable: tuple[Path, ...]
    programs: tuple[Path, ...]
    without: tuple[str, ...] = ()
    """Layers to leave off: `namespaces`, `own_uid`, `landlock`, `seccomp`. For tests of the others."""


@dataclass(frozen=True)
class Host:
    """What the namespaces gave the worker."""

    own_user_namespace: bool
    own_uid: int | None
    pid_namespace: int
    """Descriptor of the worker's own, to come back to before each fork."""
    memory: int
    """Descriptor of the worker's own /proc/self/statm, which is out of sight later."""


def main() -> None:
    """Entry point of the process."""
    raw = json.loads(sys.argv[1])
    settings = Settings(
        socket=raw["socket"],
        folder=raw["folder"],
        engines=tuple(raw["engines"]),
        readable=tuple(map(Path, raw["readable"])),
        programs=tuple(map(Path, raw["programs"])),
        without=tuple(raw["without"]),
    )
    if "namespaces" not in settings.without and launch(settings):
        return
    work(settings, None)
    _clean_up(settings)


def launch(settings: Settings) -> bool:
    """Run the worker inside namespaces; False when the host grants none. Returns when the worker has ended."""
    for with_user in (True, False) if os.geteuid() == 0 else (True,):
        to_inner, from_outer = os.pipe(), os.pipe()
        pid = os.fork()
        if pid == 0:
            _inner(settings, to_inner[0], from_outer[1], with_user=with_user)
        os.close(to_inner[0])
        os.close(from_outer[1])
        if os.read(from_outer[0], 1) == b"n":
            os.write(to_inner[1], str(_map_users(pid) if with_user else OTHER_UIDS[0]).encode() + b"\n")
        os.close(to_inner[1])
        if os.read(from_outer[0], 1) == b"r":
            os.close(settings.socket)
            status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            if status == 0:
                _clean_up(settings)
            sys.exit(status)
        os.waitpid(pid, 0)
    return False


def _clean_up(settings: Settings) -> None:
    """Whoever started this may have died without doing so."""
    shutil.rmtree(Path(settings.folder).parent, ignore_errors=True)


def _inner(settings: Settings, from_outer: int, to_outer: int, *, with_user: bool) -> None:
    """New namespaces, then the worker as first process of the pid namespace, told to the launcher as it succeeds."""
    try:
        kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
        kernel.unshare(_NAMESPACES | (kernel.CLONE_NEWUSER if with_user else 0))
        os.write(to_outer, b"n")
        uid = int(os.read(from_outer, 32) or b"-1")
        if uid < 0:
            os._exit(UNAVAILABLE)
        pid = os.fork()
        if pid:
            os.close(to_outer)
            os.close(settings.socket)
            os._exit(min(255, abs(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))))
        kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
        pid_namespace = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)
        memory = os.open("/proc/self/statm", os.O_RDONLY | os.O_CLOEXEC)
        filesystem.enter_private_root(Path(settings.folder), (*settings.readable, *settings.programs))
        os.write(to_outer, b"r")
        os.close(to_outer)
    except OSError as error:
        sys.stderr.write(f"namespaces are not available: {error}\n")
        sys.stderr.flush()
        os._exit(UNAVAILABLE)
    try:
        work(settings, Host(with_user, uid or None, pid_namespace, memory))
    except BaseException:  # noqa: BLE001  (outermost: a forked process never returns)
        sys.excepthook(*sys.exc_info())
        sys.stderr.flush()
        os._exit(1)
    os._exit(0)


def _map_users(pid: int) -> int:
    """Give the new user namespace its ids; returns the inner id for tasks: 0 when there is only the caller's own, -1
    when refused."""
    own_uid, own_gid = os.geteuid(), os.getegid()
    if own_uid == 0:
        for other in OTHER_UIDS:
            lines = f"0 0 1\n{INNER_UID} {other} 1\n"
            if _write(f"/proc/{pid}/uid_map", lines) and _write(f"/proc/{pid}/gid_map", lines):
                return INNER_UID
    single = _write(f"/proc/{pid}/setgroups", "deny") and _write(f"/proc/{pid}/uid_map", f"0 {own_uid} 1\n")
    return 0 if single and _write(f"/proc/{pid}/gid_map", f"0 {own_gid} 1\n") else -1


def _write(path: str, text: str) -> bool:
    try:
        Path(path).write_text(text)
    except OSError:
        return False
    return True


def work(settings: Settings, host: Host | None) -> None:
    """Warm up, say ready, and serve until the socket closes. `host` is None outside of namespaces."""
    from designs.sandbox import tasks

    kept = filesystem.KEPT if host else Path(settings.folder)
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
    server = Server(settings, confinement, host)
    gc.collect()
    gc.freeze()
    server.serve()


@dataclass
class Running:
    pid: int
    control: socket.socket
    scratch: Path | None


class Server:
    """Forks, watches and reaps. One thread, one poll."""

    def __init__(self, settings: Settings, confinement: Confinement, host: Host | None) -> None:
        self._socket = socket.socket(fileno=settings.socket)
        self._settings = settings
        self._confinement = confinement
        self._pid_namespace = host.pid_namespace if host else None
        self._memory = host.memory if host else os.open("/proc/self/statm", os.O_RDONLY | os.O_CLOEXEC)
        kept = filesystem.KEPT if host else Path(settings.folder)
        self._reach = confine.Reach(kept, settings.readable, settings.programs)
        self._running: dict[int, Running] = {}
        self._poll = select.poll()
        self._poll.register(self._socket, select.POLLIN)

    def serve(self) -> None:
        """Until the other end is gone."""
        self._socket.send(json.dumps({"ready": asdict(self._confinement)}).encode())
        while True:
            for descriptor, _ in self._poll.poll():
                if descriptor != self._socket.fileno():
                    self._reap(descriptor)
                    continue
                message, descriptors, _, _ = socket.recv_fds(self._socket, MAX_REQUEST, 4)
                if not message:
                    for running in self._running.values():
                        os.kill(running.pid, signal.SIGKILL)
                    return
                self._start(json.loads(message), descriptors)

    def _start(self, request: dict[str, object], descriptors: list[int]) -> None:
        scratch = filesystem.SCRATCH
        if not self._confinement.namespaces:
            scratch = Path(tempfile.mkdtemp(dir=self._settings.folder))
        control = socket.socket(fileno=descriptors[3])
        if self._pid_namespace is not None:
            kernel.setns(self._pid_namespace, kernel.CLONE_NEWPID)
            kernel.unshare(kernel.CLONE_NEWPID)
        pid = os.fork()
        if pid == 0:
            self._run(request, descriptors, scratch)
        pidfd = os.pidfd_open(pid)
        socket.send_fds(control, [b"started"], [pidfd])
        for descriptor in descriptors[:3]:
            os.close(descriptor)
        self._running[pidfd] = Running(pid, control, None if self._confinement.namespaces else scratch)
        self._poll.register(pidfd, select.POLLIN)

    def _reap(self, pidfd: int) -> None:
        running = self._running.pop(pidfd)
        self._poll.unregister(pidfd)
        os.close(pidfd)
        _, status, usage = os.wait4(running.pid, 0)
        code = os.waitstatus_to_exitcode(status)
        if running.scratch is not None:
            shutil.rmtree(running.scratch, ignore_errors=True)
        with contextlib.suppress(OSError):  # nobody may wait for it any more
            running.control.send(json.dumps({"code": code, "max_rss_kib": usage.ru_maxrss}).encode())
        running.control.close()

    def _run(self, request: dict[str, object], descriptors: list[int], scratch: Path) -> None:
        """In the new process: put descriptors in order, lock in, work, end."""
        code = 70
        try:
            from designs.sandbox import tasks

            raw = request["limits"]
            assert isinstance(raw, dict)
            limits = Limits(**{field.name: raw[field.name] for field in fields(Limits)})
            base_memory = int(os.pread(self._memory, 200, 0).split()[0]) * _PAGE
            source, output = _arrange(descriptors)
            confine.enter(self._confinement, limits, scratch, self._reach, base_memory)
            tasks.run(str(request["task"]), _read_input(source, limits), output)
            code = 0
        except BaseException:  # noqa: BLE001  (outermost: a forked process never returns)
            sys.excepthook(*sys.exc_info())
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)


def _arrange(descriptors: list[int]) -> tuple[int, int]:
    """0 is /dev/null, 1 and 2 the log, 3 the output, 4 the input; nothing else stays open."""
    high = [os.dup2(descriptor, 200 + index) for index, descriptor in enumerate(descriptors[:3])]
    null = os.open("/dev/null", os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(high[2], 1)
    os.dup2(high[2], 2)
    os.dup2(high[1], 3, inheritable=False)
    os.dup2(high[0], 4, inheritable=False)
    os.closerange(5, 65_536)
    return 4, 3


def _read_input(source: int, limits: Limits) -> parcel.Json:
    """Files into the current folder; the closing message is the request."""
    inward = replace(limits, output_files=limits.scratch_files)
    reader = parcel.Reader(Path(), inward, on_message=lambda _: None, name=parcel.check_source_name)
    with open(source, "rb", buffering=0) as stream:
        while piece := stream.read(parcel.CHUNK):
            reader.feed(piece)
    return reader.closing
