"""One event loop on a thread of its own, in which all relays of a plant run."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Any, Self, TypeVar

T = TypeVar("T")


class RelayLoop:
    """Context manager. Everything that touches a relay's connections goes through it."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="relays", daemon=True)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do it there and return what it gives."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def tell(self, act: Callable[[], object]) -> None:
        """Do it there, and return when it is done. Not to be called from there."""

        async def do() -> None:
            act()

        self.run(do())

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.run(_cancel_others())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


async def _cancel_others() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
