"""What a machine is, where it stands and how it is now: what matching judges.

Lengths are mm as floats: they are compared within FIT_TOLERANCE_MM and are never part of a cache key.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

FIT_TOLERANCE_MM = 0.01
"""A part counts as fitting when it is larger by no more: tessellation and the STEP round trip move a face by less."""
SHEET_TOLERANCE_MM = 0.25
"""A sheet counts as the one that is asked for within this: plywood sold as 3 mm measures 2.8 to 3.2."""

HAIR_MM = 1e-9
"""What is written as the same number is the same."""


class Access(StrEnum):
    """Who may order at a facility, and who may see it."""

    PUBLIC = "public"
    """Every member may order; everybody may see it."""
    RESTRICTED = "restricted"
    """Those who run it may order; everybody may see it."""
    PRIVATE = "private"
    """Those who run it may order and see it."""


@dataclass(frozen=True)
class Size:
    """A box, mm."""

    x: float
    y: float
    z: float

    def __str__(self) -> str:
        return " × ".join(f"{length:.1f}".removesuffix(".0") for length in (self.x, self.y, self.z)) + " mm"


@dataclass(frozen=True)
class Place:
    """A point on the globe, degrees (WGS 84)."""

    latitude: float
    longitude: float


@dataclass(frozen=True)
class Loaded:
    """A material that lies in or on a machine."""

    material: str
    colour: str | None = None
    thickness_mm: float | None = None
    """Of a sheet; None for what is not a sheet."""
    remaining_g: float | None = field(default=None, compare=False)
    """What is left; None where nobody keeps count. It never decides: machines that differ by it alone are equal."""

    def __str__(self) -> str:
        sheet = "" if self.thickness_mm is None else f" {self.thickness_mm:g} mm"
        return f"{self.material}{sheet}{'' if self.colour is None else f' in {self.colour}'}"


@dataclass(frozen=True)
class Rates:
    """What the use of a machine costs."""

    currency: str
    """ISO 4217."""
    per_hour: Decimal = Decimal(0)
    per_gram: Decimal = Decimal(0)

    @property
    def asks_money(self) -> bool:
        return bool(self.per_hour or self.per_gram)

    def __str__(self) -> str:
        parts = [(self.per_hour, "an hour"), (self.per_gram, "a gram")]
        return " and ".join(f"{rate.normalize():f} {self.currency} {per}" for rate, per in parts if rate) or "no money"


@dataclass(frozen=True)
class Capability:
    """What a machine is, and where it stands."""

    process: str
    envelope: Size
    materials: tuple[Loaded, ...]
    nozzle_mm: float | None
    facility: str
    facility_name: str
    access: Access
    runners: frozenset[str]
    """Members who run the facility."""
    machine: str = field(default="", compare=False)
    """Its id. Machines that differ by it alone can make the same, but for orders that name one of them."""
    name: str = field(default="", compare=False)
    tolerance_mm: float | None = None
    """What it keeps to; None: nobody has measured it."""
    rates: Rates | None = None
    """None: the facility names no prices."""
    place: Place | None = None
    """Where the facility is; None: it does not say."""
    worker_owned: bool = False
    """The facility says that it belongs to those who work in it and that they share all gains."""
    plate_copies: int = 1
    """How many copies of a part it takes at once."""


@dataclass(frozen=True)
class Condition:
    """How a machine is now, and what waits for it. It never rules a machine out: orders wait."""

    state: str
    bed: str
    message: str | None = None
    seconds_left: float | None = None
    """Of what it makes now."""
    ahead: int = 0
    """Parts that wait and come before, for this machine and others like it."""
    ahead_seconds: float = 0
    """This machine's share of their time, roughly."""


def normal(name: str) -> str:
    """Materials and colours are compared without regard to case and surrounding space."""
    return " ".join(name.split()).casefold()
