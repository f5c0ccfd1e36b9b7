"""The moving part of the GRBL simulator: planned blocks that take their time, and one that waits for all of them."""

import asyncio
from collections import deque
from collections.abc import Callable

from testbed.grbl_blocks import Block, Point

PLANNED_BLOCKS = 15


class Planner:
    """Carries blocks out on the running event loop. `done` is called after each, when its effect is there."""

    def __init__(self, speed: float, done: Callable[[Block], None]) -> None:
        """speed: how many times faster than real time."""
        self.position: Point = (0.0, 0.0, 0.0)
        self.planned_position: Point = self.position
        self.executed: list[str] = []
        self.feed_percent = 100
        self.held = False
        self._speed = speed
        self._done = done
        self._queue: deque[Block] = deque()
        self._waiting: Block | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._current: Block | None = None
        self._left_seconds = 0.0
        self._since = 0.0

    @property
    def free(self) -> int:
        return PLANNED_BLOCKS - len(self._queue)

    @property
    def full(self) -> bool:
        """Takes no further block now."""
        return self._waiting is not None or not self.free

    @property
    def moving(self) -> bool:
        """A dwell or a tool change does not count, as the firmware tells it."""
        return bool(self._queue)

    def add(self, block: Block) -> None:
        if block.target:
            self.planned_position = block.target
        if block.synchronises:
            self._waiting = block
        else:
            self._queue.append(block)
        self._advance()

    def hold(self) -> None:
        if not self.held:
            self.held = True
            self._stop_clock()

    def go_on(self) -> None:
        self.held = False
        if self._current:
            self._start_clock()
        self._advance()

    def forget(self) -> None:
        """Everything that is not done; the position stays."""
        self._stop_clock()
        self._queue.clear()
        self._waiting = self._current = None
        self.planned_position = self.position
        self.held = False
        self.feed_percent = 100

    def _advance(self) -> None:
        block = self._queue[0] if self._queue else self._waiting
        if self._current is None and not self.held and block:
            self._current = block
            self._left_seconds = block.seconds * 100 / self.feed_percent / self._speed
            self.executed.append(block.text)
            self._start_clock()

    def _start_clock(self) -> None:
        loop = asyncio.get_running_loop()
        self._since = loop.time()
        self._timer = loop.call_later(max(self._left_seconds, 0), self._finish)

    def _stop_clock(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None
            self._left_seconds -= asyncio.get_running_loop().time() - self._since

    def _finish(self) -> None:
        block, self._current, self._timer = self._current, None, None
        assert block is not None
        if block.target:
            self.position = block.target
        if block is self._waiting:
            self._waiting = None
        else:
            self._queue.popleft()
        self._done(block)
        self._advance()
