"""Wake-ups: whoever waits for a topic looks at the database again when it is notified.

A signal carries nothing and promises nothing: waiters re-check, and wake by themselves after their time-out. On
PostgreSQL the registry's processes wake each other as well (registry.work.relay). To miss nothing, listen first and
look afterwards:

    with signals.listen("builds") as news:
        while (build := await db.write(take_next)) is None:
            await news.wait(timeout_seconds)
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Protocol


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


class Follower(Protocol):
    """Hears every topic, to look after its own listeners."""

    def hear(self, topics: Collection[str]) -> None:
        """These were notified."""

    def hear_all(self) -> None:
        """Any topic may have been notified without anybody's hearing it."""

    def close(self) -> None:
        """The process begins to stop."""


class Signals:
    """Topics are plain texts: `log`, `machines`, `build:<id>`, `order:<id>`. Only to be used on the event loop's
    thread.
    """

    def __init__(self) -> None:
        self._listeners: dict[str, set[Listener]] = defaultdict(set)
        self._followers: list[Follower] = []
        self._outlets: list[Callable[[Collection[str]], None]] = []
        self._closed = False

    def follow(self, follower: Follower) -> None:
        """Let it hear every topic from now on."""
        self._followers.append(follower)

    def carry(self, outlet: Callable[[Collection[str]], None]) -> None:
        """Hand what is notified in this process to it, for the others."""
        self._outlets.append(outlet)

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
        """Wake everybody who listens to one of these topics, in other processes too."""
        self.deliver(topics)
        for outlet in self._outlets:
            outlet(topics)

    def deliver(self, topics: Collection[str]) -> None:
        """Wake everybody in this process who listens to one of these topics."""
        for topic in topics:
            for listener in self._listeners.get(topic, ()):
                listener.notify()
        for follower in self._followers:
            follower.hear(topics)

    def deliver_all(self) -> None:
        """Wake everybody in this process: something may have been missed."""
        for listeners in self._listeners.values():
            for listener in listeners:
                listener.notify()
        for follower in self._followers:
            follower.hear_all()

    async def wait(self, topic: str, timeout_seconds: float) -> bool:
        """Wait for one notice, at most this long. True when there was one."""
        with self.listen(topic) as listener:
            return await listener.wait(timeout_seconds)

    def close(self) -> None:
        """Wake everybody for the last time."""
        self._closed = True
        self.deliver_all()
        for follower in self._followers:
            follower.close()
