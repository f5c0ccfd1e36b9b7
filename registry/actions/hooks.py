"""Webhooks as their owners see them: made, changed, given new secrets, paused; what was sent, and sending it again."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from registry.actions.log import last_entry
from registry.actions.roles import role_in
from registry.core.hooks import ROTATION_OVERLAP, DeliveryState, address_problem
from registry.core.log_filters import LogFilter, filter_problem
from registry.core.permissions import Caller
from registry.core.roles import Role
from registry.errors import Conflict, Forbidden, Invalid, NotFound
from registry.ids import NamespaceName
from registry.store import hooks as store

MOST_WAITING = 500
"""Deliveries in the outbox of one hook: the rest waits in the log, which never forgets."""
MOST_HOOKS = 20
"""Of one namespace."""


@dataclass(frozen=True)
class HookWish:
    """What is to be sent where."""

    url: str
    kinds: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
    label: str = ""


@dataclass(frozen=True)
class HookView:
    """A hook without its secret."""

    id: str
    namespace: str
    label: str
    url: str
    kinds: tuple[str, ...]
    about: tuple[str, ...]
    maker: str
    made_at: datetime
    paused_at: datetime | None
    pause_reason: str
    next_at: datetime | None
    """When the next try is to be made; None: nothing waits."""
    old_secret_until: datetime | None
    """Until then signatures of the old secret go along."""
    waiting: int
    """Deliveries in its outbox; there are more in the log where it is far behind."""


@dataclass(frozen=True)
class DeliveryView:
    """One entry of the log on its way to a hook."""

    id: str
    sequence: int | None
    """The entry's number; None: a test."""
    kind: str
    subject: str
    state: DeliveryState
    tries: int
    status: int | None
    """What the receiver answered last."""
    problem: str
    made_at: datetime
    tried_at: datetime | None


def make_hook(
    connection: sa.Connection,
    caller: Caller,
    namespace: NamespaceName,
    wish: HookWish,
    *,
    hook: str,
    secret: str,
    anywhere: bool,
    now: datetime,
) -> HookView:
    """A hook of a namespace, from now on. Raises Forbidden, Invalid, Conflict."""
    _check_role(connection, caller, namespace)
    _check(wish, anywhere=anywhere)
    if len(store.hooks_of(connection, [namespace])) >= MOST_HOOKS:
        raise Conflict(f"{namespace} has {MOST_HOOKS} hooks already: remove one first", code="too_many_hooks")
    store.add_hook(
        connection,
        id=hook,
        namespace=namespace,
        made_by=caller.member,
        label=wish.label,
        url=wish.url,
        kinds=list(wish.kinds),
        about=list(wish.about),
        secret=secret,
        sequence=last_entry(connection),
        dead_in_a_row=0,
        made_at=now,
    )
    return read_hook(connection, caller, hook)


def change_hook(connection: sa.Connection, caller: Caller, hook: str, wish: HookWish, *, anywhere: bool) -> HookView:
    """Send elsewhere, or something else, from now on. What waits is sent to the new address."""
    _mine(connection, caller, hook)
    _check(wish, anywhere=anywhere)
    store.change_hook(connection, hook, url=wish.url, label=wish.label, kinds=list(wish.kinds), about=list(wish.about))
    return read_hook(connection, caller, hook)


def list_hooks(connection: sa.Connection, caller: Caller, namespaces: Collection[str]) -> tuple[HookView, ...]:
    """The hooks of those of these namespaces that the caller may direct, newest first."""
    own = [name for name in namespaces if _may_direct(connection, caller, NamespaceName(name))]
    return tuple(_view(connection, row) for row in store.hooks_of(connection, own))


def read_hook(connection: sa.Connection, caller: Caller, hook: str) -> HookView:
    """One hook. Raises NotFound also where it is somebody else's."""
    return _view(connection, _mine(connection, caller, hook))


def remove_hook(connection: sa.Connection, caller: Caller, hook: str) -> None:
    """Nothing more is sent, and what was is forgotten."""
    _mine(connection, caller, hook)
    store.remove_hook(connection, hook)


def rotate_secret(connection: sa.Connection, caller: Caller, hook: str, secret: str, now: datetime) -> HookView:
    """Sign with a new secret, and for a day with the old one too, so that nothing is lost meanwhile."""
    row = _mine(connection, caller, hook)
    store.change_hook(connection, hook, secret=secret, old_secret=row["secret"], old_until=now + ROTATION_OVERLAP)
    return read_hook(connection, caller, hook)


