"""The lines of a technical drawing, taken from meshes: sharp edges, borders and outlines, and which of them are hidden.

Works on any mesh, exact part or not, so that both are drawn alike. What lies in front is found with a depth buffer.
Of the nine samples around a point the farthest counts, so a line counts as hidden only well within what hides it;
each sample is lowered by what its surface rises within a sample, so that a surface never hides its own edges.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from designs.formats.viewpoints import Viewpoint
from designs.mesh import MIN_AREA_MM2, WELD_MM, Floats, Integers, Mesh
from designs.raster import fragments, gradients

TANGENT_COSINE = 0.94
"""Two faces whose normals differ by less (20°) run into each other: the edge between them is not drawn."""
SHARP_COSINE = 0.8
"""Facets of one face that bend more (37°) meet in an edge."""
EDGE_ON = 1e-6
"""A triangle is seen when its normal points this much towards the eye."""
SAMPLES = 1200
"""Of the depth buffer, along the longer side: a sheet's line is wider than two of them."""
BORDER = 3
_SLACK = 0.25
"""Samples: what lies this little in front does not hide."""
SHORTEST = 3
"""Samples: a line does not come out of hiding for less."""
_REACH, _MOST_SLOPE = 1.5, 8.0
MAX_SEGMENTS = 400_000


@dataclass(frozen=True)
class Lines:
    """Segments (k, 2, 2) in mm on paper, x to the right and y up."""

    visible: Floats
    hidden: Floats


def draw(meshes: list[Mesh], viewpoint: Viewpoint) -> Lines:
    """What is seen of the bodies from there, by parallel projection."""
    turned = [_turned(mesh, viewpoint.axes) for mesh in meshes]
    segments = np.concatenate([_edges(mesh) for mesh in turned])[:MAX_SEGMENTS]
    return _divided(segments, _Depths(turned))


def _turned(mesh: Mesh, axes: Floats) -> Mesh:
    """In the viewer's frame: right, up, towards the eye."""
    return Mesh(mesh.nodes @ axes.T, mesh.normals @ axes.T, mesh.triangles, mesh.faces)


def _edges(mesh: Mesh) -> Floats:
    """(k, 2, 3): sharp edges, borders and outlines of one body in the viewer's frame."""
    ends = np.stack([mesh.triangles, mesh.triangles[:, [1, 2, 0]]], axis=2).reshape(-1, 2)
    points = np.sort(_point_numbers(mesh)[ends], axis=1)
    keys = points[:, 0] * len(mesh.nodes) + points[:, 1]
    order = np.argsort(keys, kind="stable")
    order = order[(points[:, 0] != points[:, 1])[order]]
    _, first, counts = np.unique(keys[order], return_index=True, return_counts=True)
    border = order[first[counts != 2]]
    left, right = order[first[counts == 2]], order[first[counts == 2] + 1]
    chosen = np.concatenate([left[_is_drawn(mesh, ends, left, right)], border])
    found: Floats = mesh.nodes[ends[chosen]]
    return found


def _point_numbers(mesh: Mesh) -> Integers:
    """(n,): for each node the number of its point."""
    _, index = np.unique(np.round(mesh.nodes / WELD_MM).astype(np.int64), axis=0, return_inverse=True)
    points: Integers = index.reshape(-1)
    return points


