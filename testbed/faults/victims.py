"""Killing and stopping processes, and bringing them back, each on a thread of its own."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from testbed.faults.cards import Kind
from testbed.process import Server, ServerFailed

AT_ONCE = 2
"""Processes that are away at the same time."""
STARTS = 3
"""A registry that comes up while its database is frozen ends again, as it should; its supervisor starts it anew."""


@dataclass
class Victim:
    """A process. `busy` is held while it is away; `using` by whoever must not see it end under their hands."""

    server: Server
    busy: threading.Lock = field(default_factory=threading.Lock)
    using: threading.Lock = field(default_factory=threading.Lock)


class Victims:
    """The processes of a plant, by name."""

    def __init__(self, servers: dict[str, Server]) -> None:
        self._victims = {name: Victim(server) for name, server in servers.items()}
        self._at_once = threading.Semaphore(AT_ONCE)
        self._threads: list[threading.Thread] = []
        self.failures: list[str] = []
        """What could not be started again."""

    def __getitem__(self, name: str) -> Victim:
        return self._victims[name]

    def hurt(self, name: str, kind: Kind, seconds: float) -> bool:
        """Kill or stop it for so long. False when it, or too much else, is away already."""
        victim = self._victims[name]
        if not self._at_once.acquire(blocking=False):
            return False
        if not victim.busy.acquire(blocking=False):
            self._at_once.release()
            return False
        # The blow itself falls at once: the moment is what counts.
        if kind is Kind.KILL:
            victim.server.kill9()
            back: Callable[[], None] = partial(self._start, name, victim)
        else:
            victim.server.freeze()
            back = victim.server.thaw
        thread = threading.Thread(target=self._bring_back, args=(victim, back, seconds), name=f"{name} is away")
        self._threads.append(thread)
        thread.start()
        return True

    def join(self) -> None:
        """Return when everything is back."""
        for thread in self._threads:
            thread.join()

    def _bring_back(self, victim: Victim, back: Callable[[], None], seconds: float) -> None:
        threading.Event().wait(seconds)
        try:
            back()
        finally:
            victim.busy.release()
            self._at_once.release()

    def _start(self, name: str, victim: Victim) -> None:
        for attempt in range(1, STARTS + 1):
            try:
                with victim.using:
                    victim.server.start()
            except ServerFailed as error:
                if attempt == STARTS:
                    self.failures.append(f"{name} did not come back: {error}")
            else:
                return
