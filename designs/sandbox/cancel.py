"""The wish to end a task, from any thread."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Cancel:
    """Handed to the tasks of one build; `cancel()` ends whichever is running, and those that would follow."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: list[Callable[[], None]] = []
        self._cancelled = False

    @property
    def cancelled(self) -> bool:
        """Whether anybody has asked for the end."""
        return self._cancelled

    def cancel(self) -> None:
        """Ask for the end. Thread-safe; again changes nothing."""
        with self._lock:
            first, self._cancelled = not self._cancelled, True
            for call in self._calls if first else ():
                call()

    @contextmanager
    def calling(self, call: Callable[[], None]) -> Iterator[None]:
        """While the block runs, `cancel()` calls this, in the thread that cancels; at once where it came before. The
        call must be quick and must not raise; it is over when the block has ended."""
        with self._lock:
            self._calls.append(call)
            if self._cancelled:
                call()
        try:
            yield
        finally:
            with self._lock:
                self._calls.remove(call)
