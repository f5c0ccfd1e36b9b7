"""What happened to an order and to its copies, a line for each event, in words. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from registry.actions.order_views import OrderEvent, OrderView
from registry.core.attempts import AttemptState, JobState
from registry.web import formatting
from registry.web.languages import _, noted
from registry.web.progress_words import ATTEMPTS, JOBS

_LINES = {
    "order.done": noted("All copies are done"),
    "order.failed": noted("It cannot be made"),
    "attempt.permitted": noted("Leave to start was given"),
    "attempt.extra_part": noted("An extra part was made"),
    "attempt.late": noted("Told too late"),
    "attempt.without_leave": noted("Begun without leave"),
    "job.redo": noted("To be made again"),
}
_BY = {
    "order.placed": (noted("Ordered"), noted("Ordered by %(words)s")),
    "order.cancelled": (noted("Cancelled"), noted("Cancelled by %(words)s")),
    "order.rest_cancelled": (
        noted("What was not begun was cancelled"),
        noted("What was not begun was cancelled by %(words)s"),
    ),
    "order.raised": (noted("Priority changed"), noted("Priority changed by %(words)s")),
    "attempt.pause_asked": (noted("Asked to pause"), noted("Asked to pause by %(words)s")),
    "attempt.resume_asked": (noted("Asked to go on"), noted("Asked to go on by %(words)s")),
    "attempt.stop_asked": (noted("Machine asked to stop"), noted("Machine asked to stop by %(words)s")),
    "job.cancel_asked": (noted("Left out"), noted("Left out by %(words)s")),
}
"""What somebody did, without and with who it was."""
_SAID_BY_THE_ATTEMPT = {JobState.ACTIVE, JobState.DONE}


@dataclass(frozen=True)
class Line:
    """One line of a story."""

    at: datetime
    words: str


def story(view: OrderView) -> tuple[Line, ...]:
    """Newest first; each line says which copy it is about."""
    copies: dict[str | None, int] = {job.id: job.copy for job in view.jobs if len(view.jobs) > 1}
    events = [event for event in reversed(view.events) if not is_told_already(event, view.events)]
    told = ((event, line_of(event.kind, event.words)) for event in events)
    lines = (Line(event.at, _of_copy(copies.get(event.job), line)) for event, line in told if line)
    return tuple(Line(line.at, formatting.capitalise(line.words)) for line in lines)


def _of_copy(copy: int | None, line: str) -> str:
    return line if copy is None else _("Copy %(number)s: %(line)s") % {"number": copy, "line": line}


def is_told_already(event: OrderEvent, among: Sequence[OrderEvent]) -> bool:
    """Whether a copy is cancelled by what another line of the same moment says: the whole order, or its own try."""
    return event.kind == "job.cancelled" and any(
        other.at == event.at
        and (other.kind == "order.cancelled" or (other.kind == "attempt.cancelled" and other.job == event.job))
        for other in among
    )


def line_of(kind: str, words: str | None) -> str:
    """An event in words; empty where another line says it. `words`: who it was, or what was told with it."""
    room, _dot, state = kind.partition(".")
    if kind in _BY:
        alone, by = _BY[kind]
        return _(by) % {"words": words} if words else _(alone)
    said = _(_LINES[kind]) if kind in _LINES else None
    if said is None and room == "attempt" and state in set(AttemptState):
        said = ATTEMPTS[AttemptState(state)].words
    elif said is None and room == "job" and state in set(JobState):
        said = "" if state in _SAID_BY_THE_ATTEMPT else JOBS[JobState(state)].words
    if said is None:
        said = kind.replace(".", " ").replace("_", " ").capitalize()
    return f"{said}: {words}" if said and words else said
