"""What an order asks beyond fitting, judged one by one: its machine, how it may lie, distance, price and licence.

The hand-out's SQL knows nothing of it: it finds a candidate by `registry.core.matching`'s standing conditions, and
`refusals` has the last word.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from registry.core.capability import Capability, Place, Size
from registry.core.distance import distance_km
from registry.core.estimates import NOT_ESTIMATED, Estimate, about, cost_of
from registry.core.licence_standing import Standing, standing_from_json
from registry.core.licence_to_make import Ruling, may_make
from registry.core.lying import Way, way_that_fits
from registry.core.reasons import Code, Reason

ROUNDING_KM = 0.001


@dataclass(frozen=True)
class Asks:
    """As an order says it; from `licence` on what the registry adds, so that one row tells all."""

    tolerance_mm: float | None = None
    thickness_mm: float | None = None
    """Of the sheet."""
    machine: str | None = None
    """The id of the only machine that may make it."""
    lay: bool = False
    """The part may be laid on another side where that helps."""
    place: Place | None = None
    within_km: float | None = None
    """How far from `place` it may be made."""
    wanted_by: datetime | None = None
    """A wish, never a refusal: a part that comes late is better than none."""
    most_cost: Decimal | None = None
    """For all copies, in `currency`."""
    currency: str | None = None
    commercial: bool = False
    """It is ordered for a business."""
    licence: str | None = None
    """The design's, where it restricts who may make it for money."""
    standing: Standing | None = None
    """Of who orders it for a business, where the licence asks for that."""
    copies: int = 1
    estimate: Estimate = NOT_ESTIMATED
    ways: tuple[Way, ...] = ()
    """How it may lie, the way it is drawn first; empty: as drawn only."""

    @property
    def judged(self) -> bool:
        """Whether any machine could be refused for it."""
        return any(one is not None for one in (self.machine, self.within_km, self.most_cost, self.licence)) or bool(
            self.ways
        )

    @classmethod
    def from_json(cls, value: object) -> "Asks":
        """What `to_json` wrote; None is nothing asked."""
        if not isinstance(value, Mapping):
            return cls()
        plain = dict(value)
        place, estimate = plain.pop("place", None), plain.pop("estimate", None)
        wanted, most = plain.pop("wanted_by", None), plain.pop("most_cost", None)
        ways, standing = plain.pop("ways", ()), plain.pop("standing", None)
        return replace(
            cls(**plain),
            place=Place(*place) if place else None,
            standing=standing_from_json(standing) if standing else None,
            estimate=Estimate(**estimate) if estimate else NOT_ESTIMATED,
            wanted_by=datetime.fromisoformat(wanted) if wanted else None,
            most_cost=None if most is None else Decimal(most),
            ways=tuple(Way(way["name"], tuple(way["up"]), Size(*way["size"])) for way in ways),
        )

    def to_json(self) -> dict[str, object] | None:
        """Only what is said; None when nothing is."""
        told: dict[str, object] = {
            name: value for name, value in vars(self).items() if value != _NOTHING[name] and name not in _SHAPED
        }
        if self.place is not None:
            told["place"] = [self.place.latitude, self.place.longitude]
        if self.estimate != NOT_ESTIMATED:
            told["estimate"] = vars(self.estimate)
        if self.wanted_by is not None:
            told["wanted_by"] = self.wanted_by.isoformat()
        if self.most_cost is not None:
            told["most_cost"] = str(self.most_cost)
        if self.standing is not None:
            told["standing"] = self.standing.to_json()
        if self.ways:
            told["ways"] = [
                {"name": way.name, "up": list(way.up), "size": [way.size.x, way.size.y, way.size.z]}
                for way in self.ways
            ]
        return told or None


NOTHING_ASKED = Asks()
_NOTHING: Mapping[str, object] = vars(NOTHING_ASKED)
_SHAPED = frozenset({"place", "estimate", "wanted_by", "most_cost", "standing", "ways"})


