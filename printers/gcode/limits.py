"""What a machine and a material allow: the yardstick of the judgement. Lengths in mm, temperatures in °C."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

REACH_BEYOND_BED_MM = 5.0
"""How far the nozzle of a bed printer usually reaches past the printable area: start and end moves go there."""


@dataclass(frozen=True, slots=True)
class Box:
    """An axis-parallel box, both corners inside it."""

    min_x: float
    min_y: float
    min_z: float
    max_x: float
    max_y: float
    max_z: float

    def contains(self, x: float, y: float, z: float) -> bool:
        return self.min_x <= x <= self.max_x and self.min_y <= y <= self.max_y and self.min_z <= z <= self.max_z

    @property
    def size(self) -> tuple[float, float, float]:
        return (self.max_x - self.min_x, self.max_y - self.min_y, self.max_z - self.min_z)


class Flavour(StrEnum):
    """Whose commands a machine's firmware takes."""

    MARLIN = "marlin"
    """Marlin, and Prusa's firmwares that come of it."""
    KLIPPER = "klipper"


class MacroRole(StrEnum):
    """What the judgement may take for granted after one of the machine's own macros."""

    START = "start"
    """All axes are homed; nozzle and bed have the temperatures of its parameters, and were waited for."""
    END = "end"
    """The heaters are off; where the nozzle is, and whether the motors hold, is not known."""
    OTHER = "other"
    """Nothing: the file says anew where to go, and by which coordinates."""


@dataclass(frozen=True, slots=True)
class Macro:
    """A macro of a Klipper machine that its profile names. The machine's owner answers for what it does."""

    name: str
    role: MacroRole
    nozzle: str | None = None
    """Name of the parameter that carries the nozzle's temperature, °C."""
    bed: str | None = None


@dataclass(frozen=True, slots=True)
class MachineLimits:
    """What one machine may be asked to do."""

    printable: Box
    """Where material may be laid."""
    motion: Box
    """Where the nozzle may go; at least `printable`."""
    max_nozzle_c: float
    max_bed_c: float
    purge: Box | None = None
    """Where the start sequence may lay material outside of `printable`."""
    home: tuple[float, float, float] | None = None
    """Where the nozzle is after homing, where that is known: switches stand at either end, probes in the middle."""
    flavour: Flavour = Flavour.MARLIN
    macros: tuple[Macro, ...] = ()
    max_feed_mm_s: float = 500.0
    max_acceleration_mm_s2: float = 20_000.0
    max_jerk_mm_s: float = 50.0

    @property
    def corner(self) -> tuple[float, float, float]:
        """Stands for the nozzle's place where that is not known: no move counts from it."""
        return (self.printable.min_x, self.printable.min_y, self.printable.min_z)

    @classmethod
    def for_bed(
        cls,
        x_mm: float,
        y_mm: float,
        z_mm: float,
        *,
        max_nozzle_c: float,
        max_bed_c: float,
        reach_mm: float = REACH_BEYOND_BED_MM,
        purge: Box | None = None,
        max_feed_mm_s: float = 500.0,
    ) -> Self:
        """A machine whose printable volume starts at the front left corner of its bed."""
        return cls(
            printable=Box(0, 0, 0, x_mm, y_mm, z_mm),
            motion=Box(-reach_mm, -reach_mm, 0, x_mm + reach_mm, y_mm + reach_mm, z_mm),
            max_nozzle_c=max_nozzle_c,
            max_bed_c=max_bed_c,
            purge=purge,
            max_feed_mm_s=max_feed_mm_s,
        )


@dataclass(frozen=True, slots=True)
class MaterialLimits:
    """Between which temperatures a material is laid."""

    name: str
    min_nozzle_c: float
    max_nozzle_c: float
    max_bed_c: float


MATERIALS = {
    limits.name: limits
    for limits in (
        MaterialLimits("PLA", 180, 235, 70),
        MaterialLimits("PETG", 215, 265, 95),
        MaterialLimits("ABS", 220, 270, 115),
        MaterialLimits("ASA", 230, 275, 115),
        MaterialLimits("TPU", 195, 250, 70),
        MaterialLimits("PC", 250, 305, 125),
        MaterialLimits("PA", 230, 300, 115),
        MaterialLimits("PVB", 190, 235, 85),
    )
}
"""Ranges that cover what the common makers of filament print on their spools."""

ANY_MATERIAL = MaterialLimits("any material", 170, 310, 130)
"""For a material that is not in the table: below 170 °C Marlin itself refuses to extrude."""


def material_limits(name: str) -> MaterialLimits:
    """The range of a material by its name (`PLA`, `pla`, `PLA+`); ANY_MATERIAL when it is not known."""
    return MATERIALS.get(name.upper().rstrip("+"), ANY_MATERIAL)
