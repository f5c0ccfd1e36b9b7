"""Flat faces of more than three corners, cut into triangles."""

import numpy as np
from numpy.typing import NDArray

from designs.mesh import MIN_AREA_MM2, Floats, Integers

Triangle = tuple[int, int, int]


def triangulate_all(points: Floats, faces: Integers) -> Integers:
    """Triangles (t, 3) of faces (k, n) on `points`: fans of those that are convex, then the others."""
    corners = points[faces]
    ahead = np.roll(corners, -1, axis=1) - corners
    turns = np.cross(np.roll(ahead, 1, axis=1), ahead)
    normals = turns.sum(axis=1, keepdims=True)
    convex = (np.einsum("kni,kni->kn", turns, np.broadcast_to(normals, turns.shape)) >= 0).all(axis=1)
    if faces.shape[1] > 4:
        convex &= _turns_once(ahead, normals[:, 0])
    fans = np.array(_fan(list(range(faces.shape[1]))))
    pieces = [faces[convex][:, fans].reshape(-1, 3)]
    pieces += [face[np.array(triangulate(points[face]))] for face in faces[~convex]]
    return np.concatenate(pieces)


def _turns_once(ahead: Floats, normals: Floats) -> NDArray[np.bool_]:
    """Whether the edges (k, n, 3) go around the normal (k, 3) once: a star's corners all turn the same way, too."""
    following = np.roll(ahead, -1, axis=1)
    lengths = np.maximum(np.linalg.norm(normals, axis=1), MIN_AREA_MM2)
    sines = np.einsum("kni,ki->kn", np.cross(ahead, following), normals) / lengths[:, None]
    cosines = np.einsum("kni,kni->kn", ahead, following)
    around: NDArray[np.bool_] = np.abs(np.arctan2(sines, cosines).sum(axis=1)) < 3 * np.pi
    return around


def triangulate(corners: Floats) -> list[Triangle]:
    """Triangles on the corners (n, 3) of a simple polygon, by their numbers, turning the same way.

    Ears are cut off one by one (Meisters 1975). A polygon that crosses itself, or has no area, becomes a fan: its
    triangles then add up to the same vector area all the same.
    """
    count = len(corners)
    normal = np.cross(corners - corners[0], np.roll(corners, -1, axis=0) - corners[0]).sum(axis=0)
    length = float(np.linalg.norm(normal))
    if count == 3 or length < MIN_AREA_MM2 or not np.isfinite(length):
        return _fan(list(range(count)))
    flat = _in_plane(corners, normal / length)
    left = list(range(count))
    found: list[Triangle] = []
    while len(left) > 3:
        ear = next((at for at in range(len(left)) if _is_ear(flat, left, at)), None)
        if ear is None:
            break
        found.append((left[ear - 1], left[ear], left[(ear + 1) % len(left)]))
        del left[ear]
    return found + _fan(left)


def _fan(numbers: list[int]) -> list[Triangle]:
    return [(numbers[0], numbers[at], numbers[at + 1]) for at in range(1, len(numbers) - 1)]


def _in_plane(corners: Floats, normal: Floats) -> Floats:
    """(n, 2): coordinates in which the polygon runs anticlockwise."""
    axis = np.zeros(3)
    axis[int(np.argmin(np.abs(normal)))] = 1.0
    across = np.cross(axis, normal)
    across /= np.linalg.norm(across)
    flat: Floats = (corners - corners[0]) @ np.stack([across, np.cross(normal, across)]).T
    return flat


def _is_ear(flat: Floats, left: list[int], at: int) -> bool:
    """Whether the corner sticks out and nothing else of the polygon lies in its triangle."""
    a, b, c = flat[left[at - 1]], flat[left[at]], flat[left[(at + 1) % len(left)]]
    if _turn(a, b, c) <= 0:
        return False
    others = flat[[number for place, number in enumerate(left) if place not in _around(at, len(left))]]
    inside = np.ones(len(others), bool)
    for start, end in ((a, b), (b, c), (c, a)):
        across = (end[0] - start[0]) * (others[:, 1] - start[1]) - (end[1] - start[1]) * (others[:, 0] - start[0])
        inside &= across >= 0
    on_corner = (others[:, None, :] == np.stack([a, b, c])[None]).all(axis=2).any(axis=1)
    return not bool((inside & ~on_corner).any())


def _around(at: int, count: int) -> tuple[int, int, int]:
    return (at - 1) % count, at, (at + 1) % count


def _turn(a: Floats, b: Floats, c: Floats) -> float:
    return float((b[0] - a[0]) * (c[1] - b[1]) - (b[1] - a[1]) * (c[0] - b[0]))
