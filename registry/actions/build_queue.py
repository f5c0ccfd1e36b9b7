"""The builds' queue as its workers see it: taken by turn, renewed, finished, put back, given up."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa

from designs.digest import Digest, JsonValue
from registry.actions.builds import CANCELLED, BuildFailure, BuildState, read_build
from registry.actions.log import append
from registry.core import builds as rules
from registry.core.builds import Limits, Turn, Urgency, Work
from registry.errors import Fact, NotFound
from registry.ids import BuildId
from registry.store import build_queue as queue
from registry.store import builds as store
from registry.store.clock import database_now

MOST_TRIES = 3
_NOBODY_WAITED = BuildFailure(CANCELLED, "nobody waited for it any more: ask for it again", "")


@dataclass(frozen=True)
class Taken:
    """What a worker is to make now: a build, or artifacts of one that is done."""

    id: BuildId
    snapshot: Digest
    parameters: Mapping[str, str | bool]
    output: JsonValue
    artifacts: tuple[str, ...]
    """Empty: the build itself."""
    geometry: Digest | None
    """What the script made, where that is kept."""
    tries: int
    """How often it was begun, this time included."""
    urgency: Urgency
    trusted: bool
    """An administrator asked for it."""
    owner: str
    """Whose turn it was."""


@dataclass(frozen=True)
class MadeFile:
    """An artifact whose bytes are kept."""

    name: str
    sha256: Digest
    size: int


@dataclass(frozen=True)
class Finished:
    """How a build ended: with geometry and what goes with it, or with a failure."""

    artifacts: tuple[MadeFile, ...]
    measurements: Mapping[str, object] | None
    findings: Sequence[Mapping[str, object]]
    seconds: Mapping[str, float]
    failure: BuildFailure | None
    geometry: Digest | None = None
    withheld: Mapping[str, str] | None = None


@dataclass(frozen=True)
class MadeArtifact:
    """What became of one artifact: a file, the reason why there is none, or a failure."""

    name: str
    file: MadeFile | None = None
    withheld: str | None = None
    failure: BuildFailure | None = None
    findings: Sequence[Mapping[str, object]] = ()


class Ending(StrEnum):
    """What the queue made of a result."""

    KEPT = "kept"
    LOST = "lost"
    """It is no longer this worker's: nothing was written."""
    PUT_BACK = "put_back"
    """It was cancelled, and is wanted after all."""


def take_next(
    connection: sa.Connection,
    worker: str,
    lease: timedelta,
    limits: Limits = Limits(),  # noqa: B008  (frozen)
    *,
    for_guests: bool = False,
) -> Taken | None:
    """Give this worker what is next by the rules, for as long as it renews the lease; None: nothing to do."""
    queue.lock_queue(connection)
    now = database_now(connection)
    work = queue.queued_work(connection, now)
    turn = _turn(connection, work, limits, now, for_guests=for_guests)
    if turn is None:
        return None
    along = rules.taken_along(turn, work, now)
    taken = _take(connection, turn, along, worker, now=now, lease=lease)
    if taken is not None:
        queue.note_turn(connection, turn.who, now)
    return taken


def should_give_way(connection: sa.Connection, urgency: Urgency, limits: Limits, *, idle: int) -> bool:
    """Whether something made ahead is to be put back because somebody waits and no worker is free."""
    now = database_now(connection)
    return rules.gives_way(urgency, _turn(connection, queue.queued_work(connection, now), limits, now), idle=idle)


def is_wanted(connection: sa.Connection, build: BuildId, artifacts: Sequence[str]) -> bool:
    """Whether a running build, or any of these running artifacts, is still to be made."""
    now = database_now(connection)
    waits = queue.waits_for(connection, now, [build])
    if artifacts:
        rows = {row["name"]: row for row in store.artifacts_of(connection, build)}
        wanted = {name: rows[name]["kept_for"] for name in artifacts if name in rows}
    else:
        row = store.build_by_id(connection, build)
        wanted = {} if row is None else {"": row["kept_for"]}
    return any(rules.is_wanted(kept_for, waits.get((build, name), ()), now) for name, kept_for in wanted.items())


def note_progress(
    connection: sa.Connection, taken: Taken, worker: str, *, stage: str, progress: float, lease: timedelta
) -> bool:
    """Renew the lease and say how far it is; False when it is no longer this worker's."""
    if taken.artifacts:
        return store.renew_artifacts(connection, taken.id, taken.artifacts, worker, lease)
    return store.note_progress(connection, taken.id, worker, stage=stage, progress=progress, lease=lease)


def finish(connection: sa.Connection, build: BuildId, worker: str, finished: Finished, now: datetime) -> Ending:
    """Write how a build ended. Afterwards the caller settles the orders that wait, and notifies the topics `log`,
    `builds` and `build:<id>`.
    """
    failure = finished.failure
    if failure is not None and failure.kind == CANCELLED and is_wanted(connection, build, ()):
        store.put_back(connection, build, (), worker)
        return Ending.PUT_BACK
    values: dict[str, object] = {
        "state": BuildState.DONE if failure is None else BuildState.FAILED,
        "stage": "done" if failure is None else "failed",
        "progress": 1.0,
        "measurements": finished.measurements,
        "findings": list(finished.findings),
        "seconds": finished.seconds,
        "error": None if failure is None else asdict(failure),
        "geometry": finished.geometry,
    }
    if not store.finish(connection, build, worker, values):
        return Ending.LOST
    if failure is None:
        store.add_made(connection, build, [asdict(file) for file in finished.artifacts])
    else:
        store.forget_open_artifacts(connection, build)
    if failure is None or failure.kind != CANCELLED:
        _tell(connection, build, failure, now)
    return Ending.KEPT


