"""An order as its page shows it: each copy with its stations, progress, figures and what can be done. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from registry.actions.order_views import AttemptView, JobView, OrderEvent, OrderView
from registry.core.attempts import BEFORE_START, AttemptState, Command, JobState
from registry.core.directing import OPEN
from registry.core.orders import OrderState, Tally
from registry.web import formatting
from registry.web.progress_words import ATTEMPTS, JOBS, ORDERS, Badge, Step, copy_steps

_LINES = {
    "order.placed": "Ordered by",
    "order.cancelled": "Cancelled by",
    "order.rest_cancelled": "What was not begun was cancelled by",
    "order.raised": "Priority changed by",
    "order.done": "All copies are done",
    "order.failed": "It cannot be made",
    "attempt.permitted": "Leave to start was given",
    "attempt.pause_asked": "Asked to pause by",
    "attempt.resume_asked": "Asked to go on by",
    "attempt.stop_asked": "Machine asked to stop by",
    "attempt.extra_part": "An extra part was made",
    "attempt.late": "Told too late",
    "attempt.without_leave": "Begun without leave",
    "job.cancel_asked": "Left out by",
    "job.redo": "To be made again",
}
_SAID_BY_THE_ATTEMPT = {JobState.ACTIVE, JobState.DONE}
_OVER = {OrderState.DONE, OrderState.PARTLY, OrderState.CANCELLED, OrderState.FAILED}
_WAITS = {JobState.WAITING, JobState.QUEUED}
_PRINTING = {AttemptState.PRINTING, AttemptState.PAUSED}
_SETTLED_JOBS = {JobState.DONE, JobState.CANCELLED, JobState.FAILED}
_ASKED = {
    Command.PAUSE: "The machine was asked to pause and has not reported it yet.",
    Command.RESUME: "The machine was asked to go on and has not reported it yet.",
    Command.CANCEL: "The machine was asked to stop and has not reported it yet.",
}


@dataclass(frozen=True)
class Line:
    """One line of a story."""

    at: datetime
    words: str


@dataclass(frozen=True)
class CopyWords:
    """One copy."""

    id: str
    number: int
    badge: Badge
    steps: tuple[Step, ...]
    where: str
    """The machine and place of the current try."""
    machine: str | None
    progress: float | None
    left: str
    figures: tuple[tuple[str, str], ...]
    reason: str
    tries: int
    history: tuple[Line, ...]
    can_redo: bool
    can_pause: bool
    can_resume: bool
    can_stop: bool
    """The machine's work on it, with everything on its plate."""
    can_cancel: bool
    """It can be left out while others are made."""


@dataclass(frozen=True)
class PlateWords:
    """Copies that a machine makes together, or one alone."""

    words: str
    """Empty when it is one alone."""
    copies: tuple[CopyWords, ...]


@dataclass(frozen=True)
class OrderWords:
    badge: Badge
    plates: tuple[PlateWords, ...]
    """Every copy once."""
    figures: tuple[tuple[str, str], ...]
    story: tuple[Line, ...]
    live: bool
    """Something may still change by itself."""
    announcement: str
    waits: bool
    """A copy waits for a machine: it can be said which ones could make it."""
    failed: int
    """Copies that failed or were scrapped, and can all be made again at once."""
    unbegun: int
    """Copies that can be cancelled while others go on; 0 where there are no others."""


def order_words(view: OrderView, runs: Collection[str]) -> OrderWords:
    """The whole order in words, for somebody who runs the facilities of these short names."""
    badge = ORDERS[view.summary.state]
    live = view.summary.state not in _OVER
    done, total = view.summary.copies.done, view.summary.quantity
    return OrderWords(
        badge=badge,
        plates=_plates(view, runs),
        figures=_stages(view.seconds),
        story=_story(view),
        live=live,
        announcement=f"{badge.words}: {done} of {formatting.plural(total, 'copy', 'copies')} done",
        waits=live and any(job.state in _WAITS for job in view.jobs),
        failed=view.summary.copies.needs_redo,
        unbegun=_unbegun(view.summary.copies),
    )


