"""What somebody wants made, checked against what there is and what they may ask for."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa

from designs.parameters import Given
from registry.actions.built_parts import BuiltPart
from registry.actions.design_views import VersionView
from registry.actions.designs import read_version
from registry.actions.facilities import FacilityRow, find_facility
from registry.actions.licences import read_standing
from registry.actions.machines import seen_machines
from registry.actions.moderation import require_shown
from registry.core.asking import Asks
from registry.core.capability import Place
from registry.core.facilities import may_order_at
from registry.core.licence_to_make import restricts
from registry.core.matching import Work
from registry.core.orders import HIGHEST_PRIORITY, MAX_QUANTITY, may_raise
from registry.core.permissions import Caller
from registry.errors import Conflict, Forbidden, Invalid, NotFound
from registry.ids import VersionName

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
    machine: str | None = None
    """The id, or the name where there is but one of it, of the only machine that may make it; None: any that can."""
    tolerance_mm: float | None = None
    thickness_mm: float | None = None
    """Of the sheet; None: the part's own height."""
    lay: bool | None = None
    """It may be laid on another side; None: as the designer says."""
    place: Place | None = None
    within_km: float | None = None
    """How far from `place` it may be made."""
    wanted_by: datetime | None = None
    most_cost: Decimal | None = None
    """For all copies, in `currency` (ISO 4217)."""
    currency: str | None = None
    commercial: bool = False
    priority: int = 0


@dataclass(frozen=True)
class Checked:
    """A wish that may be ordered, with what it names."""

    wish: OrderWish
    version: VersionView
    place: FacilityRow | None
    material: str
    asks: Asks


def check_wish(connection: sa.Connection, caller: Caller, wish: OrderWish, now: datetime) -> Checked:
    """Raises NotFound, Conflict (yanked, recalled), Invalid, Forbidden."""
    if not 1 <= wish.quantity <= MAX_QUANTITY:
        raise Invalid(
            f"quantity {wish.quantity} is out of range: 1 to {MAX_QUANTITY} copies an order",
            code="bad_quantity", value=wish.quantity,
        )  # fmt: skip
    require_shown(connection, caller, wish.version.design)
    version = _version(connection, wish.version)
    material = " ".join((version.manifest.print.material if wish.material is None else wish.material).split())
    if not 1 <= len(material) <= LONGEST_MATERIAL:
        raise Invalid(
            f"material {(wish.material or '')[:80]!r} is not usable: 1 to {LONGEST_MATERIAL} letters, such as PLA",
            code="bad_material", value=(wish.material or "")[:80],
        )  # fmt: skip
    _check_conditions(wish, now)
    place = None if wish.facility is None else _place(connection, caller, wish.facility)
    _check_priority(caller, wish, place)
    machine = None if wish.machine is None else find_machine(connection, caller, wish.machine, place)
    asks = _asks(wish, version, machine)
    if wish.commercial and asks.licence is not None:
        asks = replace(asks, standing=read_standing(connection, caller.member))
    return Checked(wish, version, place, material, asks)


def work_of(member: str, checked: Checked, part: BuiltPart | None) -> Work:
    """What one copy asks of a machine; `part` is None until the geometry is built."""
    asked = checked.version.manifest.print
    return Work(
        process=asked.process,
        material=checked.material,
        member=member,
        colour=checked.wish.colour,
        size=None if part is None else part.size,
        nozzle_mm=None if asked.nozzle_mm is None else float(asked.nozzle_mm),
        facility=None if checked.place is None else checked.place.id,
        thickness_mm=_sheet_to_be(checked) if part is None else part.thickness_mm,
        tolerance_mm=checked.asks.tolerance_mm,
        asks=checked.asks if part is None else part.asks,
    )


def _sheet_to_be(checked: Checked) -> float | None:
    """What is known of the sheet's thickness before the part is built."""
    said = checked.version.manifest.print.thickness_mm
    return checked.asks.thickness_mm or (None if said is None else float(said))


def find_machine(connection: sa.Connection, caller: Caller, named: str, place: FacilityRow | None) -> str:
    """The id of the machine that is meant by its id, or by its name where there is one of it."""
    seen = [row for row, _ in seen_machines(connection, caller, None if place is None else place.id)]
    meant = [row["id"] for row in seen if row["id"] == named] or [
        row["id"] for row in seen if row["name"].casefold() == named.strip().casefold()
    ]
    if len(meant) == 1:
        return str(meant[0])
    where = "" if place is None else f" in {place.text.name}"
    if not meant:
        raise NotFound(f"there is no machine {named[:80]!r}{where}: see the list of machines", value=named[:80])
    raise Invalid(
        f"{len(meant)} machines are called {named[:80]!r}{where}: name one by its id, such as {meant[0]}",
        code="which_machine", value=named[:80],
    )  # fmt: skip


def _version(connection: sa.Connection, name: VersionName) -> VersionView:
    version = read_version(connection, name.design, name.version)
    withdrawn = version.recalled or version.yanked
    if withdrawn is not None:
        how = "recalled for safety" if version.recalled is not None else "yanked"
        raise Conflict(
            f"{version.name} was {how}: {withdrawn.reason}. Order another version",
            code="version_recalled" if version.recalled is not None else "version_yanked", version=str(version.name),
        )  # fmt: skip
    return version


def _place(connection: sa.Connection, caller: Caller, slug: str) -> FacilityRow:
    place = find_facility(connection, slug, caller)
    decision = may_order_at(place.text.access, place.runner_ids, caller, place.text.name)
    if not decision.allowed:
        raise Forbidden(decision.reasons[0], code="facility_closed", facility=place.slug)
    return place


def _check_conditions(wish: OrderWish, now: datetime) -> None:
    if wish.within_km is not None and wish.place is None:
        words = f"within {wish.within_km:g} km of where? Give the place by its latitude and longitude"
        raise Invalid(words, code="no_place", value=wish.within_km)
    if (wish.most_cost is None) is not (wish.currency is None):
        raise Invalid("a limit of price needs its currency, such as 20 EUR", code="bad_price")
    if wish.wanted_by is not None and wish.wanted_by <= now:
        words = f"{wish.wanted_by:%-d %b %Y %H:%M} UTC is past: give a later date by which it is wanted"
        raise Invalid(words, code="bad_moment", value=wish.wanted_by.isoformat())


def _check_priority(caller: Caller, wish: OrderWish, place: FacilityRow | None) -> None:
    if not 0 <= wish.priority <= HIGHEST_PRIORITY:
        words = f"priority {wish.priority} is out of range: 0, as usual, to {HIGHEST_PRIORITY}"
        raise Invalid(words, code="bad_priority", value=wish.priority)
    decision = may_raise(frozenset() if place is None else place.runner_ids, caller)
    if wish.priority and not decision.allowed:
        raise Forbidden(decision.reasons[0], code="not_yours")


def _asks(wish: OrderWish, version: VersionView, machine: str | None) -> Asks:
    licence = version.manifest.licence
    return Asks(
        tolerance_mm=wish.tolerance_mm,
        thickness_mm=wish.thickness_mm,
        machine=machine,
        lay=bool(version.manifest.print.any_side) if wish.lay is None else wish.lay,
        place=wish.place,
        within_km=wish.within_km,
        wanted_by=wish.wanted_by,
        most_cost=wish.most_cost,
        currency=wish.currency,
        commercial=wish.commercial,
        licence=licence if restricts(licence) else None,
        copies=wish.quantity,
    )
