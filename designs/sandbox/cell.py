"""One throw-away process of the warm worker: it locks itself in ahead of time, waits for a task, does it and ends.

Locking in takes longer than many a task. So it is done by a process in waiting, the *spare*, that knows nothing yet: no
request, no file, no descriptor of any task. What is still to be done at the hand-over is to lower limits, to take the
task's three descriptors and to close the last door, seccomp; only then is the first byte from outside read.
"""

import contextlib
import os
import socket
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Never

from designs.sandbox import confine, parcel
from designs.sandbox.confine import Confinement, Reach
from designs.sandbox.limits import Limits

LOCKED = b"locked"
BEGUN = b"begun"
MAX_REQUEST = 64 << 10
FAILED = 70
"""Exit status of a process that did not come to the end of its task."""
_CHANNEL, _SOURCE, _OUTPUT, _LOG = 3, 4, 5, 6
"""Descriptors at the hand-over; 0 is /dev/null, and nothing else is open."""


@dataclass
class Cell:
    """The process as the worker sees it."""

    pid: int
    pidfd: int
    channel: socket.socket
    limits: Limits
    """What it locked itself in for; a task may ask for less."""
    scratch: Path | None
    """A folder to remove after it, where it has no file system of its own."""

    def came_to(self) -> frozenset[bytes]:
        """What it has told: LOCKED when it was in place, BEGUN when it had taken a task. Asked once, when it has
        ended: somebody may have ended it after a task was handed over and before it knew of it."""
        told = set()
        with contextlib.suppress(OSError):
            while word := self.channel.recv(len(LOCKED), socket.MSG_DONTWAIT):
                told.add(word)
        return frozenset(told)

    def suits(self, limits: Limits) -> bool:
        """Whether a task with these limits may run in it: what cannot be lowered later must be equal."""
        return self.limits.can_become(limits)

    def hand_over(self, request: bytes, descriptors: list[int]) -> None:
        """Give it its task: input, output and log. OSError where it is gone."""
        socket.send_fds(self.channel, [request], descriptors)


@dataclass(frozen=True)
class Plan:
    """What a process needs to know to lock itself in."""

    confinement: Confinement
    reach: Reach
    limits: Limits
    scratch: Path
    base_memory: int
    """Address space that the warm worker had mapped already, bytes."""
    engines: tuple[str, ...] = ()
    """What it limbers up for."""


def live(plan: Plan, channel: socket.socket) -> Never:
    """In the new process: lock in, wait, work, end."""
    code = FAILED
    try:
        _let_go(channel.detach())
        door = confine.enter(plan.confinement, plan.limits, plan.scratch, plan.reach, plan.base_memory)
        waiting = socket.socket(fileno=_CHANNEL)
        if plan.limits.are_roomy:
            _limber_up(plan.engines)
        waiting.send(LOCKED)
        request, descriptors, _, _ = socket.recv_fds(waiting, MAX_REQUEST, 3)
        if not request:
            os._exit(0)  # the worker is gone, or has no use for it
        waiting.send(BEGUN)
        waiting.detach()
        _work(request, descriptors, door, plan.base_memory)
        code = 0
    except BaseException:  # noqa: BLE001  (outermost: a forked process never returns)
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _limber_up(engines: tuple[str, ...]) -> None:
    from designs.sandbox import tasks

    tasks.limber_up(engines)


def _let_go(channel: int) -> None:
    """Of every descriptor of the worker's but its log: others' tasks are among them."""
    os.dup2(channel, _CHANNEL, inheritable=False)
    null = os.open("/dev/null", os.O_RDWR)
    os.dup2(null, 0)
    os.closerange(_CHANNEL + 1, 65_536)


def _work(request: bytes, descriptors: list[int], door: confine.Door, base_memory: int) -> None:
    from designs.sandbox import tasks

    if descriptors != [_SOURCE, _OUTPUT, _LOG]:
        raise RuntimeError(f"descriptors {descriptors} came with a task")
    message = parcel.read_json(request)
    assert isinstance(message, dict)
    limits = Limits.from_json(message["limits"])
    os.dup2(_LOG, 1)
    os.dup2(_LOG, 2)
    os.dup2(_OUTPUT, _CHANNEL, inheritable=False)
    os.closerange(_OUTPUT, _LOG + 1)
    confine.close(door, limits, base_memory)
    tasks.run(str(message["task"]), _read_input(_SOURCE, limits), _CHANNEL)


def _read_input(source: int, limits: Limits) -> parcel.Json:
    """Files into the current folder; the closing message is the request."""
    inward = replace(limits, output_files=limits.scratch_files)
    reader = parcel.Reader(Path(), inward, on_message=lambda _: None, name=parcel.check_source_name)
    with open(source, "rb", buffering=0) as stream:
        while piece := stream.read(parcel.CHUNK):
            reader.feed(piece)
    return reader.closing
