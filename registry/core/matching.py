"""Which machine can make what, with the reasons: a decision for the order form, the order page and the hand-out.

What is judged here of process, size, material, colour, sheet, nozzle, tolerance, facility and access is what the
hand-out asks for in SQL; the rest, `registry.core.asking.refusals`, it judges for each candidate.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from registry.core.asking import NOTHING_ASKED, Asks, asked_notes, distance_to, refusals, size_words
from registry.core.capability import (
    FIT_TOLERANCE_MM,
    HAIR_MM,
    SHEET_TOLERANCE_MM,
    Access,
    Capability,
    Condition,
    Loaded,
    Size,
    normal,
)
from registry.core.estimates import about, about_long, cost_of
from registry.core.lying import as_drawn, fits, way_that_fits
from registry.core.reasons import Code, Decision, Outlook, Reason

__all__ = [
    "FIT_TOLERANCE_MM",
    "SHEET_TOLERANCE_MM",
    "Access",
    "Capability",
    "Code",
    "Condition",
    "Decision",
    "Loaded",
    "Reason",
    "Size",
    "Work",
    "fits",
    "match",
    "normal",
]


@dataclass(frozen=True)
class Work:
    """What one copy of an order asks of a machine."""

    process: str
    material: str
    member: str
    """Who ordered it."""
    colour: str | None = None
    size: Size | None = None
    """Bounding box, its margin for the brim included; None until the geometry is built."""
    nozzle_mm: float | None = None
    facility: str | None = None
    """Where it must be made; None: anywhere."""
    thickness_mm: float | None = None
    """Of the sheet; None where it is made of none, or of any."""
    tolerance_mm: float | None = None
    """None: what is usual."""
    asks: Asks = NOTHING_ASKED


def match(
    work: Work, machine: Capability, condition: Condition | None = None, now: datetime | None = None, sharing: int = 1
) -> Decision:
    """Judge one machine for one piece of work; every reason is named, not only the first.

    `now` is needed to say when it could be ready, if its `sharing` machines divide the copies among them.
    """
    found = (
        _process(work, machine),
        _size(work, machine),
        _material(work, machine),
        _nozzle(work, machine),
        _tolerance(work, machine),
        _facility(work, machine),
        _access(work, machine),
    )
    reasons = (*(reason for reason in found if reason is not None), *refusals(work.asks, machine, work.member))
    outlook = _outlook(work, machine, condition, now, sharing)
    asked = asked_notes(work.asks, machine, work.member)
    notes = (*_open(work), *asked, *_spool(work, machine, sharing), *_now(condition), *_late(work, outlook))
    return Decision(not reasons, reasons, notes, outlook)


def _process(work: Work, machine: Capability) -> Reason | None:
    if work.process == machine.process:
        return None
    return Reason(Code.PROCESS, f"it works by {machine.process}, the design asks for {work.process}")


def _size(work: Work, machine: Capability) -> Reason | None:
    if work.asks.ways or work.size is None or fits(work.size, machine.envelope):
        return None  # ways to lie are judged with what else is asked
    return Reason(Code.SIZE, size_words((as_drawn(work.size),), machine.envelope))


def suits(work: Work, loaded: Loaded) -> bool:
    """Whether it can be made of what is loaded: the same material, and the colour and sheet that are asked for."""
    colour = work.colour is None or (loaded.colour is not None and normal(loaded.colour) == normal(work.colour))
    return normal(loaded.material) == normal(work.material) and colour and _is_sheet(work, loaded)


def _is_sheet(work: Work, loaded: Loaded) -> bool:
    if work.thickness_mm is None:
        return True
    return loaded.thickness_mm is not None and abs(loaded.thickness_mm - work.thickness_mm) <= SHEET_TOLERANCE_MM


def _material(work: Work, machine: Capability) -> Reason | None:
    if any(suits(work, loaded) for loaded in machine.materials):
        return None
    same = [loaded for loaded in machine.materials if normal(loaded.material) == normal(work.material)]
    if not same:
        there = ", ".join(sorted({loaded.material for loaded in machine.materials})) or "nothing"
        return Reason(Code.MATERIAL, f"{work.material} is not loaded; {there} is")
    sheets = [loaded for loaded in same if _is_sheet(work, loaded)]
    if not sheets:
        thick = sorted({loaded.thickness_mm for loaded in same if loaded.thickness_mm is not None})
        there = ", ".join(f"{each:g} mm" for each in thick) or "of no known thickness"
        return Reason(Code.THICKNESS, f"{work.material} of {work.thickness_mm:g} mm is not loaded; it is {there}")
    there = ", ".join(sorted({loaded.colour for loaded in sheets if loaded.colour})) or "no colour that it knows of"
    return Reason(Code.COLOUR, f"{work.material} is not loaded in {work.colour}; {there} is")


def _nozzle(work: Work, machine: Capability) -> Reason | None:
    if work.nozzle_mm is None or machine.nozzle_mm is None or machine.nozzle_mm <= work.nozzle_mm + FIT_TOLERANCE_MM:
        return None
    return Reason(
        Code.NOZZLE, f"its nozzle is {machine.nozzle_mm:g} mm, the design needs {work.nozzle_mm:g} mm or finer"
    )


def _tolerance(work: Work, machine: Capability) -> Reason | None:
    asked, kept = work.tolerance_mm, machine.tolerance_mm
    if asked is None or (kept is not None and kept <= asked + HAIR_MM):
        return None
    there = "nobody has measured what it keeps to" if kept is None else f"it keeps to ±{kept:g} mm"
    return Reason(Code.TOLERANCE, f"{there}, the order asks for ±{asked:g} mm")


def _facility(work: Work, machine: Capability) -> Reason | None:
    if work.facility is None or work.facility == machine.facility:
        return None
    return Reason(Code.FACILITY, f"it stands in {machine.facility_name}, the order names another facility")


def _access(work: Work, machine: Capability) -> Reason | None:
    if machine.access is Access.PUBLIC or work.member in machine.runners:
        return None
    return Reason(Code.ACCESS, f"{machine.facility_name} takes orders only from those who run it")


def _open(work: Work) -> tuple[Reason, ...]:
    if work.size is not None:
        return ()
    return (Reason(Code.NOT_BUILT, "whether it fits is known when the geometry is built"),)


def _spool(work: Work, machine: Capability, sharing: int) -> tuple[Reason, ...]:
    """The fullest spool that suits, beside what this machine's part of the copies needs."""
    grams = work.asks.estimate.grams
    left = [loaded.remaining_g for loaded in machine.materials if suits(work, loaded)]
    known = [each for each in left if each is not None]
    if grams is None or not known or len(known) < len(left):
        return ()
    copies = ceil(work.asks.copies / sharing)
    if grams * copies <= max(known):
        return ()
    what = "it needs" if copies == 1 else f"{copies} copies need"
    words = f"{what} about {about(grams * copies)} g, {about(max(known))} g of {work.material} are left on its spool"
    return (Reason(Code.SPOOL, words),)


