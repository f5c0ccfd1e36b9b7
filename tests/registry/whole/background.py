"""A registry on an event loop of its own, for tests that are no coroutines."""

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import httpx

from registry.settings import Settings
from tests.registry.harness import Registry, running

T = TypeVar("T")
PATIENCE_SECONDS = 60


class Background:
    """A loop in a thread, with a registry that runs on it."""

    def __init__(self, loop: asyncio.AbstractEventLoop, registry: Registry) -> None:
        self._loop = loop
        self.registry = registry

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_SECONDS)

    def request(self, client: httpx.AsyncClient, method: str, url: str, **more: Any) -> httpx.Response:
        return self.run(client.request(method, url, **more))


@contextmanager
def background(settings: Settings) -> Iterator[Background]:
    """A registry until the end of the block."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="registry under test", daemon=True)
    thread.start()
    context = running(settings)
    try:
        entered = asyncio.run_coroutine_threadsafe(context.__aenter__(), loop).result(PATIENCE_SECONDS)
        try:
            yield Background(loop, entered)
        finally:
            asyncio.run_coroutine_threadsafe(context.__aexit__(None, None, None), loop).result(PATIENCE_SECONDS)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(PATIENCE_SECONDS)
        loop.close()
