"""What people ask of single copies: let the machine pause, go on or stop, and leave a copy out of an order."""

from collections.abc import Callable, Sequence
from datetime import datetime

import sqlalchemy as sa

from registry.actions.moves import keep
from registry.actions.orders import parties
from registry.actions.story import Story
from registry.core import directing as rules
from registry.core.attempts import Command, JobState, Outcome, Refusal, cancel
from registry.core.orders import may_cancel, may_direct
from registry.core.permissions import Caller, Decision
from registry.errors import Conflict, Forbidden, NotFound
from registry.store import facilities as facility_store
from registry.store import handout, plates
from registry.store import orders as store
from registry.store.handout import KeptJob
from registry.store.plates import Copy

_LOOKS = 3
"""A copy may pass from hand to hand between a look at it and its lock."""
_VERBS = {Command.PAUSE: "pause", Command.RESUME: "resume", Command.CANCEL: "stop"}


def direct_job(
    connection: sa.Connection, caller: Caller, order: str, job: str, command: Command, *, now: datetime
) -> frozenset[str]:
    """Ask the machine that works on a copy to pause, go on or stop, with everything on its plate: for those who run its
    facility. A copy whose machine was stopped waits for somebody to have it made again.
    """
    kept, copies = _lock(connection, order, job)
    if not copies:
        raise Conflict(f"no machine works on copy {kept.copy}", code="not_running", job=job)
    place = copies[0][1].facility
    runners = frozenset(facility_store.runners_of(connection, [place]).get(place, {}))
    _require(may_direct(runners, caller))
    outcomes = rules.direct_plate([(one.job, at.attempt) for one, at in copies], job, command)
    if isinstance(outcomes, Refusal):
        raise Conflict(f"copy {kept.copy}: {outcomes.words}", code=outcomes.code, job=job)
    story = Story(connection, now)
    for (one, at), outcome in zip(copies, outcomes, strict=True):
        if outcome.attempt != at.attempt:
            _tell(story, one, f"attempt.{_VERBS[command]}_asked", caller)
    _save(story, copies, outcomes, lambda _: f"stopped by {caller.name}")
    return story.finish()


def cancel_job(connection: sa.Connection, caller: Caller, order: str, job: str, *, now: datetime) -> frozenset[str]:
    """Leave one copy out: at once when nothing can have begun, else its machine is told to stop. Again: no change.

    From a plate that is not begun it is taken off, and the others are handed out anew. Raises NotFound, Forbidden,
    Conflict (made already; begun on one plate with others).
    """
    found = store.order_by_id(connection, order)
    if found is None:
        raise NotFound(f"there is no order {order[:80]!r}", code="no_order", value=order[:80])
    _require(may_cancel(found["member_id"], *parties(connection, found), caller))
    kept, copies = _lock(connection, order, job)
    if kept.job.state is JobState.DONE:
        raise Conflict(f"copy {kept.copy} is made: there is nothing to cancel", code="copy_done", job=job)
    story = Story(connection, now)
    _tell(story, kept, "job.cancel_asked", caller)
    if not copies:
        keep(story, kept, cancel(kept.job, None), None)
        return story.finish()
    outcomes = rules.cancel_copy([(one.job, at.attempt) for one, at in copies], job)
    if isinstance(outcomes, Refusal):
        raise Conflict(f"copy {kept.copy}: {outcomes.words}", code=outcomes.code, job=job)
    taken_off = f"copy {kept.copy} was taken off its plate"
    _save(story, copies, outcomes, lambda one: f"cancelled by {caller.name}" if one.job.id == job else taken_off)
    return story.finish()


def _save(story: Story, copies: Sequence[Copy], outcomes: Sequence[Outcome], reason: Callable[[KeptJob], str]) -> None:
    """Keep what was decided for each copy; `reason` says why an attempt ended by it."""
    for (kept, at), outcome in zip(copies, outcomes, strict=True):
        assert outcome.attempt is not None, "every copy on a plate has its attempt"
        ended = outcome.attempt.state is not at.attempt.state
        keep(story, kept, outcome, at, reason=reason(kept) if ended else None)


def _tell(story: Story, kept: KeptJob, kind: str, caller: Caller) -> None:
    story.tell(kept.order, kind, job=kept.job.id, attempt=kept.job.attempt, words=caller.name)


def _require(decision: Decision) -> None:
    if not decision.allowed:
        raise Forbidden(decision.reasons[0], code="not_yours")


def _lock(connection: sa.Connection, order: str, job: str) -> tuple[KeptJob, list[Copy]]:
    """A copy of the order, and everything that lies on the plate of its current attempt; nothing when it has none."""
    for _ in range(_LOOKS):
        attempt = plates.attempt_of_job(connection, job)
        if attempt is None:
            copies: list[Copy] = []
            kept = handout.lock_jobs(connection, [job]).get(job)
        else:
            (copies,) = plates.lock_plates(connection, plates.with_companions(connection, [attempt])).values()
            kept = next(one for one, _ in copies if one.job.id == job)
        if kept is None or kept.order != order:
            raise NotFound(f"order {order[:80]!r} has no copy {job[:80]!r}", code="no_job", value=job[:80])
        if kept.job.attempt == attempt:
            return kept, copies
    raise Conflict("the copy is just passing from hand to hand: try again in a moment", code="busy", job=job)
