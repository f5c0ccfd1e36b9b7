"""Volume, centre of mass and inertia of closed meshes, by integration over their triangles. Lengths in mm."""

from dataclasses import dataclass

import numpy as np

from designs.mesh import Floats, Mesh


@dataclass(frozen=True)
class MassProperties:
    """Of a body that is solid throughout, with density 1.

    volume   mm³
    area     mm²
    centre   (3,) float64, mm: of mass; of the surface where there is no volume
    inertia  (3, 3) float64, mm⁵, about the centre of mass, along the axes of the model; times a density in g/mm³ it is
             g·mm². Off the diagonal stand the products with their sign: -∫xy
    """

    volume: float
    area: float
    centre: Floats
    inertia: Floats

    @property
    def principal(self) -> Floats:
        """(3,) mm⁵: the principal moments, smallest first."""
        return np.asarray(np.linalg.eigvalsh(self.inertia))


def mass_properties(mesh: Mesh) -> MassProperties:
    """Of one body; each triangle makes a tetrahedron with a point in the middle (F. Tonon, 2004: the moments of a
    tetrahedron from its corners)."""
    areas = np.linalg.norm(mesh.area_vectors, axis=1)
    area = float(areas.sum())
    if area == 0.0:
        return MassProperties(0.0, 0.0, mesh.nodes.mean(axis=0), np.zeros((3, 3)))
    middle = np.asarray(areas @ mesh.corners.sum(axis=1) / (3 * area))
    corners = mesh.corners - middle
    sixfold = 2 * np.einsum("ij,ij->i", corners[:, 0], mesh.area_vectors)  # of each corner's tetrahedron
    volume = float(sixfold.sum() / 6)
    if abs(volume) <= 1e-12 * area**1.5:
        return MassProperties(volume, area, middle, np.zeros((3, 3)))
    sums = corners.sum(axis=1)
    centre = np.asarray(sixfold @ sums / (24 * volume))
    squares = (sixfold[:, None] * sums).T @ sums
    for corner in range(3):
        squares += (sixfold[:, None] * corners[:, corner]).T @ corners[:, corner]
    second = squares / 120 - volume * np.outer(centre, centre)
    return MassProperties(volume, area, middle + centre, np.trace(second) * np.eye(3) - second)


def together(parts: list[MassProperties]) -> MassProperties:
    """Of several bodies as one (Steiner's theorem)."""
    volume, area = sum(part.volume for part in parts), sum(part.area for part in parts)
    weights = np.array([part.volume for part in parts]) if volume else np.array([part.area for part in parts])
    if not weights.sum():
        weights = np.ones(len(parts))
    centre = np.average([part.centre for part in parts], axis=0, weights=weights)
    inertia = np.zeros((3, 3))
    for part in parts:
        away = part.centre - centre
        inertia += part.inertia + part.volume * (away @ away * np.eye(3) - np.outer(away, away))
    return MassProperties(volume, area, np.asarray(centre), inertia)