def pause_hook(connection: sa.Connection, caller: Caller, hook: str, now: datetime) -> HookView:
    """Send nothing until it is let go on; nothing is lost meanwhile. Again: no change."""
    row = _mine(connection, caller, hook)
    if row["paused_at"] is None:
        store.change_hook(connection, hook, paused_at=now, pause_reason=f"{caller.name} paused it")
    return read_hook(connection, caller, hook)


def resume_hook(connection: sa.Connection, caller: Caller, hook: str, now: datetime) -> HookView:
    """Go on where it was, at once. Again: what waits is tried now."""
    _mine(connection, caller, hook)
    store.change_hook(connection, hook, paused_at=None, pause_reason=None, dead_in_a_row=0, next_at=now)
    return read_hook(connection, caller, hook)


def send_test(connection: sa.Connection, caller: Caller, hook: str, delivery: str, now: datetime) -> None:
    """Put a test into the outbox, before everything else that waits."""
    _mine(connection, caller, hook)
    if store.waiting(connection, hook) >= MOST_WAITING:
        raise Conflict(f"{MOST_WAITING} deliveries wait already: see why they do not arrive", code="outbox_full")
    row = {"id": delivery, "hook_id": hook, "sequence": None, "state": "waiting", "tries": 0, "made_at": now}
    store.add_deliveries(connection, [row])
    store.change_hook(connection, hook, next_at=now)


def list_deliveries(
    connection: sa.Connection,
    caller: Caller,
    hook: str,
    *,
    states: tuple[DeliveryState, ...] = (),
    before: datetime | None = None,
    limit: int = 50,
) -> tuple[DeliveryView, ...]:
    """What was sent and is to be, newest first."""
    _mine(connection, caller, hook)
    rows = store.deliveries_of(connection, hook, states=states, before=before, limit=limit)
    return tuple(
        DeliveryView(
            row["id"], row["sequence"], row["kind"] or "hook.test", row["subject"] or hook,
            DeliveryState(row["state"]), row["tries"], row["status"], row["problem"] or "", row["made_at"],
            row["tried_at"],
        )
        for row in rows
    )  # fmt: skip


def resend(connection: sa.Connection, caller: Caller, hook: str, delivery: str, now: datetime) -> None:
    """Send a delivery again, under the same id, before what is newer. Raises NotFound; Conflict while it waits."""
    _mine(connection, caller, hook)
    row = store.delivery_by_id(connection, hook, delivery)
    if row is None:
        raise NotFound(f"this hook has no delivery {delivery[:80]!r}", code="no_delivery", value=delivery[:80])
    if row["state"] == DeliveryState.WAITING:
        raise Conflict("it waits to be sent anyway", code="delivery_waits", value=delivery)
    store.change_delivery(connection, delivery, state=DeliveryState.WAITING, tries=0, problem=None)
    store.change_hook(connection, hook, next_at=now)


def filter_of(row: sa.RowMapping) -> LogFilter:
    """What a hook lets through."""
    return LogFilter(tuple(row["kinds"]), tuple(row["about"]))


def _mine(connection: sa.Connection, caller: Caller, hook: str) -> sa.RowMapping:
    row = store.hook_by_id(connection, hook)
    if row is None or not _may_direct(connection, caller, NamespaceName(row["namespace"])):
        raise NotFound(f"you have no hook {hook[:80]!r}: list them to see which there are", code="no_hook")
    return row


def _may_direct(connection: sa.Connection, caller: Caller, namespace: NamespaceName) -> bool:
    role = role_in(connection, caller, namespace)
    return role is not None and role >= Role.MAINTAINER


def _check_role(connection: sa.Connection, caller: Caller, namespace: NamespaceName) -> None:
    if not _may_direct(connection, caller, namespace):
        words = f"only those who maintain {namespace[:80]!r} make hooks of it: make one of your own name"
        raise Forbidden(words, code="foreign_namespace", value=namespace[:80])


def _check(wish: HookWish, *, anywhere: bool) -> None:
    problem = address_problem(wish.url, anywhere=anywhere)
    if problem is not None:
        raise Invalid(problem, code="bad_hook_address", value=wish.url[:200])
    problem = filter_problem(wish.kinds, wish.about)
    if problem is not None:
        raise Invalid(problem, code="bad_filter")


def _view(connection: sa.Connection, row: sa.RowMapping) -> HookView:
    return HookView(
        id=row["id"],
        namespace=row["namespace"],
        label=row["label"],
        url=row["url"],
        kinds=tuple(row["kinds"]),
        about=tuple(row["about"]),
        maker=row["maker"],
        made_at=row["made_at"],
        paused_at=row["paused_at"],
        pause_reason=row["pause_reason"] or "",
        next_at=row["next_at"],
        old_secret_until=row["old_until"],
        waiting=store.waiting(connection, row["id"]),
    )
