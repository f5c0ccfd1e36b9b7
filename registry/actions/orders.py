"""Orders: placing, cancelling, making copies again, and directing a machine that works on one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from designs.build import ordered
from designs.parameters import Given
from registry.actions import builds
from registry.actions.builds import BuildState, BuildView, read_build, recipe_for
from registry.actions.design_views import VersionView
from registry.actions.designs import read_version
from registry.actions.facilities import FacilityRow, find_facility
from registry.actions.machines import MachineMatch, match_machines
from registry.actions.moves import keep, keep_job
from registry.actions.settling import part_size, settle_orders_of, with_brim
from registry.actions.story import Story
from registry.core import attempts as rules
from registry.core.attempts import Job, JobState, Refusal
from registry.core.builds import KeptFor, Limits, asker_of
from registry.core.dispatch import Timing
from registry.core.facilities import may_order_at
from registry.core.matching import Size, Work, normal
from registry.core.orders import MAX_QUANTITY, may_cancel, may_redo
from registry.core.permissions import Caller, Decision
from registry.errors import Conflict, Forbidden, Invalid, NotFound
from registry.ids import BuildId, OrderId, VersionName
from registry.store import facilities as facility_store
from registry.store import handout
from registry.store import orders as store
from registry.store.handout import KeptAttempt, KeptJob

LONGEST_MATERIAL = 40


@dataclass(frozen=True)
class OrderWish:
    """What somebody wants made."""

    version: VersionName
    parameters: Mapping[str, Given]
    preset: str | None = None
    quantity: int = 1
    material: str | None = None
    """None: what the designer asks for."""
    colour: str | None = None
    facility: str | None = None
    """A facility's short name; None: anywhere."""
    note: str = ""


def match_order(
    connection: sa.Connection,
    caller: Caller,
    wish: OrderWish,
    *,
    fingerprint: str,
    timing: Timing,
    now: datetime,
) -> tuple[MachineMatch, ...]:
    """Which machines can make this, and why the others cannot. Whether it fits is judged once it is built.

    `fingerprint` names the whole toolchain of the version's engine.
    """
    version, place = _checked(connection, caller, wish)
    recipe = recipe_for(version, wish.parameters, wish.preset, fingerprint)
    work = _work(caller, wish, version, place, _size(connection, BuildId(recipe.digest)))
    return match_machines(connection, caller, work, timing, now)


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
    version, place = _checked(connection, caller, wish)
    recipe = recipe_for(version, wish.parameters, wish.preset, fingerprint)
    asker = asker_of(caller)
    build = builds.request_build(connection, recipe, now, asker=asker, kept_for=KeptFor.ORDER, limits=limits)
    files = ordered(version.manifest.print.process)
    builds.request_artifacts(connection, build.id, files, now, asker=asker, kept_for=KeptFor.ORDER, limits=limits)
    _add_order(connection, caller, wish, version, place, order=order, build=build, request_key=request_key, now=now)
    work = _work(caller, wish, version, place, _size(connection, build.id))
    store.add_jobs(connection, [_job(order, copy, build.id, work, now) for copy in range(1, wish.quantity + 1)])
    story = Story(connection, now)
    story.tell(order, "order.placed", words=caller.name)
    topics = settle_orders_of(connection, build.id, now) if build.state.final else frozenset()
    story.publish("order.placed", order, caller.name, {"version": str(version.name), "quantity": wish.quantity})
    return order, topics | story.finish() | {"builds"}


def _add_order(
    connection: sa.Connection,
    caller: Caller,
    wish: OrderWish,
    version: VersionView,
    place: FacilityRow | None,
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
        version_id=version.id,
        build_id=build.id,
        parameters=dict(build.parameters),
        quantity=wish.quantity,
        material=_material(wish, version),
        colour=wish.colour,
        facility_id=None if place is None else place.id,
        note=wish.note,
        request_key=request_key,
        placed_at=now,
    )


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