def finish_artifacts(
    connection: sa.Connection, taken: Taken, worker: str, made: Sequence[MadeArtifact], *, geometry: Digest | None
) -> frozenset[Ending]:
    """Write what became of artifacts. `geometry`: what the script made, where it had to run again for them."""
    if geometry is not None:
        store.keep_geometry(connection, taken.id, geometry)
    endings = set()
    for one in made:
        if one.failure is not None and one.failure.kind == CANCELLED:
            store.put_back(connection, taken.id, [one.name], worker)
            if not is_wanted(connection, taken.id, [one.name]):
                store.forget_artifact(connection, taken.id, one.name)
            endings.add(Ending.PUT_BACK)
            continue
        kept = store.finish_artifact(connection, taken.id, one.name, worker, _values(one))
        endings.add(Ending.KEPT if kept else Ending.LOST)
    return frozenset(endings)


def put_back(connection: sa.Connection, taken: Taken, worker: str) -> None:
    """Queue again what this worker has, as if it had not been begun."""
    store.put_back(connection, taken.id, taken.artifacts, worker)


def give_back(connection: sa.Connection, worker: str) -> None:
    """Queue again what a stopping process is at."""
    store.queue_back(connection, worker)


def take_back_from(connection: sa.Connection, is_dead: Callable[[str], bool]) -> None:
    """End the leases of workers whose processes are known to be dead, so that their work is taken up at once."""
    for worker in store.busy_workers(connection):
        if is_dead(worker):
            store.make_takeable(connection, worker)


def give_up_unwanted(connection: sa.Connection, build: BuildId | None = None) -> frozenset[str]:
    """Give up what is queued, of one build or of all, and is wanted by nobody. Returns the topics to notify."""
    now = database_now(connection)
    topics = set()
    for work in queue.queued_work(connection, now, build):
        if rules.is_wanted(work.kept_for, work.waits, now):
            continue
        topics.add(f"build:{work.build}")
        if work.artifact:
            store.forget_artifact(connection, BuildId(work.build), work.artifact)
        else:
            store.give_up(connection, BuildId(work.build), asdict(_NOBODY_WAITED), now)
            store.forget_open_artifacts(connection, BuildId(work.build))
    return frozenset(topics)


def forget_waits(connection: sa.Connection) -> None:
    """Forget who was not heard of again."""
    queue.forget_waits(connection, database_now(connection))


def _turn(
    connection: sa.Connection, work: Sequence[Work], limits: Limits, now: datetime, *, for_guests: bool = False
) -> Turn | None:
    if not work:
        return None
    running, served = queue.running_by_asker(connection, now), queue.turns(connection)
    return rules.next_turn(work, running, served, limits, now, for_guests=for_guests)


def _take(
    connection: sa.Connection, turn: Turn, along: Sequence[Work], worker: str, *, now: datetime, lease: timedelta
) -> Taken | None:
    build, names = BuildId(turn.work.build), tuple(work.artifact for work in along if work.artifact)
    tries: Mapping[str, int]
    if names:
        row = store.build_by_id(connection, build)
        tries = store.take_artifacts(connection, build, names, worker, asker=turn.who, now=now, lease=lease)
    else:
        row = store.take_build(connection, build, worker, asker=turn.who, now=now, lease=lease)
        tries = {} if row is None else {"": row["tries"]}
    if row is None or not tries:
        return None
    recipe = row["recipe"]
    askers = {turn.who} | {wait.who for work in along for wait in work.waits if wait.until > now}
    return Taken(
        id=build,
        snapshot=row["snapshot"],
        parameters=recipe["parameters"],
        output=recipe["output"],
        artifacts=tuple(sorted(tries)) if names else (),
        geometry=row["geometry"],
        tries=max(tries.values()),
        urgency=turn.urgency,
        trusted=bool(queue.administrators_among(connection, askers)),
        owner=turn.who,
    )


def _values(made: MadeArtifact) -> dict[str, object]:
    findings = list(made.findings) or None
    if made.file is not None:
        return {"state": "done", "sha256": made.file.sha256, "size": made.file.size, "findings": findings}
    if made.withheld is not None:
        return {"state": "withheld", "reason": made.withheld, "findings": findings}
    assert made.failure is not None, "it is one of the three"
    return {"state": "failed", "kind": made.failure.kind, "reason": made.failure.message}


def _tell(connection: sa.Connection, build: BuildId, failure: BuildFailure | None, now: datetime) -> None:
    view = read_build(connection, build)
    told: dict[str, Fact] = {"versions": list(view.versions), "snapshot": view.snapshot}
    if failure is not None:
        told["kind"] = failure.kind
    append(connection, "build.done" if failure is None else "build.failed", build, "registry", told, now)


def release(connection: sa.Connection, build: BuildId, waiter: str) -> frozenset[str]:
    """Whoever this is waits for nothing of the build any more. Returns the topics to notify. Raises NotFound."""
    if store.build_by_id(connection, build) is None:
        raise NotFound(f"there is no build {build[:80]!r}", value=build[:80])
    if not queue.drop_waits(connection, build, waiter):
        return frozenset()
    return give_up_unwanted(connection, build) | {f"wanted:{build}"}
