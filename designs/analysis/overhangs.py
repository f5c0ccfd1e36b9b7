"""Undersides that hang in the air: where they are, and which of them a printer bridges by itself. Lengths in mm.

An underside is a patch of neighbouring triangles flatter than 45°. Its outline is held where the surface goes on
downward (a wall stands there), and free where it goes on upward. From places on the patch we look along the plan in
several directions for the nearest held outline: a thread laid from held to held is a bridge, and one that reaches out
no further than REACH_MM from where it is held does not fall. Everything else sags.
"""

from dataclasses import dataclass

import numpy as np

from designs.formats.creases import connected
from designs.mesh import Floats, Integers, Mesh, area_vectors

OVERHANG_DEGREES = 45.0
"""From the vertical; flatter undersides need support on most machines."""
BED_MM = 0.3
"""What lies this near to the lowest point is on the bed: about the first layer's height."""
MAX_BRIDGE_MM = 60.0
"""A thread laid further than this through the air from wall to wall sags on most machines."""
REACH_MM = 1.5
"""A ledge of a few threads: its edge droops a little, and nothing falls."""
MIN_PATCH_MM2 = 1.0
SMALL_PATCH_MM2 = 10.0
"""A smaller one that is held somewhere comes out well enough; there may be hundreds."""
MAX_PATCHES = 32
"""The largest ones; what is left is small beside them."""
MAX_HELD = 20_000
"""Edges of one outline, the longest; a mesh that fine has more than anybody looks for."""
PLACES = 24
"""On each patch, at which it is decided what holds it."""
_LOOKS, _SQUARE_LOOKS = 8, 4
"""Directions in half the plan: always the same, and square to edges."""
_DOWN_MM = 1e-6
_STEEPEST = -float(np.sin(np.radians(OVERHANG_DEGREES))) - 1e-6


@dataclass(frozen=True)
class Patch:
    """A piece of underside that hangs together.

    area      mm², of all of it
    sagging   mm², of what is neither bridged nor near to what holds it
    span      mm: the longest bridge in it; 0 where none is needed
    centre    (3,) float64, mm: the middle; of what sags where that is less than half
    island    nothing holds it: the first layer of it is laid into the air
    """

    area: float
    sagging: float
    span: float
    centre: Floats
    island: bool


def hanging_area(mesh: Mesh) -> float:
    """mm² of underside, without what lies on the bed: quickly found, for whether to look closer."""
    areas = np.linalg.norm(mesh.area_vectors, axis=1)
    middles = mesh.corners[:, :, 2].sum(axis=1) / 3
    return float(areas[_hang(mesh.area_vectors[:, 2], areas, middles)].sum())


def patches(mesh: Mesh) -> list[Patch]:
    """The undersides of a closed mesh, largest first."""
    points, triangles = mesh.welded
    corners = points[triangles]
    vectors = area_vectors(corners)
    areas = np.linalg.norm(vectors, axis=1)
    hanging = np.flatnonzero(_hang(vectors[:, 2], areas, corners[:, :, 2].sum(axis=1) / 3))
    if not len(hanging):
        return []
    outline = _Outline.of(triangles, hanging, points)
    total = np.bincount(outline.patch, weights=areas[hanging])
    largest = np.argsort(-np.round(total, 6), kind="stable")[:MAX_PATCHES]
    return [
        _judge(corners[hanging[outline.patch == number]], outline.held[outline.owner == number])
        for number in largest
        if total[number] >= MIN_PATCH_MM2
    ]


def _hang(upward: Floats, areas: Floats, heights: Floats) -> np.typing.NDArray[np.bool_]:
    lowest = heights.min(initial=np.inf)
    return np.asarray((upward < _STEEPEST * areas) & (areas > 0) & (heights > lowest + BED_MM))


