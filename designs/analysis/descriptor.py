"""Ten numbers that tell a shape from others, whatever its size, place and direction: for finding similar parts.

Each is about between 0 and 1, so that the plain distance between two descriptors is a measure of likeness. Parts that
are mirror images have the same.
"""

from dataclasses import astuple, dataclass
from math import cbrt, log1p, pi
from typing import ClassVar

from designs.analysis.hulls import Hull
from designs.analysis.mass import MassProperties
from designs.analysis.topology import Topology
from designs.measure import Vector

_BALL_SPREAD = 0.4 * 3 / 2 * (3 / (4 * pi)) ** (2 / 3)
"""Half the sum of the principal moments of a ball over volume^(5/3)."""


@dataclass(frozen=True)
class Descriptor:
    """Of all bodies of a part together, which are closed."""

    __pydantic_config__: ClassVar = {"extra": "forbid", "strict": True, "allow_inf_nan": False}

    sphericity: float
    """Surface of a ball of the same volume over the part's surface: 1 for a ball."""
    hull_fill: float
    """Share of the convex hull that is material."""
    box_fill: float
    """Share of the smallest box that is material."""
    hull_smoothness: float
    """Surface of the hull over the part's surface; little for fins and inner walls."""
    hull_sphericity: float
    """As `sphericity`, of the hull."""
    compactness: float
    """Spread of the mass about its centre, as a ball's over the part's: 1 for a ball."""
    flatness: float
    """Least extent of the smallest box over its middle one."""
    elongation: float
    """Middle extent of the smallest box over its largest."""
    roundness: float
    """The two larger principal moments are alike for what is round about an axis: their ratio, or that of the two
    smaller ones where it is larger."""
    holes: float
    """log(1 + holes through it) / 5."""

    def vector(self) -> tuple[float, ...]:
        """The ten numbers in order."""
        return tuple(astuple(self))


def describe(mass: MassProperties, hull: Hull, box_size: Vector, topology: Topology) -> Descriptor | None:
    """None where there is no inside: then most of the figures mean nothing. `box_size` is longest first."""
    if mass.volume <= 0 or mass.area <= 0:
        return None
    first, second, third = (float(moment) for moment in mass.principal)
    hull_area = float(hull.areas.sum())
    spread = (first + second + third) / 2 / mass.volume ** (5 / 3)
    holes = max(topology.shells - topology.euler_characteristic / 2, 0.0)
    longest, middle, shortest = box_size
    return Descriptor(
        sphericity=_sphericity(mass.volume, mass.area),
        hull_fill=mass.volume / hull.volume,
        box_fill=mass.volume / (longest * middle * shortest),
        hull_smoothness=hull_area / mass.area,
        hull_sphericity=_sphericity(hull.volume, hull_area),
        compactness=_BALL_SPREAD / spread,
        flatness=shortest / middle,
        elongation=middle / longest,
        roundness=max(second / third, first / second),
        holes=log1p(holes) / 5,
    )


def _sphericity(volume: float, area: float) -> float:
    return cbrt(pi) * cbrt(6 * volume) ** 2 / area
