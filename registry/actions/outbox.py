"""The outbox of the webhooks: filled from the log, emptied in order for each hook, one try after the other."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from registry.actions.hooks import MOST_WAITING, filter_of
from registry.actions.log import last_entry, read_log
from registry.core.hooks import Answer, DeliveryState, judge
from registry.store import hooks as store
from registry.store.clock import database_now

AT_ONCE = 200
"""Entries of the log that are looked at for a hook in one transaction."""
HOOKS_AT_ONCE = 20
LEASE = timedelta(seconds=60)
"""Longer than one try can take: after it another process sends for the hook of one that died."""
KEPT_FOR = timedelta(days=30)


@dataclass(frozen=True)
class Parcel:
    """One delivery that is to be tried now."""

    hook: str
    delivery: str
    url: str
    secrets: tuple[str, ...]
    """The newest first."""
    body: bytes
    tries: int
    """How often it was tried, this time included."""
    dead_in_a_row: int


def fill(connection: sa.Connection, make_id: Callable[[], str], now: datetime) -> int:
    """Put what is new in the log into the outboxes of the hooks that are furthest behind; how many hooks those were.

    A hook's place in the log moves on in the same transaction, so that nothing is left out or put in twice.
    """
    last = last_entry(connection)
    fresh: dict[str, object] = {"state": DeliveryState.WAITING, "tries": 0, "made_at": now}
    moved = 0
    for row in store.hooks_behind(connection, last, most_waiting=MOST_WAITING, limit=HOOKS_AT_ONCE):
        entries = read_log(connection, after=row["sequence"], limit=AT_ONCE)
        if not entries:
            continue
        wanted = filter_of(row)
        rows = [
            {**fresh, "id": make_id(), "hook_id": row["id"], "sequence": entry.sequence}
            for entry in entries
            if wanted.lets_through(entry.kind, entry.subject, entry.actor, entry.data)
        ]
        store.add_deliveries(connection, rows)
        store.change_hook(connection, row["id"], sequence=entries[-1].sequence)
        if rows:
            store.wake_hook(connection, row["id"], now)
        moved += 1
    return moved


def is_behind(connection: sa.Connection) -> bool:
    """Whether there is something in the log that a hook has not looked at."""
    return store.is_behind(connection, last_entry(connection), most_waiting=MOST_WAITING)


def is_due(connection: sa.Connection, now: datetime) -> bool:
    """Whether something is to be sent now."""
    return store.is_due(connection, now)


def take(connection: sa.Connection, worker: str) -> Parcel | None:
    """The next delivery of a hook that is due, for this worker alone; None: nothing is to be sent now."""
    now = database_now(connection)
    while (hook := store.take_hook(connection, worker, now, LEASE)) is not None:
        row = store.next_delivery(connection, hook["id"])
        if row is not None:
            old = hook["old_secret"] if hook["old_until"] is not None and now < hook["old_until"] else None
            secrets = tuple(secret for secret in (hook["secret"], old) if secret is not None)
            store.change_delivery(connection, row["id"], tries=row["tries"] + 1, tried_at=now)
            return Parcel(
                hook["id"], row["id"], hook["url"], secrets, body_of(row), row["tries"] + 1, hook["dead_in_a_row"]
            )
        store.free_hook(connection, hook["id"], worker, {"next_at": None})
    return None


def body_of(row: sa.RowMapping) -> bytes:
    """What is sent: the same bytes at every try, in the shape of Standard Webhooks (type, timestamp, data)."""
    if row["sequence"] is None:
        told: dict[str, object] = {"type": "hook.test", "timestamp": row["made_at"].isoformat(), "data": {}}
    else:
        entry = {name: row[name] for name in ("sequence", "kind", "subject", "actor", "data")}
        at = row["at"].isoformat()
        told = {"type": row["kind"], "timestamp": at, "data": {**entry, "at": at}}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def settle(connection: sa.Connection, worker: str, parcel: Parcel, answer: Answer, spread: float) -> None:
    """Write what came of a try. Where another worker has taken the hook meanwhile, only the delivery is changed."""
    now = database_now(connection)
    verdict = judge(answer, parcel.tries, parcel.dead_in_a_row, now, spread)
    store.change_delivery(
        connection, parcel.delivery, state=verdict.state, status=answer.status, problem=answer.words or None
    )
    values: dict[str, object] = {"next_at": verdict.next_at or now}
    if verdict.state is not DeliveryState.WAITING:
        values["dead_in_a_row"] = parcel.dead_in_a_row + 1 if verdict.state is DeliveryState.DEAD else 0
    if verdict.pauses_hook:
        values |= {"paused_at": now, "pause_reason": f"the receiver did not take what was sent: {answer.words}"}
    store.free_hook(connection, parcel.hook, worker, values)


def forget(connection: sa.Connection, now: datetime) -> int:
    """Forget deliveries that were made long ago; how many those were."""
    return store.forget_delivered(connection, now - KEPT_FOR, AT_ONCE)
