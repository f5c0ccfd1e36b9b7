"""Comparisons of two builds' shapes: asked for by both geometries, made once, found by everybody afterwards."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from designs.comparing.shapes import ShapeChange
from designs.digest import Digest, digest_json, parse_digest
from registry.actions.builds import CANCELLED, INTERRUPTED, RETRY_SECONDS, BuildFailure, BuildState
from registry.core.builds import GRACE, Asker, Limits, Wait, Work, may_queue, next_turn
from registry.errors import NotFound, RateLimited
from registry.store import build_queue as turns
from registry.store import comparisons as store
from registry.store.clock import database_now

FORMAT = "cofab-comparison/1"
MOST_TRIES = 3


@dataclass(frozen=True)
class Model:
    """The picture of a difference."""

    sha256: Digest
    size: int


@dataclass(frozen=True)
class ComparisonView:
    """One comparison, whatever its state."""

    id: Digest
    state: BuildState
    stage: str
    progress: float
    """0 to 1."""
    shape: ShapeChange | None
    """None before it is done."""
    model: Model | None
    error: BuildFailure | None


@dataclass(frozen=True)
class TakenComparison:
    """What a worker is to compare now."""

    id: Digest
    before: Digest
    after: Digest
    tries: int
    """How often it was begun, this time included."""
    owner: str
    """Whose turn it was."""


@dataclass(frozen=True)
class Outcome:
    """How a comparison ended."""

    shape: ShapeChange | None
    model: Model | None = None
    failure: BuildFailure | None = None


def comparison_id(before: Digest, after: Digest, fingerprint: str) -> Digest:
    """Names the comparison of two geometries by what compares them."""
    return digest_json({"format": FORMAT, "before": before, "after": after, "by": fingerprint})


def request_comparison(
    connection: sa.Connection,
    before: Digest,
    after: Digest,
    fingerprint: str,
    *,
    asker: Asker,
    limits: Limits,
    now: datetime,
) -> ComparisonView:
    """Find the comparison, or queue it for as long as somebody waits. Afterwards the caller notifies `comparisons`.

    Raises RateLimited when the asker, or the registry, has too much waiting.
    """
    wanted = comparison_id(before, after, fingerprint)
    row = store.comparison_by_id(connection, wanted)
    if row is None:
        _check_room(connection, asker, limits)
        values = {"id": wanted, "before": before, "after": after, "state": "queued", "stage": "queued", "progress": 0}
        asked = {"tries": 0, "asker": asker.who, "requested_at": now, "wanted_until": now + GRACE}
        store.add_if_new(connection, {**values, **asked})
    elif row["state"] == BuildState.FAILED:
        _check_room(connection, asker, limits)
        store.queue_again(connection, wanted, asker.who, now)
    if row is None or row["state"] != BuildState.DONE:
        store.want_until(connection, wanted, now + GRACE)
    return read_comparison(connection, wanted)


def read_comparison(connection: sa.Connection, comparison: str) -> ComparisonView:
    """How a comparison is now. Raises NotFound."""
    row = store.comparison_by_id(connection, comparison)
    if row is None:
        raise NotFound(
            f"there is no comparison {comparison[:80]!r}: ask for it by its two sides", value=comparison[:80]
        )
    error = row["error"]
    return ComparisonView(
        id=parse_digest(row["id"]),
        state=BuildState(row["state"]),
        stage=row["stage"],
        progress=row["progress"],
        shape=None if row["shape"] is None else ShapeChange.from_json(row["shape"]),
        model=None if row["model"] is None else Model(parse_digest(row["model"]), row["model_size"]),
        error=None if error is None else BuildFailure(error["kind"], error["message"], error["log"]),
    )


def find_comparison(connection: sa.Connection, comparison: str) -> ComparisonView | None:
    """The comparison, if anybody has asked for it."""
    try:
        return read_comparison(connection, comparison)
    except NotFound:
        return None


def take_next(connection: sa.Connection, worker: str, lease: timedelta, limits: Limits) -> TakenComparison | None:
    """Give this worker what is next, by the rules of the builds' queue; None: nothing to do, or another was quicker."""
    now = database_now(connection)
    store.drop_unwanted(connection, now)
    waiting = [
        Work(row["id"], "", None, row["asker"], row["requested_at"], (Wait(row["asker"], row["wanted_until"]),))
        for row in store.queued(connection, now)
    ]
    turn = next_turn(waiting, store.running_by_asker(connection, now), turns.turns(connection), limits, now)
    row = None if turn is None else store.take(connection, turn.work.build, worker, lease)
    if turn is None or row is None:
        return None
    turns.note_turn(connection, turn.who, now)
    return TakenComparison(
        parse_digest(row["id"]), parse_digest(row["before"]), parse_digest(row["after"]), row["tries"], turn.who
    )


def is_wanted(connection: sa.Connection, comparison: str) -> bool:
    """Whether somebody still waits for it."""
    row = store.comparison_by_id(connection, comparison)
    return row is not None and bool(row["wanted_until"] > database_now(connection))


def note_progress(
    connection: sa.Connection, comparison: str, worker: str, *, stage: str, progress: float, lease: timedelta
) -> None:
    """Renew the lease and say how far it is."""
    store.note_progress(connection, comparison, worker, stage=stage, progress=progress, lease=lease)


def finish(connection: sa.Connection, comparison: str, worker: str, outcome: Outcome) -> bool:
    """Write how it ended; what was cancelled is forgotten, or queued again where it is wanted after all. False: it is
    no longer this worker's."""
    failure = outcome.failure
    if failure is not None and failure.kind == CANCELLED:
        store.put_back(connection, worker)
        store.drop_unwanted(connection, database_now(connection))
        return True
    values: dict[str, object] = {
        "state": BuildState.DONE if failure is None else BuildState.FAILED,
        "stage": "done" if failure is None else "failed",
        "progress": 1.0,
        "shape": None if outcome.shape is None else outcome.shape.to_json(),
        "model": None if outcome.model is None else outcome.model.sha256,
        "model_size": None if outcome.model is None else outcome.model.size,
        "error": None if failure is None else asdict(failure),
    }
    return store.finish(connection, comparison, worker, values)


def interrupted() -> Outcome:
    """Of one whose process ended under it each time."""
    words = "the process ended under it each time that it was tried"
    return Outcome(None, failure=BuildFailure(INTERRUPTED, words, ""))


def give_back(connection: sa.Connection, worker: str) -> None:
    """Queue again what a stopping process is at."""
    store.put_back(connection, worker)


def take_back_from(connection: sa.Connection, is_dead: Callable[[str], bool]) -> None:
    """Queue again what workers were at whose processes are known to be dead."""
    for worker in store.busy_workers(connection):
        if is_dead(worker):
            store.put_back(connection, worker)


def _check_room(connection: sa.Connection, asker: Asker, limits: Limits) -> None:
    queued = store.queued_by_asker(connection)
    full = may_queue(asker.who, queued.get(asker.who, 0), sum(queued.values()), limits)
    if full is not None:
        words = full.words.replace("builds", "comparisons")
        raise RateLimited(words, code=full.code, retry_after_seconds=RETRY_SECONDS)