def refusals(asks: Asks, machine: Capability, member: str) -> tuple[Reason, ...]:
    """Why this machine must not make it for this member, though it could by its kind; empty: it may."""
    found = (
        _machine(asks, machine),
        _lying(asks, machine),
        _distance(asks, machine),
        _cost(asks, machine),
        _ruling(asks, machine, member).refusal,
    )
    return tuple(reason for reason in found if reason is not None)


def asked_notes(asks: Asks, machine: Capability, member: str) -> tuple[Reason, ...]:
    """What is good to know of the same; it refuses nothing."""
    notes = [_ruling(asks, machine, member).note]
    if asks.most_cost is not None and machine.rates is None:
        notes.append(Reason(Code.COST, f"{machine.facility_name} names no prices: ask what it costs"))
    elif asks.most_cost is not None and machine.rates is not None and machine.rates.currency == asks.currency:
        cost = cost_of(machine.rates, asks.estimate, asks.copies)
        notes.append(Reason(Code.COST, "what it costs is not known yet") if cost is None else None)
    way = way_that_fits(asks.ways, machine.envelope)
    if way is not None and way is not asks.ways[0]:
        notes.append(Reason(Code.LAID, f"it has room only when it is laid {way.name}"))
    return tuple(note for note in notes if note is not None)


def distance_to(asks: Asks, machine: Capability) -> float | None:
    """km from where it is wanted; None where either place is not known."""
    if asks.place is None or machine.place is None:
        return None
    return distance_km(asks.place, machine.place)


def _ruling(asks: Asks, machine: Capability, member: str) -> Ruling:
    if asks.licence is None:
        return Ruling()
    return may_make(asks.licence, machine, member, commercial=asks.commercial, standing=asks.standing)


def _machine(asks: Asks, machine: Capability) -> Reason | None:
    if asks.machine is None or asks.machine == machine.machine:
        return None
    return Reason(Code.MACHINE, "the order names another machine")


def _lying(asks: Asks, machine: Capability) -> Reason | None:
    if not asks.ways or way_that_fits(asks.ways, machine.envelope) is not None:
        return None
    return Reason(Code.SIZE, size_words(asks.ways, machine.envelope))


def size_words(ways: tuple[Way, ...], envelope: Size) -> str:
    """Why it has no room: every way that was tried, and what room there is."""
    first, *others = ways
    laid = "".join(f", or {way.size} laid {way.name}" for way in others)
    return f"the part needs {first.size}{laid}, the machine takes {envelope}"


def _distance(asks: Asks, machine: Capability) -> Reason | None:
    if asks.within_km is None:
        return None
    away = distance_to(asks, machine)
    if away is None:
        words = f"{machine.facility_name} does not say where it is, the order asks for within {asks.within_km:g} km"
        return Reason(Code.DISTANCE, words)
    if away <= asks.within_km + ROUNDING_KM:
        return None
    words = f"{machine.facility_name} is {kilometres(away)} away, the order asks for within {asks.within_km:g} km"
    return Reason(Code.DISTANCE, words)


def _cost(asks: Asks, machine: Capability) -> Reason | None:
    if asks.most_cost is None or machine.rates is None or not machine.rates.asks_money:
        return None
    if machine.rates.currency != asks.currency:
        words = f"it is paid in {machine.rates.currency}, and the order's limit is {asks.most_cost} {asks.currency}"
        return Reason(Code.COST, f"{words}: give the limit in {machine.rates.currency}")
    cost = cost_of(machine.rates, asks.estimate, asks.copies)
    if cost is None or cost <= asks.most_cost:
        return None
    words = f"it costs about {about(float(cost))} {asks.currency}, the order allows {asks.most_cost} {asks.currency}"
    return Reason(Code.COST, words)


def kilometres(away: float) -> str:
    """12.34 → `12 km`, 1.26 → `1.3 km`."""
    return f"{away:.0f} km" if away >= 10 else f"{away:.1f} km"
