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
