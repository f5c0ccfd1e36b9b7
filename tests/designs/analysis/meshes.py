"""Meshes whose figures are known by heart, and motions of them."""

import numpy as np

from designs.mesh import Floats, Mesh, with_smooth_normals

_CORNERS = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], np.float64)
_SIDES = ((0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3))


def box(x: float, y: float, z: float, at: tuple[float, float, float] = (0, 0, 0)) -> Mesh:
    """From `at` to `at` + (x, y, z): 24 nodes, 12 triangles, 6 faces."""
    nodes = np.concatenate([_CORNERS[list(side)] for side in _SIDES]) * np.array([x, y, z]) + np.array(at, np.float64)
    triangles = np.concatenate([np.array([[0, 1, 2], [0, 2, 3]]) + 4 * side for side in range(6)])
    return with_smooth_normals(nodes, triangles, np.repeat(np.arange(6), 2))


def inside_out(mesh: Mesh) -> Mesh:
    return Mesh(mesh.nodes, -mesh.normals, mesh.triangles[:, ::-1], mesh.faces)


def moved(mesh: Mesh, away: tuple[float, float, float]) -> Mesh:
    return Mesh(mesh.nodes + np.array(away, np.float64), mesh.normals, mesh.triangles, mesh.faces)


def scaled(mesh: Mesh, scale: float) -> Mesh:
    return Mesh(mesh.nodes * scale, mesh.normals, mesh.triangles, mesh.faces)


def turned(mesh: Mesh, matrix: Floats) -> Mesh:
    return Mesh(mesh.nodes @ matrix.T, mesh.normals @ matrix.T, mesh.triangles, mesh.faces)


def rotation(seed: int) -> Floats:
    """(3, 3): one of many turns in any direction."""
    matrix, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))
    return np.asarray(matrix * np.sign(np.linalg.det(matrix)))


def fine_ball(radius: float, rings: int) -> Mesh:
    """A ball around the origin with 4 · rings · (rings - 1) triangles or so."""
    steep, around = np.arange(1, rings) * np.pi / rings, np.arange(2 * rings) * np.pi / rings
    ring = np.stack([np.cos(around), np.sin(around)], axis=1)
    middle = np.concatenate([np.column_stack([np.sin(at) * ring, np.full(len(ring), np.cos(at))]) for at in steep])
    nodes = radius * np.concatenate([[[0.0, 0, 1]], middle, [[0.0, 0, -1]]])
    here = np.arange(2 * rings)
    there, last = (here + 1) % (2 * rings), len(nodes) - 1
    triangles = [np.column_stack([np.zeros_like(here), 1 + here, 1 + there])]
    for row in range(rings - 2):
        upper, lower = 1 + row * 2 * rings, 1 + (row + 1) * 2 * rings
        triangles.append(np.column_stack([upper + here, lower + here, lower + there]))
        triangles.append(np.column_stack([upper + here, lower + there, upper + there]))
    bottom = last - 2 * rings
    triangles.append(np.column_stack([bottom + there, bottom + here, np.full_like(here, last)]))
    corners = np.concatenate(triangles)
    return with_smooth_normals(nodes, corners, np.zeros(len(corners), np.int64))
