"""The relay: what is notified in one registry process wakes the waiters of the others, by PostgreSQL's NOTIFY.

One connection listens for the whole process. What is to be told is collected while the last message is on its way, so
that a storm of notices becomes a few messages: NOTIFY is dear, and the dearer the more listen. A lost message does
harm to nobody: whoever waits looks again by itself.
"""

import asyncio
import logging
import secrets
from collections.abc import Collection, Iterator

import psycopg

from registry.errors import RegistryError
from registry.signals import Signals
from registry.store.database import Database
from registry.store.notices import LONGEST, notices, send_notices

logger = logging.getLogger(__name__)

ALL = "*"
"""Instead of topics: some were lost."""
PAUSE_SECONDS = 0.01
"""Between two messages: what comes in between goes together."""
MOST_HELD = 5000
"""Topics that wait to be sent; beyond that everybody is woken."""
RECONNECT_SECONDS = (0.1, 5.0)
"""Between two tries to listen: at first and at most."""


class Relay:
    """One a process, on PostgreSQL. Only to be used on the event loop's thread."""

    def __init__(self, db: Database, signals: Signals) -> None:
        self._db = db
        self._signals = signals
        self._own = secrets.token_hex(8)
        self._outbox: dict[str, None] = {}
        self._wake = asyncio.Event()
        self.listening = False
        """Whether the others can be heard now."""

    def send(self, topics: Collection[str]) -> None:
        """Tell the other processes, soon."""
        self._outbox.update(dict.fromkeys(topics))
        if len(self._outbox) > MOST_HELD:
            self._outbox = {ALL: None}
        self._wake.set()

    async def run(self) -> None:
        """Send and listen until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._send_all())
            group.create_task(self._listen())

    async def _send_all(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            topics, self._outbox = tuple(self._outbox), {}
            payloads = tuple(packed(self._own, topics))
            try:
                await self._db.write(lambda c, payloads=payloads: send_notices(c, payloads))  # type: ignore[misc]
            except RegistryError as error:
                logger.warning("the other processes could not be told: %s", error.message)
                await asyncio.sleep(RECONNECT_SECONDS[1])
                self.send([ALL])
            await asyncio.sleep(PAUSE_SECONDS)

    async def _listen(self) -> None:
        pause = RECONNECT_SECONDS[0]
        while True:
            try:
                async for payload in notices(self._db.url):
                    self.listening, pause = True, RECONNECT_SECONDS[0]
                    self._take(payload)
            except (psycopg.Error, OSError) as error:
                logger.warning("other processes are not heard for the moment: %s", error)
            self.listening = False
            await asyncio.sleep(pause)
            pause = min(RECONNECT_SECONDS[1], 2 * pause)

    def _take(self, payload: str | None) -> None:
        sender, *topics = [self._own + ALL, ALL] if payload is None else payload.split("\n")
        if sender == self._own:
            return
        if ALL in topics:
            self._signals.deliver_all()
        else:
            self._signals.deliver(topics)


def packed(sender: str, topics: Collection[str]) -> Iterator[str]:
    """Messages that name their sender and then topics, one a line, none longer than PostgreSQL takes."""
    lines, size = [sender], len(sender)
    for topic in topics:
        more = 1 + len(topic.encode())
        if size + more > LONGEST and len(lines) > 1:
            yield "\n".join(lines)
            lines, size = [sender], len(sender)
        lines.append(topic)
        size += more
    if len(lines) > 1:
        yield "\n".join(lines)
