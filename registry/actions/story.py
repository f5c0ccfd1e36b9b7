"""What a transaction tells: the order's own story at once, the public log at the end, and whom to wake afterwards."""

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa

from registry.actions.log import append
from registry.errors import Fact
from registry.store import orders as store

JOBS = "jobs"
"""Topic that is notified when work came into the queue."""


def order_topic(order: str) -> str:
    """Topic of everything that happens to an order."""
    return f"order:{order}"


class Story:
    """Collects what one transaction tells. `finish` writes the log, whose lock is held until the commit, last."""

    def __init__(self, connection: sa.Connection, now: datetime) -> None:
        self.connection = connection
        self.now = now
        self._public: list[tuple[str, str, str, Mapping[str, Fact]]] = []
        self._topics: set[str] = set()

    def tell(
        self, order: str, kind: str, *, job: str | None = None, attempt: str | None = None, words: str | None = None
    ) -> None:
        """Add a line to the story of an order."""
        store.add_event(
            self.connection, order_id=order, job_id=job, attempt_id=attempt, kind=kind, words=words, at=self.now
        )
        self._topics.add(order_topic(order))

    def publish(self, kind: str, subject: str, actor: str, data: Mapping[str, Fact]) -> None:
        """Add an entry to the public log."""
        self._public.append((kind, subject, actor, data))

    def wake(self, topic: str) -> None:
        self._topics.add(topic)

    def finish(self) -> frozenset[str]:
        """Write the log. Returns the topics to notify after the commit."""
        for kind, subject, actor, data in self._public:
            append(self.connection, kind, subject, actor, data, self.now)
        return frozenset(self._topics | ({"log"} if self._public else set()))