def counted(copies: Tally) -> str:
    """How many copies are where, in words: `2 of 5 done, 1 on a machine, 2 waiting`."""
    others = (
        (copies.active, "on a machine"),
        (copies.queued + copies.waiting, "waiting"),
        (copies.needs_redo, "to be made again"),
        (copies.uncertain, "uncertain"),
        (copies.cancelled, "cancelled"),
    )
    told = [f"{number} {words}" for number, words in others if number]
    return ", ".join([f"{copies.done} of {copies.total} done", *told])


def asked_words(view: OrderView) -> tuple[tuple[str, str], ...]:
    """The conditions of an order, as pairs of a name and words."""
    asks = view.asks
    near = "" if asks.place is None else f"{asks.place.latitude:g}, {asks.place.longitude:g}"
    facts = [
        ("Machine", "" if asks.machine is None else view.machine_name or asks.machine),
        ("Wanted by", "" if asks.wanted_by is None else f"{asks.wanted_by:%-d %b %Y %H:%M} UTC"),
        ("At most", "" if asks.most_cost is None else f"{asks.most_cost} {asks.currency}"),
        ("Within", "" if asks.within_km is None else f"{asks.within_km:g} km of {near}"),
        ("Near", near if asks.within_km is None else ""),
        ("Tolerance", "" if asks.tolerance_mm is None else f"±{asks.tolerance_mm:g} mm"),
        ("Sheet", "" if asks.thickness_mm is None else f"{asks.thickness_mm:g} mm"),
        ("Lying", "on any side" if asks.lay else ""),
        ("Use", "for a business" if asks.commercial else ""),
        ("Priority", str(view.priority) if view.priority else ""),
    ]
    return tuple(fact for fact in facts if fact[1])


def _unbegun(copies: Tally) -> int:
    idle = copies.waiting + copies.queued + copies.needs_redo
    return idle if copies.active or copies.done or copies.uncertain else 0


def _current(job: JobView) -> AttemptView | None:
    """The try that the copy's state speaks of."""
    return job.attempts[-1] if job.attempts and job.state not in _WAITS else None


def _plates(view: OrderView, runs: Collection[str]) -> tuple[PlateWords, ...]:
    """The copies, those together that lie on one plate; in the order of the first of each."""
    together: dict[str, list[JobView]] = {}
    for job in view.jobs:
        current = _current(job)
        together.setdefault(job.id if current is None or current.plate is None else current.plate, []).append(job)
    return tuple(
        PlateWords(_together(jobs), tuple(_copy(view, job, runs) for job in jobs)) for jobs in together.values()
    )


def _together(jobs: Sequence[JobView]) -> str:
    if len(jobs) == 1:
        return ""
    *first, last = (str(job.copy) for job in jobs)
    verb = "are" if any(job.state is JobState.ACTIVE for job in jobs) else "were"
    return f"Copies {', '.join(first)} and {last} {verb} made together on one plate"


def _copy(view: OrderView, job: JobView, runs: Collection[str]) -> CopyWords:
    current = _current(job)
    active = current is not None and job.state is JobState.ACTIVE
    mine = current is not None and current.facility in runs and current.command is not Command.CANCEL
    directed = current.state if current and active and mine and current.command is None else None
    return CopyWords(
        id=job.id,
        number=job.copy,
        badge=ATTEMPTS[current.state] if current is not None and active else JOBS[job.state],
        steps=copy_steps(job.state, current.state if current else None),
        where=f"{current.machine_name}, {current.facility_name}" if current else "",
        machine=current.machine if current else None,
        progress=current.progress if current is not None and current.state in _PRINTING else None,
        left="" if current is None or current.seconds_left is None else formatting.duration(current.seconds_left),
        figures=_figures(current) if current else (),
        reason=_reason(job, current),
        tries=len(job.attempts),
        history=tuple(
            Line(event.at, line)
            for event in view.events
            if event.job == job.id
            and not _is_told_already(event, [other for other in view.events if other.job == job.id])
            and (line := _line(event.kind, event.words))
        ),
        can_redo=job.state in {JobState.NEEDS_REDO, JobState.UNCERTAIN},
        can_pause=directed is AttemptState.PRINTING,
        can_resume=directed is AttemptState.PAUSED,
        can_stop=mine and not job.cancelling and current is not None and current.state in OPEN,
        can_cancel=view.may_cancel.allowed and len(view.jobs) > 1 and _can_be_left_out(job, current),
    )


