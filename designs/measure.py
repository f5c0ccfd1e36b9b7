"""Figures of a part: taken from the exact geometry where there is one, from the mesh otherwise. Plain values; the
kernel is asked in formats/."""

from dataclasses import dataclass
from typing import Self, TypeGuard

from designs.errors import DesignError

Vector = tuple[float, float, float]
Tensor = tuple[Vector, Vector, Vector]

DENSITIES_G_CM3: dict[str, float] = {
    "PLA": 1.24,
    "PETG": 1.27,
    "ABS": 1.04,
    "ASA": 1.07,
    "TPU": 1.21,
    "PC": 1.20,
    "PA": 1.14,
    "PA-CF": 1.15,
    "PP": 0.90,
    "PVA": 1.23,
    "HIPS": 1.04,
    "PMMA": 1.18,
    "PLYWOOD": 0.68,
    "MDF": 0.75,
    "ALUMINIUM": 2.70,
    "STEEL": 7.85,
    "BRASS": 8.50,
}
"""Typical values from makers' data sheets; a spool may differ by some percent."""
_DECIMALS = 4


class BadMeasurements(DesignError):
    """The JSON is no set of measurements."""


def density_of(material: str) -> float | None:
    """g/cm³ of a material by its usual name (`PLA`, `petg`); None when it is not known."""
    return DENSITIES_G_CM3.get(material.strip().upper())


