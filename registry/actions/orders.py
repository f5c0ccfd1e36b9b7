"""Orders: placing, raising, cancelling, making copies again, and directing a machine that works on one."""

from collections.abc import Callable, Sequence
from datetime import datetime

import sqlalchemy as sa

from designs.build import ordered
from registry.actions import builds
from registry.actions.builds import BuildState, BuildView, read_build, recipe_for
from registry.actions.built_parts import BuiltPart, built_part
from registry.actions.moves import keep, keep_job
from registry.actions.settling import settle_orders_of
from registry.actions.story import Story
from registry.actions.wishes import Checked, OrderWish, check_wish, work_of
from registry.core import attempts as rules
from registry.core.attempts import Job, JobState, Refusal
from registry.core.builds import KeptFor, Limits, asker_of
from registry.core.matching import Work, normal
from registry.core.orders import HIGHEST_PRIORITY, is_begun, may_cancel, may_raise, may_redo
from registry.core.permissions import Caller, Decision
from registry.core.turns import turns
from registry.errors import Conflict, Forbidden, Invalid, NotFound
from registry.ids import BuildId, OrderId
from registry.store import facilities as facility_store
from registry.store import handout, standings
from registry.store import orders as store
from registry.store.handout import KeptAttempt, KeptJob


def place_order(
    connection: sa.Connection,
    caller: Caller,
    wish: OrderWish,
    *,
    order: OrderId,
    request_key: str | None,
    fingerprint: str,
    now: datetime,
    limits: Limits = Limits(),  # noqa: B008  (frozen)
) -> tuple[OrderId, frozenset[str]]:
    """Place an order and ask for its geometry. The same request key again gives the order that is there.

    Returns the order, and the topics to notify. Raises NotFound, Conflict (yanked, recalled), Invalid,
    ParameterError, RateLimited.
    """
    if request_key is not None:
        there = store.order_by_request(connection, caller.member, request_key)
        if there is not None:
            return OrderId(there), frozenset()
    checked = check_wish(connection, caller, wish, now)
    recipe = recipe_for(checked.version, wish.parameters, wish.preset, fingerprint)
    asker = asker_of(caller)
    build = builds.request_build(connection, recipe, now, asker=asker, kept_for=KeptFor.ORDER, limits=limits)
    files = ordered(checked.version.manifest.print.process)
    builds.request_artifacts(
        connection, build.id, files, now, asker=asker, kept_for=KeptFor.ORDER, limits=limits, seen=build
    )
    _add_order(connection, caller, checked, order=order, build=build, request_key=request_key, now=now)
    work = work_of(caller.member, checked, None)
    store.add_jobs(
        connection,
        [_job(order, copy, build.id, work, priority=wish.priority, now=now) for copy in range(1, wish.quantity + 1)],
    )
    story = Story(connection, now)
    story.tell(order, "order.placed", words=caller.name)
    topics = settle_orders_of(connection, build.id, now, seen=build) if build.state.final else frozenset()
    story.publish("order.placed", order, caller.name, {"version": str(checked.version.name), "quantity": wish.quantity})
    return order, topics | story.finish() | {"builds"}


def _add_order(
    connection: sa.Connection,
    caller: Caller,
    checked: Checked,
    *,
    order: OrderId,
    build: BuildView,
    request_key: str | None,
    now: datetime,
) -> None:
    store.add_order(
        connection,
        id=order,
        member_id=caller.member,
        version_id=checked.version.id,
        build_id=build.id,
        parameters=dict(build.parameters),
        quantity=checked.wish.quantity,
        material=checked.material,
        colour=checked.wish.colour,
        facility_id=None if checked.place is None else checked.place.id,
        note=checked.wish.note,
        asks=checked.asks.to_json(),
        request_key=request_key,
        placed_at=now,
    )