def _can_be_left_out(job: JobView, current: AttemptView | None) -> bool:
    if job.cancelling or job.state in _SETTLED_JOBS:
        return False
    begun = current is not None and current.state in OPEN - BEFORE_START
    return not (begun and current is not None and current.plate is not None)


def _story(view: OrderView) -> tuple[Line, ...]:
    """Newest first; each line says which copy it is about."""
    copies: dict[str | None, str] = {job.id: f"Copy {job.copy}: " if len(view.jobs) > 1 else "" for job in view.jobs}
    events = [event for event in reversed(view.events) if not _is_told_already(event, view.events)]
    told = ((event, _line(event.kind, event.words)) for event in events)
    lines = (Line(event.at, copies.get(event.job, "") + line if event.job else line) for event, line in told if line)
    return tuple(Line(line.at, formatting.capitalise(line.words)) for line in lines)


def _is_told_already(event: OrderEvent, among: Sequence[OrderEvent]) -> bool:
    """Whether a copy is cancelled by what another line of the same moment says: the whole order, or its own try."""
    return event.kind == "job.cancelled" and any(
        other.at == event.at
        and (other.kind == "order.cancelled" or (other.kind == "attempt.cancelled" and other.job == event.job))
        for other in among
    )


def _reason(job: JobView, current: AttemptView | None) -> str:
    told = job.reason or (current.reason if current else None) or ""
    if current is not None and current.extra is not None:
        told = f"{told} An extra part was made all the same.".strip()
    if current is not None and current.command is not None and job.state not in _WAITS:
        told = f"{told} {_ASKED[current.command]}".strip()
    return told


def _figures(attempt: AttemptView) -> tuple[tuple[str, str], ...]:
    found: Mapping[str, object] = attempt.figures or {}
    planned, grams, layers = found.get("print_seconds"), found.get("filament_g"), found.get("layers")
    whole = " of the plate" if attempt.plate is not None else ""
    facts = [
        (f"Planned{whole}", formatting.duration(planned) if isinstance(planned, int | float) else ""),
        (f"Really took{whole}", "" if attempt.print_seconds is None else formatting.duration(attempt.print_seconds)),
        (f"Filament{whole}", f"{formatting.figure(grams)} g" if isinstance(grams, int | float) else ""),
        ("Layers", formatting.figure(layers) if isinstance(layers, int) else ""),
        ("Prepared by", str(found.get("slicer") or "")),
        ("Profile", str(found.get("profile") or "")),
        ("G-code", formatting.short_digest(attempt.gcode_sha256) if attempt.gcode_sha256 else ""),
        ("Starts seen", "" if attempt.starts_seen is None else str(attempt.starts_seen)),
    ]
    return tuple(fact for fact in facts if fact[1])


_STAGE_WORDS = (
    ("build", "Building the model"),
    ("wait", "Waiting for a machine"),
    ("prepare", "Preparing and staging"),
    ("make", "Making"),
    ("whole", "Altogether"),
)


def _stages(seconds: Mapping[str, float]) -> tuple[tuple[str, str], ...]:
    return tuple((words, formatting.duration(seconds[name])) for name, words in _STAGE_WORDS if name in seconds)


def _line(kind: str, words: str | None) -> str:
    room, _, state = kind.partition(".")
    said = _LINES.get(kind)
    if said is None and room == "attempt" and state in set(AttemptState):
        said = ATTEMPTS[AttemptState(state)].words
    elif said is None and room == "job" and state in set(JobState):
        said = "" if state in _SAID_BY_THE_ATTEMPT else JOBS[JobState(state)].words
    if said is None:
        said = kind.replace(".", " ").replace("_", " ").capitalize()
    if not said or not words:
        return said.removesuffix(" by")
    return f"{said} {words}" if said.endswith(" by") else f"{said}: {words}"
