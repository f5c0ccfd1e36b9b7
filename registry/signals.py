"""Wake-ups inside one process: whoever waits for a topic looks at the database again when it is notified.

A signal carries nothing and promises nothing: waiters re-check, and wake by themselves after their time-out, so
that what another process did is seen too. To miss nothing, listen first and look afterwards:

    with signals.listen("jobs") as jobs:
        while (job := await db.write(claim)) is None:
            await jobs.wait(timeout_seconds)
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager


class Listener:
    """Remembers that it was notified until the next `wait` takes notice of it."""

    def __init__(self) -> None:
        self._notified = asyncio.Event()

    def notify(self) -> None:
        self._notified.set()

    async def wait(self, timeout_seconds: float) -> bool:
        """Return at once when notified since the last wait, else at the next notice. False: the time ran out."""
        try:
            async with asyncio.timeout(timeout_seconds):
                await self._notified.wait()
        except TimeoutError:
            return False
        self._notified.clear()
        return True


class Signals:
    """Topics are plain texts: `log`, `jobs`, `build:<id>`, `order:<id>`. Only to be used on the event loop's thread."""

    def __init__(self) -> None:
        self._listeners: dict[str, set[Listener]] = defaultdict(set)
        self._closed = False

    @property
    def closed(self) -> bool:
        """True from the moment the process begins to stop: streams and long polls end."""
        return self._closed

    @contextmanager
    def listen(self, *topics: str) -> Iterator[Listener]:
        """Hear the notices of these topics from now on."""
        listener = Listener()
        for topic in topics:
            self._listeners[topic].add(listener)
        try:
            yield listener
        finally:
            for topic in topics:
                self._listeners[topic].discard(listener)
                if not self._listeners[topic]:
                    del self._listeners[topic]

    def notify(self, *topics: str) -> None:
        """Wake everybody who listens to one of these topics."""
        for topic in topics:
            for listener in self._listeners.get(topic, ()):
                listener.notify()

    async def wait(self, topic: str, timeout_seconds: float) -> bool:
        """Wait for one notice, at most this long. True when there was one."""
        with self.listen(topic) as listener:
            return await listener.wait(timeout_seconds)

    def close(self) -> None:
        """Wake everybody for the last time."""
        self._closed = True
        self.notify(*self._listeners)