def raise_order(connection: sa.Connection, caller: Caller, order: str, priority: int, now: datetime) -> frozenset[str]:
    """Let an order come before others, or no longer: for those who run the facility that it names."""
    found = _order(connection, caller, order, may_redo)
    named, _ = parties(connection, found)
    _require(may_raise(named, caller))
    if not 0 <= priority <= HIGHEST_PRIORITY:
        words = f"priority {priority} is out of range: 0, as usual, to {HIGHEST_PRIORITY}"
        raise Invalid(words, code="bad_priority", value=priority)
    standings.raise_order(connection, order, priority)
    story = Story(connection, now)
    story.tell(order, "order.raised", words=f"{caller.name} to {priority}")
    return story.finish()


def cancel_order(connection: sa.Connection, caller: Caller, order: str, now: datetime) -> frozenset[str]:
    """Stop an order: copies that were not begun at once, others by a command to their agents. Again: no change.

    Raises NotFound, Forbidden, Conflict (everything is made already).
    """
    found = _order(connection, caller, order, may_cancel)
    story = Story(connection, now)
    if found["cancelled_at"] is None:
        store.change_order(connection, order, cancelled_at=now)
        story.tell(order, "order.cancelled", words=caller.name)
        story.publish("order.cancelled", order, caller.name, {"version": found["version"]})
    jobs = handout.lock_jobs_of_order(connection, order)
    if found["cancelled_at"] is None and jobs and all(kept.job.state is JobState.DONE for kept in jobs.values()):
        raise Conflict("all its copies are made: there is nothing to cancel", code="order_done", value=order)
    attempts = handout.lock_attempts(connection, [job.job.attempt for job in jobs.values() if job.job.attempt])
    for job in jobs.values():
        at = attempts.get(job.job.attempt or "")
        keep(story, job, rules.cancel(job.job, None if at is None else at.attempt), at)
    return story.finish()


def cancel_rest(connection: sa.Connection, caller: Caller, order: str, now: datetime) -> frozenset[str]:
    """Cancel the copies that no machine has begun, and let the others go on. Raises Conflict when there is none."""
    _order(connection, caller, order, may_cancel)
    story = Story(connection, now)
    jobs = handout.lock_jobs_of_order(connection, order)
    attempts = handout.lock_attempts(connection, [job.job.attempt for job in jobs.values() if job.job.attempt])
    rest = 0
    for job in jobs.values():
        at = attempts.get(job.job.attempt or "")
        if not is_begun(job.job, None if at is None else at.attempt):
            keep(story, job, rules.cancel(job.job, None if at is None else at.attempt), at)
            rest += 1
    if not rest:
        raise Conflict("every copy is begun already, or over: none is left to cancel", code="nothing_to_cancel")
    story.tell(order, "order.rest_cancelled", words=caller.name)
    return story.finish()


def redo_job(connection: sa.Connection, caller: Caller, order: str, job: str, now: datetime) -> frozenset[str]:
    """Make a copy again whose last try gave no part, or of which nobody knows."""
    _require_not_recalled(_order(connection, caller, order, may_redo))
    kept, _ = _job_of(connection, order, job)
    again = rules.redo(kept.job)
    if isinstance(again, Refusal):
        raise Conflict(again.words, code=again.code, job=job)
    return _queue_again(connection, caller, order, [(kept, again)], now)


def redo_failed(connection: sa.Connection, caller: Caller, order: str, now: datetime) -> frozenset[str]:
    """Make all copies again that failed or were scrapped, and none of the others: one of which nobody knows what became
    is for a person to look at, by `redo_job`.
    """
    _require_not_recalled(_order(connection, caller, order, may_redo))
    jobs = handout.lock_jobs_of_order(connection, order).values()
    tried = [(kept, rules.redo(kept.job)) for kept in jobs if kept.job.state is JobState.NEEDS_REDO]
    again = [(kept, job) for kept, job in tried if isinstance(job, Job)]
    if not again:
        unsure = sorted(kept.copy for kept in jobs if kept.job.state is JobState.UNCERTAIN)
        look = f"; look what became of copy {', '.join(map(str, unsure))}, and say of each" if unsure else ""
        raise Conflict(f"no copy of this order failed or was scrapped{look}", code="nothing_to_redo", value=order)
    return _queue_again(connection, caller, order, again, now)