def _now(condition: Condition | None) -> tuple[Reason, ...]:
    if condition is None:
        return ()
    notes: list[Reason] = []
    if condition.ahead:
        words = "1 part waits" if condition.ahead == 1 else f"{condition.ahead} parts wait"
        notes.append(Reason(Code.QUEUE, f"{words} before it"))
    if condition.state == "offline":
        return (*notes, Reason(Code.OFFLINE, "it is offline"))
    if condition.state == "error":
        notes.append(Reason(Code.FAULT, f"it reports a fault: {condition.message or 'no further word'}"))
    elif condition.state != "idle":
        left = "" if condition.seconds_left is None else f", for about {about_long(condition.seconds_left)} more"
        notes.append(Reason(Code.BUSY, f"it is busy with another part{left}"))
    if condition.bed != "clear":
        notes.append(Reason(Code.BED, f"its bed is {condition.bed}: somebody must clear it first"))
    return tuple(notes)


def _late(work: Work, outlook: Outlook) -> tuple[Reason, ...]:
    wanted, ready = work.asks.wanted_by, outlook.ready_at
    if wanted is None:
        return ()
    if ready is None:
        return (Reason(Code.NOT_BUILT, "when it could be ready is not known yet"),)
    if ready <= wanted:
        return ()
    late = about_long((ready - wanted).total_seconds())
    return (Reason(Code.DEADLINE, f"it could be ready about {late} after {wanted:%-d %b %Y %H:%M} UTC"),)


def _outlook(
    work: Work, machine: Capability, condition: Condition | None, now: datetime | None, sharing: int
) -> Outlook:
    asks, estimate = work.asks, work.asks.estimate
    ways = asks.ways or (() if work.size is None else (as_drawn(work.size),))
    way = way_that_fits(ways, machine.envelope)
    ready = None
    if now is not None and estimate.seconds is not None:
        own = estimate.seconds * ceil(asks.copies / sharing)
        before = 0.0 if condition is None else (condition.seconds_left or 0.0) + condition.ahead_seconds
        ready = now + timedelta(seconds=own + before)
    return Outlook(
        way=None if way is None else way.name,
        distance_km=distance_to(asks, machine),
        cost=None if machine.rates is None else cost_of(machine.rates, estimate, asks.copies),
        currency=None if machine.rates is None else machine.rates.currency,
        grams=estimate.grams,
        seconds=estimate.seconds,
        ready_at=ready,
        ahead=0 if condition is None else condition.ahead,
    )