def redo_job(connection: sa.Connection, caller: Caller, order: str, job: str, now: datetime) -> frozenset[str]:
    """Make a copy again whose last try gave no part, or of which nobody knows."""
    _order(connection, caller, order, may_redo)
    kept, _ = _job_of(connection, order, job)
    again = rules.redo(kept.job)
    if isinstance(again, Refusal):
        raise Conflict(again.words, code=again.code, job=job)
    story = Story(connection, now)
    story.tell(order, "job.redo", job=job, attempt=kept.job.attempt, words=caller.name)
    keep_job(story, kept, again)
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


def _require(decision: Decision) -> None:
    if not decision.allowed:
        raise Forbidden(decision.reasons[0], code="not_yours")


def _job_of(connection: sa.Connection, order: str, job: str) -> tuple[KeptJob, KeptAttempt | None]:
    kept = handout.lock_jobs(connection, [job]).get(job)
    if kept is None or kept.order != order:
        raise NotFound(f"order {order[:80]!r} has no job {job[:80]!r}", code="no_job", value=job[:80])
    current = kept.job.attempt
    return kept, handout.lock_attempts(connection, [current])[current] if current is not None else None


def _checked(connection: sa.Connection, caller: Caller, wish: OrderWish) -> tuple[VersionView, FacilityRow | None]:
    if not 1 <= wish.quantity <= MAX_QUANTITY:
        raise Invalid(
            f"quantity {wish.quantity} is out of range: 1 to {MAX_QUANTITY} copies an order",
            code="bad_quantity", value=wish.quantity,
        )  # fmt: skip
    version = read_version(connection, wish.version.design, wish.version.version)
    withdrawn = version.recalled or version.yanked
    if withdrawn is not None:
        how = "recalled for safety" if version.recalled is not None else "yanked"
        raise Conflict(
            f"{version.name} was {how}: {withdrawn.reason}. Order another version",
            code="version_recalled" if version.recalled is not None else "version_yanked", version=str(version.name),
        )  # fmt: skip
    if not 1 <= len(_material(wish, version)) <= LONGEST_MATERIAL:
        raise Invalid(
            f"material {(wish.material or '')[:80]!r} is not usable: 1 to {LONGEST_MATERIAL} letters, such as PLA",
            code="bad_material", value=(wish.material or "")[:80],
        )  # fmt: skip
    if wish.facility is None:
        return version, None
    place = find_facility(connection, wish.facility, caller)
    decision = may_order_at(place.text.access, place.runner_ids, caller, place.text.name)
    if not decision.allowed:
        raise Forbidden(decision.reasons[0], code="facility_closed", facility=place.slug)
    return version, place


def _material(wish: OrderWish, version: VersionView) -> str:
    return " ".join((version.manifest.print.material if wish.material is None else wish.material).split())


def _size(connection: sa.Connection, build: BuildId) -> Size | None:
    """How large the part is, when its geometry is built already."""
    try:
        built = read_build(connection, build)
    except NotFound:
        return None
    return part_size(built) if built.state is BuildState.DONE else None


def _work(caller: Caller, wish: OrderWish, version: VersionView, place: FacilityRow | None, size: Size | None) -> Work:
    asked = version.manifest.print
    return Work(
        process=asked.process,
        material=_material(wish, version),
        member=caller.member,
        colour=wish.colour,
        size=None if size is None else with_brim(size, version.manifest),
        nozzle_mm=None if asked.nozzle_mm is None else float(asked.nozzle_mm),
        facility=None if place is None else place.id,
    )


def _job(order: OrderId, copy: int, build: BuildId, work: Work, now: datetime) -> dict[str, object]:
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
        "priority": 0,
        "changed_at": now,
        "build_id": build,
        "member_id": work.member,
        "facility_id": work.facility,
        "process": work.process,
        "material": normal(work.material),
        "colour": None if work.colour is None else normal(work.colour),
        "nozzle_mm": work.nozzle_mm,
    }
