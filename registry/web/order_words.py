"""An order as its page shows it: each copy with its stations, progress, figures and what can be done. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from registry.actions.order_views import AttemptView, JobView, OrderView
from registry.core.attempts import BEFORE_START, AttemptState, Command, JobState
from registry.core.directing import OPEN
from registry.core.orders import OrderState, Tally
from registry.web import formatting
from registry.web.languages import _, ngettext, noted
from registry.web.order_story import Line, is_told_already, line_of, story
from registry.web.progress_words import ATTEMPTS, JOBS, ORDERS, Badge, Step, copy_steps

_OVER = {OrderState.DONE, OrderState.PARTLY, OrderState.CANCELLED, OrderState.FAILED}
_WAITS = {JobState.WAITING, JobState.QUEUED}
_PRINTING = {AttemptState.PRINTING, AttemptState.PAUSED}
_SETTLED_JOBS = {JobState.DONE, JobState.CANCELLED, JobState.FAILED}
_EXTRA = noted("An extra part was made all the same.")
_ASKED = {
    Command.PAUSE: noted("The machine was asked to pause and has not reported it yet."),
    Command.RESUME: noted("The machine was asked to go on and has not reported it yet."),
    Command.CANCEL: noted("The machine was asked to stop and has not reported it yet."),
}


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
        story=story(view),
        live=live,
        announcement=_announcement(badge, done, total),
        waits=live and any(job.state in _WAITS for job in view.jobs),
        failed=view.summary.copies.needs_redo,
        unbegun=_unbegun(view.summary.copies),
    )


def _announcement(badge: Badge, done: int, total: int) -> str:
    words = ngettext("%(state)s: %(done)s of %(num)s copy done", "%(state)s: %(done)s of %(num)s copies done", total)
    return words % {"state": badge.words, "done": done, "num": total}


def counted(copies: Tally) -> str:
    """How many copies are where, in words: `2 of 5 done, 1 on a machine, 2 waiting`."""
    others = (
        (copies.active, noted("%(num)s on a machine")),
        (copies.queued + copies.waiting, noted("%(num)s waiting")),
        (copies.needs_redo, noted("%(num)s to be made again")),
        (copies.uncertain, noted("%(num)s uncertain")),
        (copies.cancelled, noted("%(num)s cancelled")),
    )
    told = [_(words) % {"num": number} for number, words in others if number]
    return ", ".join([_("%(done)s of %(total)s done") % {"done": copies.done, "total": copies.total}, *told])


def asked_words(view: OrderView) -> tuple[tuple[str, str], ...]:
    """The conditions of an order, as pairs of a name and words."""
    asks = view.asks
    near = "" if asks.place is None else f"{asks.place.latitude:g}, {asks.place.longitude:g}"
    facts = [
        (_("Machine"), "" if asks.machine is None else view.machine_name or asks.machine),
        (
            _("Wanted by"),
            "" if asks.wanted_by is None else f"{formatting.day(asks.wanted_by)} {asks.wanted_by:%H:%M} UTC",
        ),
        (_("At most"), "" if asks.most_cost is None else f"{asks.most_cost} {asks.currency}"),
        (_("Within"), "" if asks.within_km is None else _within(asks.within_km, near)),
        (_("Near"), near if asks.within_km is None else ""),
        (_("Tolerance"), "" if asks.tolerance_mm is None else f"±{asks.tolerance_mm:g} mm"),
        (_("Sheet"), "" if asks.thickness_mm is None else f"{asks.thickness_mm:g} mm"),
        (_("Lying"), _("on any side") if asks.lay else ""),
        (_("Use"), _("for a business") if asks.commercial else ""),
        (_("Priority"), str(view.priority) if view.priority else ""),
    ]
    return tuple(fact for fact in facts if fact[1])


def _within(distance_km: float, place: str) -> str:
    return _("%(distance)s km of %(place)s") % {"distance": f"{distance_km:g}", "place": place}


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
    now = _("Copies %(first)s and %(last)s are made together on one plate")
    once = _("Copies %(first)s and %(last)s were made together on one plate")
    words = now if any(job.state is JobState.ACTIVE for job in jobs) else once
    return words % {"first": ", ".join(first), "last": last}


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
            and not is_told_already(event, [other for other in view.events if other.job == job.id])
            and (line := line_of(event.kind, event.words))
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


def _reason(job: JobView, current: AttemptView | None) -> str:
    told = job.reason or (current.reason if current else None) or ""
    if current is not None and current.extra is not None:
        told = f"{told} {_(_EXTRA)}".strip()
    if current is not None and current.command is not None and job.state not in _WAITS:
        told = f"{told} {_(_ASKED[current.command])}".strip()
    return told


def _figures(attempt: AttemptView) -> tuple[tuple[str, str], ...]:
    found: Mapping[str, object] = attempt.figures or {}
    planned, grams, layers = found.get("print_seconds"), found.get("filament_g"), found.get("layers")
    plate = attempt.plate is not None
    facts = [
        (
            _("Planned of the plate") if plate else _("Planned"),
            formatting.duration(planned) if isinstance(planned, int | float) else "",
        ),
        (
            _("Really took of the plate") if plate else _("Really took"),
            "" if attempt.print_seconds is None else formatting.duration(attempt.print_seconds),
        ),
        (
            _("Filament of the plate") if plate else _("Filament"),
            f"{formatting.figure(grams)} g" if isinstance(grams, int | float) else "",
        ),
        (_("Layers"), formatting.figure(layers) if isinstance(layers, int) else ""),
        (_("Prepared by"), str(found.get("slicer") or "")),
        (_("Profile"), str(found.get("profile") or "")),
        (_("G-code"), formatting.short_digest(attempt.gcode_sha256) if attempt.gcode_sha256 else ""),
        (_("Starts seen"), "" if attempt.starts_seen is None else str(attempt.starts_seen)),
    ]
    return tuple(fact for fact in facts if fact[1])


_STAGE_WORDS = (
    ("build", noted("Building the model")),
    ("wait", noted("Waiting for a machine")),
    ("prepare", noted("Preparing and staging")),
    ("make", noted("Making")),
    ("whole", noted("Altogether")),
)


def _stages(seconds: Mapping[str, float]) -> tuple[tuple[str, str], ...]:
    return tuple((_(words), formatting.duration(seconds[name])) for name, words in _STAGE_WORDS if name in seconds)
