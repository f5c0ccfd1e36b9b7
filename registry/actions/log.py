"""The append-only log: what everybody may see of everything that happens."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from registry.errors import Fact
from registry.store import recording


@dataclass(frozen=True)
class LogEntry:
    """One thing that happened. Entries are numbered in the order in which they became visible."""

    sequence: int
    kind: str
    """What happened: `design.published`, `order.placed`, `attempt.good` …"""
    subject: str
    """What it happened to: `namespace/name@version`, an order, a facility …"""
    actor: str
    """The name of the member or node that did it; `registry` when it was the registry itself."""
    data: dict[str, Fact]
    at: datetime


def append(  # noqa: PLR0917  (the order in which one tells it)
    connection: sa.Connection, kind: str, subject: str, actor: str, data: Mapping[str, Fact], now: datetime
) -> int:
    """Record an act in the transaction that does it, as its last statement. Returns the entry's number.

    The log is public: nothing private goes into `data`. Afterwards the caller notifies the topic `log`.
    """
    return recording.add_entry(connection, kind, subject, actor, dict(data), now)


def read_log(connection: sa.Connection, *, after: int, limit: int, subject: str | None = None) -> tuple[LogEntry, ...]:
    """Entries that come after a number, oldest first."""
    return tuple(entry_of(row) for row in recording.entries_after(connection, after, limit, subject))


def latest_entries(
    connection: sa.Connection, *, limit: int, subject_prefix: str | None = None, kinds: tuple[str, ...] = ()
) -> tuple[LogEntry, ...]:
    """The newest entries, newest first; `subject_prefix` such as `ada/bin@` keeps to one design."""
    return tuple(entry_of(row) for row in recording.newest_entries(connection, limit, subject_prefix, kinds))


def last_entry(connection: sa.Connection) -> int:
    """The number of the newest entry; 0 when there is none."""
    return recording.last_sequence(connection)


def entry_of(row: sa.RowMapping) -> LogEntry:
    """An entry from its row."""
    return LogEntry(row["sequence"], row["kind"], row["subject"], row["actor"], row["data"], row["at"])
