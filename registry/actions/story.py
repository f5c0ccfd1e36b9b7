"""What a transaction tells: the orders' own stories, the public log, and whom to wake afterwards."""

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa

from registry.actions.log import append
from registry.core.handing_out import Queue
from registry.errors import Fact
from registry.store import orders as store

JOBS = "jobs"
"""Topics that begin so are notified when work came into a queue; the rest says into which."""


def queue_topic(queue: Queue) -> str:
    """Topic of one queue of jobs."""
    return "\t".join((JOBS, queue.process, queue.material, queue.place))


def queue_of_topic(topic: str) -> Queue | None:
    """The queue that a topic is of; None for any other topic."""
    kind, *parts = topic.split("\t")
    return Queue(*parts) if kind == JOBS and len(parts) == 3 else None


def node_topic(node: str) -> str:
    """Topic that is notified when something about an agent's machines changed."""
    return f"node:{node}"


def node_of_topic(topic: str) -> str | None:
    """The agent that a topic is of; None for any other topic."""
    return topic.removeprefix("node:") if topic.startswith("node:") else None


def order_topic(order: str) -> str:
    """Topic of everything that happens to an order."""
    return f"order:{order}"


class Story:
    """Collects what one transaction tells. `finish` writes it; the log, whose lock is held until the commit, last."""

    def __init__(self, connection: sa.Connection, now: datetime) -> None:
        self.connection = connection
        self.now = now
        self._events: list[dict[str, object]] = []
        self._public: list[tuple[str, str, str, Mapping[str, Fact]]] = []
        self._topics: set[str] = set()

    def tell(
        self, order: str, kind: str, *, job: str | None = None, attempt: str | None = None, words: str | None = None
    ) -> None:
        """Add a line to the story of an order."""
        self._events.append(
            {"order_id": order, "job_id": job, "attempt_id": attempt, "kind": kind, "words": words, "at": self.now}
        )
        self._topics.add(order_topic(order))

    def publish(self, kind: str, subject: str, actor: str, data: Mapping[str, Fact]) -> None:
        """Add an entry to the public log."""
        self._public.append((kind, subject, actor, data))

    def wake(self, topic: str) -> None:
        self._topics.add(topic)

    def finish(self) -> frozenset[str]:
        """Write the story and the log. Returns the topics to notify after the commit."""
        store.add_events(self.connection, self._events)
        self._events = []
        for kind, subject, actor, data in self._public:
            append(self.connection, kind, subject, actor, data, self.now)
        return frozenset(self._topics | ({"log"} if self._public else set()))