def _queue_again(
    connection: sa.Connection, caller: Caller, order: str, again: Sequence[tuple[KeptJob, Job]], now: datetime
) -> frozenset[str]:
    """What a person puts back comes after the member's other copies, as if it were new."""
    story = Story(connection, now)
    queue = again[0][0].queue
    known = standings.standings(connection, queue.process, queue.material)
    given = turns(again[0][0].member, len(again), known)
    standings.give_turns(connection, {kept.job.id: turn for (kept, _), turn in zip(again, given, strict=True)})
    for kept, job in again:
        story.tell(order, "job.redo", job=job.id, attempt=kept.job.attempt, words=caller.name)
        keep_job(story, kept, job)
    return story.finish()


def parties(connection: sa.Connection, row: sa.RowMapping) -> tuple[frozenset[str], frozenset[str]]:
    """Who has to do with an order: those who run the facility that it names, and those of facilities that took it."""
    places = store.facilities_of_order(connection, row["id"]) | ({row["facility_id"]} - {None})
    runners = facility_store.runners_of(connection, places)
    named = frozenset(runners.get(row["facility_id"], {}))
    return named, frozenset(member for found in runners.values() for member in found)


def _order(
    connection: sa.Connection,
    caller: Caller,
    order: str,
    may: Callable[[str, frozenset[str], frozenset[str], Caller], Decision],
) -> sa.RowMapping:
    found = store.order_by_id(connection, order)
    if found is None:
        raise NotFound(f"there is no order {order[:80]!r}", code="no_order", value=order[:80])
    _require(may(found["member_id"], *parties(connection, found), caller))
    return found


def _require_not_recalled(order: sa.RowMapping) -> None:
    if order["recalled_at"] is not None:
        words = f"{order['version']} was recalled for safety: it is not made again. Order another version"
        raise Conflict(words, code="version_recalled", version=order["version"])


def _require(decision: Decision) -> None:
    if not decision.allowed:
        raise Forbidden(decision.reasons[0], code="not_yours")


def _job_of(connection: sa.Connection, order: str, job: str) -> tuple[KeptJob, KeptAttempt | None]:
    kept = handout.lock_jobs(connection, [job]).get(job)
    if kept is None or kept.order != order:
        raise NotFound(f"order {order[:80]!r} has no job {job[:80]!r}", code="no_job", value=job[:80])
    current = kept.job.attempt
    return kept, handout.lock_attempts(connection, [current])[current] if current is not None else None


def known_part(connection: sa.Connection, build: str, checked: Checked) -> BuiltPart | None:
    """What is known of the part, when its geometry is built already."""
    try:
        built = read_build(connection, BuildId(build))
    except NotFound:
        return None
    if built.state is not BuildState.DONE:
        return None
    return built_part(connection, built, checked.version.manifest, checked.asks, checked.material)


def _job(order: OrderId, copy: int, build: str, work: Work, *, priority: int, now: datetime) -> dict[str, object]:
    fresh = Job(f"{order}-{copy}", JobState.WAITING)
    return {
        "id": fresh.id,
        "order_id": order,
        "copy": copy,
        "state": fresh.state.value,
        "epoch": fresh.epoch,
        "cancelling": False,
        "failures": 0,
        "losses": 0,
        "priority": priority,
        "changed_at": now,
        "build_id": build,
        "member_id": work.member,
        "facility_id": work.facility,
        "process": work.process,
        "material": normal(work.material),
        "colour": None if work.colour is None else normal(work.colour),
        "nozzle_mm": work.nozzle_mm,
        "tolerance_mm": work.tolerance_mm,
    }