def _is_drawn(mesh: Mesh, ends: Integers, left: Integers, right: Integers) -> NDArray[np.bool_]:
    """Of each edge, given as its two sides: whether it is sharp, or an outline. `ends` (3 m, 2): the nodes of all sides
    of triangles."""
    facets = _facet_normals(mesh)
    one, other = facets[left // 3], facets[right // 3]
    apart = mesh.faces[left // 3] != mesh.faces[right // 3]
    near, far = mesh.nodes[ends[left]], mesh.nodes[ends[right]]
    same_way = np.linalg.norm(near[:, 0] - far[:, 0], axis=1) < np.linalg.norm(near[:, 0] - far[:, 1], axis=1)
    facing = np.where(same_way[:, None], ends[right], ends[right][:, ::-1])
    bend = np.einsum("ijk,ijk->ij", mesh.normals[ends[left]], mesh.normals[facing]).min(axis=1)
    sharp = np.einsum("ij,ij->i", one, other) < SHARP_COSINE
    outline = (one[:, 2] > EDGE_ON) != (other[:, 2] > EDGE_ON)
    drawn: NDArray[np.bool_] = sharp | (apart & (bend < TANGENT_COSINE)) | outline
    return drawn


def _facet_normals(mesh: Mesh) -> Floats:
    """(m, 3), unit; a triangle without area takes those of its corners."""
    vectors = mesh.area_vectors
    lengths = np.linalg.norm(vectors, axis=1)
    longest = np.linalg.norm(mesh.corners - np.roll(mesh.corners, 1, axis=1), axis=2).max(axis=1)
    useful = lengths > np.maximum(1e-5 * longest, MIN_AREA_MM2)
    smooth = mesh.normals[mesh.triangles].sum(axis=1)
    chosen = np.where(useful[:, None], vectors, smooth)
    normals: Floats = chosen / np.maximum(np.linalg.norm(chosen, axis=1, keepdims=True), MIN_AREA_MM2)
    return normals


class _Depths:
    """How near to the eye the nearest surface is, on a grid."""

    def __init__(self, meshes: list[Mesh]) -> None:
        least = np.min([mesh.bounds[0] for mesh in meshes], axis=0)
        greatest = np.max([mesh.bounds[1] for mesh in meshes], axis=0)
        side = max(float((greatest - least)[:2].max()), 1e-9)
        self.size = SAMPLES + 2 * BORDER
        self.pitch = side / SAMPLES
        self._origin = np.array([least[0], least[1], 0.0]) - np.array([BORDER, BORDER, 0]) * self.pitch
        lowered = np.full(self.size * self.size, -np.inf)
        for mesh in meshes:
            corners = self.samples(mesh.corners)
            slopes, _ = gradients(corners, corners[:, :, 2])
            drop = _SLACK + _REACH * np.minimum(np.abs(slopes).sum(axis=1), _MOST_SLOPE)
            for owner, x, y, depth in fragments(corners, self.size):
                np.maximum.at(lowered, y * self.size + x, depth - drop[owner])
        self._farthest = _least_around(lowered.reshape(self.size, self.size))

    def samples(self, points: Floats) -> Floats:
        """Of points in the viewer's frame."""
        scaled: Floats = (points - self._origin) / self.pitch
        return scaled

    def hides(self, samples: Floats) -> NDArray[np.bool_]:
        """(k,): whether something lies before each of the samples (k, 3)."""
        column, row = (samples[:, axis].astype(np.int64).clip(0, self.size - 1) for axis in (0, 1))
        hidden: NDArray[np.bool_] = self._farthest[row, column] > samples[:, 2]
        return hidden


def _least_around(grid: Floats) -> Floats:
    """Of each sample and its eight neighbours."""
    for turn in (grid, grid.T):  # rows, then columns, in place
        over = np.minimum(turn[:-1], turn[1:])
        turn[1:-1] = np.minimum(over[:-1], over[1:])
    return grid


def _divided(segments: Floats, depths: _Depths) -> Lines:
    """Each segment cut where it goes into hiding or comes out."""
    samples = depths.samples(segments)
    lengths = np.linalg.norm(samples[:, 1, :2] - samples[:, 0, :2], axis=1)
    seen_as_line = lengths > 1e-3
    segments, samples, lengths = segments[seen_as_line], samples[seen_as_line], lengths[seen_as_line]
    counts = np.ceil(lengths).astype(np.int64)
    owner = np.repeat(np.arange(len(segments)), counts)
    number = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
    share = (number + 0.5) / counts[owner]
    hidden = depths.hides(samples[owner, 0] + share[:, None] * (samples[owner, 1] - samples[owner, 0]))
    begins, ends = _runs(owner, hidden)
    short = ends - begins < SHORTEST
    short &= np.bincount(owner[begins], minlength=len(segments))[owner[begins]] > 1
    hidden ^= np.repeat(short, ends - begins)
    begins, ends = _runs(owner, hidden)
    whose = owner[begins]
    edge = np.stack([number[begins] / counts[whose], (number[ends - 1] + 1) / counts[whose]], axis=1)
    flat = segments[whose, :, :2]
    pieces = flat[:, :1] + edge[:, :, None] * (flat[:, 1:] - flat[:, :1])
    return Lines(pieces[~hidden[begins]], pieces[hidden[begins]])


def _runs(owner: Integers, hidden: NDArray[np.bool_]) -> tuple[Integers, Integers]:
    """Where runs of samples of one owner that are all hidden, or all not, begin; and where they are over."""
    change = (owner[1:] != owner[:-1]) | (hidden[1:] != hidden[:-1])
    edges = np.flatnonzero(np.concatenate([[True], change, [True]]))
    return edges[:-1], edges[1:]