@dataclass(frozen=True)
class _Outline:
    """What is around the patches.

    patch  (h,) int64: of each hanging triangle
    held   (k, 2, 2) float64, mm: the plan of the edges that are held
    owner  (k,) int64: their patch
    """

    patch: Integers
    held: Floats
    owner: Integers

    @classmethod
    def of(cls, triangles: Integers, hanging: Integers, points: Floats) -> "_Outline":
        start, end = triangles.reshape(-1), triangles[:, [1, 2, 0]].reshape(-1)
        apex = triangles[:, [2, 0, 1]].reshape(-1)
        keys = start * len(points) + end
        order = np.argsort(keys, kind="stable")
        sides = (hanging[:, None] * 3 + np.arange(3)).reshape(-1)
        at = np.searchsorted(keys[order], end[sides] * len(points) + start[sides])
        across = order[np.minimum(at, len(order) - 1)]  # closed: the other side of each edge is there
        number = np.full(len(triangles), -1, np.int64)
        number[hanging] = np.arange(len(hanging))
        mine, theirs = number[sides // 3], number[across // 3]
        inner = theirs >= 0
        _, patch = np.unique(connected(len(hanging), mine[inner], theirs[inner]), return_inverse=True)
        heights = points[:, 2]
        rim, beyond = sides[~inner], heights[apex[across[~inner]]]
        ends_at = np.stack([heights[start[rim]], heights[end[rim]]])
        held = (beyond < ends_at.mean(axis=0) - _DOWN_MM) | (ends_at.max(axis=0) <= heights.min() + BED_MM)
        ends = np.stack([points[start[rim], :2], points[end[rim], :2]], axis=1)
        return cls(patch.reshape(-1), ends[held], patch.reshape(-1)[mine[~inner]][held])


def _judge(corners: Floats, held: Floats) -> Patch:
    places, weights = _spread(corners)
    areas = np.linalg.norm(area_vectors(corners), axis=1)
    area, middle = float(areas.sum()), np.average(corners.sum(axis=1) / 3, axis=0, weights=areas)
    if not len(held):
        return Patch(area, area, 0.0, middle, island=True)
    if len(held) > MAX_HELD:
        lengths = np.linalg.norm(held[:, 1] - held[:, 0], axis=1)
        held = held[np.argsort(-np.round(lengths, 6), kind="stable")[:MAX_HELD]]
    if area < SMALL_PATCH_MM2:
        return Patch(area, 0.0, 0.0, middle, island=False)
    reach, span = _held(places[:, :2], held)
    far = reach > REACH_MM
    free = far & (span > MAX_BRIDGE_MM)
    if 0 < free.sum() <= PLACES // 2:
        middle = np.average(places[free], axis=0, weights=weights[free])
    longest = float(span[far & ~free].max(initial=0.0))
    return Patch(area, float(weights[free].sum()), longest, middle, island=False)


def _spread(corners: Floats) -> tuple[Floats, Floats]:
    """About PLACES places evenly over the triangles, and how much area each stands for."""
    areas = np.linalg.norm(area_vectors(corners), axis=1)
    walked = np.cumsum(areas)
    positions = (np.arange(PLACES) + 0.5) / PLACES * walked[-1]
    chosen = np.minimum(np.searchsorted(walked, positions, "right"), len(corners) - 1)
    steps = (np.arange(1, PLACES + 1)[:, None] * np.array([0.7548776662466927, 0.5698402909980532])) % 1.0
    folded = np.where(steps.sum(axis=1, keepdims=True) > 1, 1 - steps, steps)
    shares = np.column_stack([1 - folded.sum(axis=1), folded])
    return np.einsum("ij,ijk->ik", shares, corners[chosen]), np.full(PLACES, walked[-1] / PLACES)


def _held(places: Floats, held: Floats) -> tuple[Floats, Floats]:
    """From places (n, 2) to the held edges (k, 2, 2): how far the nearest is, and how long the shortest line is that
    leads through the place from one to another."""
    reach, span = np.full(len(places), np.inf), np.full(len(places), np.inf)
    for turn in _turns(held):
        ahead, behind = _look(places, held, turn), _look(places, held, turn + np.pi)
        reach = np.minimum(reach, np.minimum(ahead, behind))
        span = np.minimum(span, ahead + behind)
    return reach, span


def _turns(held: Floats) -> Floats:
    """Directions in the half circle: evenly spread ones, and square to the longest edges, as bridges are laid."""
    along = held[:, 1] - held[:, 0]
    square = np.mod(np.arctan2(along[:, 1], along[:, 0]) + np.pi / 2, np.pi)
    longest = square[np.argsort(-np.round(np.linalg.norm(along, axis=1), 6), kind="stable")[: 4 * _SQUARE_LOOKS]]
    _, first = np.unique(np.round(longest, 3), return_index=True)
    return np.concatenate([np.arange(_LOOKS) * (np.pi / _LOOKS), longest[np.sort(first)[:_SQUARE_LOOKS]]])


def _look(places: Floats, held: Floats, turn: float) -> Floats:
    """(n,): how far the first held edge is in this direction, infinite where there is none."""
    ahead, aside = np.array([np.cos(turn), np.sin(turn)]), np.array([-np.sin(turn), np.cos(turn)])
    first, second = held[:, 0], held[:, 1]
    level = (places @ aside)[:, None]
    low, high = first @ aside, second @ aside
    crosses = (np.minimum(low, high) <= level) & (level <= np.maximum(low, high)) & (low != high)
    share = np.divide(level - low, high - low, out=np.zeros(crosses.shape), where=crosses)
    away = (first @ ahead) + share * ((second - first) @ ahead) - (places @ ahead)[:, None]
    return np.asarray(np.where(crosses & (away >= -1e-9), away, np.inf).min(axis=1))
