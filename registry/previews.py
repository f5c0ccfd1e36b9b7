"""Models that are made and not kept yet: handed to who waits for them in this process, before the build is over."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from registry.ids import BuildId


class Previews:
    """Only to be used on the event loop's thread. Promises nothing: what another process makes is not heard of here."""

    def __init__(self) -> None:
        self._awaited: dict[BuildId, set[asyncio.Future[bytes]]] = defaultdict(set)

    @contextmanager
    def expect(self, build: BuildId) -> Iterator[asyncio.Future[bytes]]:
        """The bytes of the build's model, if it is made within the block."""
        awaited: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._awaited[build].add(awaited)
        try:
            yield awaited
        finally:
            awaited.cancel()
            self._awaited[build].discard(awaited)
            if not self._awaited[build]:
                del self._awaited[build]

    def show(self, build: BuildId, data: bytes) -> None:
        """The build's model is there."""
        for awaited in self._awaited.get(build, ()):
            if not awaited.done():
                awaited.set_result(data)