@dataclass(frozen=True)
class Measurements:
    """All bodies of a part together."""

    volume_mm3: float
    area_mm2: float
    bounding_box: tuple[Vector, Vector]
    """Least and greatest corner, mm."""
    centre_of_mass: Vector
    """mm."""
    mass_g: float | None
    """Of solid material throughout; None when the material's density is not known."""
    bodies: int
    solids: int
    faces: int
    edges: int
    triangles: int
    watertight: bool
    shells: int | None = None
    """Surfaces that hang together: a body with a cavity has two. This and what follows: None where an older build did
    not measure it."""
    vertices: int | None = None
    """Of the exact geometry, as faces and edges are; 0 of a mesh."""
    euler_characteristic: int | None = None
    """Of the triangles: points - edges + triangles."""
    genus: int | None = None
    """Holes through all shells together; None as well where a surface is not closed."""
    inertia_mm5: Tensor | None = None
    """About the centre of mass along x, y and z, with density 1; times a density in g/mm³ it is g·mm². Off the diagonal
    stand the products with their sign: -∫xy."""
    principal_mm5: Vector | None = None
    """The principal moments of the same, smallest first."""

    @property
    def mass_by_material(self) -> dict[str, float]:
        """g, of solid material throughout, for every material whose density is known."""
        return {name: self.volume_mm3 / 1000 * density for name, density in DENSITIES_G_CM3.items()}

    @property
    def inertia_g_mm2(self) -> Tensor | None:
        """In the material whose mass is told; None where that is not known."""
        if self.inertia_mm5 is None or self._density is None:
            return None
        x, y, z = (_times(row, self._density) for row in self.inertia_mm5)
        return (x, y, z)

    @property
    def principal_g_mm2(self) -> Vector | None:
        """As `inertia_g_mm2`."""
        if self.principal_mm5 is None or self._density is None:
            return None
        return _times(self.principal_mm5, self._density)

    @property
    def _density(self) -> float | None:
        """g/mm³. Densities are known to a hundredth of a g/cm³: the rounding of mass and volume is taken out."""
        if self.mass_g is None or not self.volume_mm3:
            return None
        return round(self.mass_g / self.volume_mm3 * 1000, 2) / 1000

    @property
    def size(self) -> Vector:
        """Extent along x, y and z, mm."""
        least, greatest = self.bounding_box
        return (greatest[0] - least[0], greatest[1] - least[1], greatest[2] - least[2])

    def to_json(self) -> dict[str, object]:
        """Rounded to a tenth of a micrometre and the like, so that the last bits of floats are not told."""
        least, greatest = self.bounding_box
        return {
            "volume_mm3": _round(self.volume_mm3),
            "area_mm2": _round(self.area_mm2),
            "bounding_box": {"min": _rounded(least), "max": _rounded(greatest), "size": _rounded(self.size)},
            "centre_of_mass": _rounded(self.centre_of_mass),
            "mass_g": None if self.mass_g is None else _round(self.mass_g),
            "bodies": self.bodies,
            "solids": self.solids,
            "faces": self.faces,
            "edges": self.edges,
            "triangles": self.triangles,
            "watertight": self.watertight,
            "shells": self.shells,
            "vertices": self.vertices,
            "euler_characteristic": self.euler_characteristic,
            "genus": self.genus,
            "mass_by_material": {name: _round(mass) for name, mass in self.mass_by_material.items()},
            "inertia_mm5": _rounded_tensor(self.inertia_mm5),
            "principal_mm5": None if self.principal_mm5 is None else _rounded(self.principal_mm5),
            "inertia_g_mm2": _rounded_tensor(self.inertia_g_mm2),
            "principal_g_mm2": None if self.principal_g_mm2 is None else _rounded(self.principal_g_mm2),
        }

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read strictly, also what older builds stored; raises BadMeasurements."""
        if not isinstance(value, dict):
            raise BadMeasurements("measurements are an object")
        box = value.get("bounding_box")
        if not isinstance(box, dict):
            raise BadMeasurements("bounding_box is an object with min and max")
        mass, inertia, principal = value.get("mass_g"), value.get("inertia_mm5"), value.get("principal_mm5")
        return cls(
            volume_mm3=_number(value.get("volume_mm3"), "volume_mm3"),
            area_mm2=_number(value.get("area_mm2"), "area_mm2"),
            bounding_box=(_vector(box.get("min"), "bounding_box.min"), _vector(box.get("max"), "bounding_box.max")),
            centre_of_mass=_vector(value.get("centre_of_mass"), "centre_of_mass"),
            mass_g=None if mass is None else _number(mass, "mass_g"),
            **{name: _count(value.get(name), name) for name in ("bodies", "solids", "faces", "edges", "triangles")},
            watertight=value.get("watertight") is True,
            shells=_count_or_none(value.get("shells"), "shells"),
            vertices=_count_or_none(value.get("vertices"), "vertices"),
            euler_characteristic=_whole_or_none(value.get("euler_characteristic"), "euler_characteristic"),
            genus=_count_or_none(value.get("genus"), "genus"),
            inertia_mm5=None if inertia is None else _tensor(inertia, "inertia_mm5"),
            principal_mm5=None if principal is None else _vector(principal, "principal_mm5"),
        )


def mass_g(volume_mm3: float, material: str) -> float | None:
    """Of a solid body."""
    density = density_of(material)
    return None if density is None else volume_mm3 / 1000 * density


def _round(value: float) -> float:
    return round(value, _DECIMALS) + 0.0  # + 0.0: no negative zero


def _rounded(vector: Vector) -> list[float]:
    return [_round(value) for value in vector]


def _rounded_tensor(tensor: Tensor | None) -> list[list[float]] | None:
    return None if tensor is None else [_rounded(row) for row in tensor]


def _times(vector: Vector, factor: float) -> Vector:
    return (vector[0] * factor, vector[1] * factor, vector[2] * factor)


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _number(value: object, name: str) -> float:
    if not _is_number(value):
        raise BadMeasurements(f"{name} is a number")
    return float(value)


def _count(value: object, name: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise BadMeasurements(f"{name} is a count")
    return value


def _count_or_none(value: object, name: str) -> int | None:
    return None if value is None else _count(value, name)


def _whole_or_none(value: object, name: str) -> int | None:
    if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
        raise BadMeasurements(f"{name} is a whole number")
    return value


def _tensor(value: object, name: str) -> Tensor:
    if not isinstance(value, list) or len(value) != 3:
        raise BadMeasurements(f"{name} is three rows of three numbers")
    return (_vector(value[0], name), _vector(value[1], name), _vector(value[2], name))


def _vector(value: object, name: str) -> Vector:
    if not isinstance(value, list) or len(value) != 3:
        raise BadMeasurements(f"{name} is three numbers")
    return (_number(value[0], name), _number(value[1], name), _number(value[2], name))
