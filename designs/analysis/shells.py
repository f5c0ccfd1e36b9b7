"""The closed surfaces of a body: which enclose material, which enclose air, and which are turned inside out."""

from dataclasses import dataclass

import numpy as np

from designs.analysis.topology import shells_of
from designs.mesh import Floats, Mesh

MAX_SHELLS = 32
"""That are told apart, the largest; a text has one for each letter."""


@dataclass(frozen=True)
class Shell:
    """One closed surface.

    volume  mm³, negative where its inside is air
    middle  (3,) float64, mm: of its box
    inside  how many of the other shells go round it, those of air counted as -1: 1 for a cavity or for a shell that was
            drawn inside a body, 0 for one outside
    """

    volume: float
    middle: Floats
    inside: int


def shells(mesh: Mesh) -> list[Shell]:
    """Of a closed mesh, largest first."""
    points, triangles = mesh.welded
    labels = shells_of(mesh)
    count = int(labels.max(initial=-1)) + 1
    corners = points[triangles] - points.mean(axis=0)
    sixths = np.einsum("ij,ij->i", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])) / 6
    volumes = np.bincount(labels, weights=sixths, minlength=count)
    largest = np.argsort(-np.abs(np.round(volumes, 9)), kind="stable")[:MAX_SHELLS]
    if len(largest) == 1:
        return [Shell(float(volumes[0]), np.mean(mesh.bounds, axis=0), 0)]
    pieces = [corners[labels == number] for number in largest]
    boxes = [_bounds(piece) for piece in pieces]
    return [
        Shell(
            volume=float(volumes[number]),
            middle=(least + greatest) / 2 + points.mean(axis=0),
            inside=round(
                sum(
                    _winding(piece[0, 0], other)
                    for other, (low, high) in zip(pieces, boxes, strict=True)
                    if other is not piece and (low <= piece[0, 0]).all() and (piece[0, 0] <= high).all()
                )
            ),
        )
        for number, piece, (least, greatest) in zip(largest, pieces, boxes, strict=True)
    ]


def _bounds(corners: Floats) -> tuple[Floats, Floats]:
    ends = np.ascontiguousarray(corners.reshape(-1, 3).T)
    return ends.min(axis=1), ends.max(axis=1)


def _winding(point: Floats, corners: Floats) -> float:
    """How often closed surfaces go round a point, by the solid angles of their triangles (van Oosterom and Strackee,
    1983)."""
    a, b, c = (corners[:, number] - point for number in range(3))
    along = [np.linalg.norm(side, axis=1) for side in (a, b, c)]
    product = np.einsum("ij,ij->i", a, np.cross(b, c))
    rest = along[0] * along[1] * along[2]
    for first, second, third in ((a, b, along[2]), (b, c, along[0]), (c, a, along[1])):
        rest = rest + np.einsum("ij,ij->i", first, second) * third
    return float(np.arctan2(product, rest).sum() / (2 * np.pi))
