"""What is asked for beside the geometry: words for the files, how finely they are made, and for which making."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from designs.checks import Making


@dataclass(frozen=True)
class Order:
    """What the artifacts are to say and how finely they are made."""

    title: str
    metadata: Mapping[str, str]
    """By the names of 3MF (Title, Designer, LicenseTerms …), and `recipe` and `snapshot`: digests."""
    material: str
    tolerance_mm: float
    angular_tolerance_rad: float
    making: Making

    def to_json(self) -> dict[str, Any]:
        """As it goes into the jail."""
        return {
            "title": self.title,
            "metadata": dict(self.metadata),
            "material": self.material,
            "tolerance_mm": self.tolerance_mm,
            "angular_tolerance_rad": self.angular_tolerance_rad,
            "nozzle_mm": self.making.nozzle_mm,
            "envelope_mm": list(self.making.envelope_mm),
            "supports": self.making.supports,
            "process": self.making.process,
            "thickness_mm": self.making.thickness_mm,
        }

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """Read what `to_json` wrote."""
        x, y, z = value["envelope_mm"]
        return cls(
            title=value["title"],
            metadata=value["metadata"],
            material=value["material"],
            tolerance_mm=value["tolerance_mm"],
            angular_tolerance_rad=value["angular_tolerance_rad"],
            making=Making(value["nozzle_mm"], (x, y, z), value["supports"], value["process"], value["thickness_mm"]),
        )
