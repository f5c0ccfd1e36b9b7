"""Meshes against the exact geometry, and against their own definitions."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from designs.formats.brep import properties
from designs.mesh import Mesh, concatenate, with_smooth_normals
from tests.designs.solids import SHAPES, mesh_of


def tetrahedron(scale: float = 1.0, shift: float = 0.0) -> Mesh:
    nodes = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], np.float64) * scale + shift
    triangles = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]])
    return with_smooth_normals(nodes, triangles, np.arange(4))


@pytest.mark.parametrize("name", SHAPES)
def test_mesh_is_the_exact_part(name: str) -> None:
    mesh = mesh_of(SHAPES[name])
    exact = properties(SHAPES[name].val().wrapped)
    assert mesh.open_edges == 0
    assert mesh.volume == pytest.approx(exact.volume, rel=0.02)
    assert np.linalg.norm(mesh.area_vectors, axis=1).sum() == pytest.approx(exact.area, rel=0.02)
    assert np.abs(mesh.area_vectors.sum(axis=0)).max() < 1e-6 * exact.area


@pytest.mark.parametrize("name", sorted(SHAPES.keys() - {"cone"}))
def test_normals_point_outward(name: str) -> None:
    mesh = mesh_of(SHAPES[name])
    assert np.linalg.norm(mesh.normals, axis=1) == pytest.approx(1.0)
    areas = np.linalg.norm(mesh.area_vectors, axis=1)
    large = areas > 1e-3
    flat = mesh.area_vectors[large] / areas[large, None]
    for corner in range(3):
        assert (np.einsum("ij,ij->i", flat, mesh.normals[mesh.triangles[large, corner]]) > 0.5).all()


def test_sphere_normals_are_radial() -> None:
    mesh = mesh_of(SHAPES["sphere"])
    radial = mesh.nodes / np.linalg.norm(mesh.nodes, axis=1, keepdims=True)
    assert np.einsum("ij,ij->i", radial, mesh.normals).min() > 0.98


@given(st.floats(0.1, 1000), st.floats(-1000, 1000))
def test_volume_does_not_depend_on_place(scale: float, shift: float) -> None:
    assert tetrahedron(scale, shift).volume == pytest.approx(scale**3 / 6, rel=1e-6)


@given(st.integers(0, 3))
def test_a_missing_triangle_leaves_three_open_edges(missing: int) -> None:
    whole = tetrahedron()
    holed = with_smooth_normals(whole.nodes, np.delete(whole.triangles, missing, axis=0), np.arange(3))
    assert whole.open_edges == 0
    assert holed.open_edges == 3


def test_a_triangle_turned_over_is_open() -> None:
    whole = tetrahedron()
    turned = whole.triangles.copy()
    turned[0] = turned[0, ::-1]
    assert with_smooth_normals(whole.nodes, turned, whole.faces).open_edges > 0


def test_concatenate_keeps_bodies_apart() -> None:
    both = concatenate([tetrahedron(), tetrahedron(2.0, 5.0)])
    assert both.volume == pytest.approx((1 + 8) / 6)
    assert both.open_edges == 0
    assert len(np.unique(both.faces)) == 8


def test_welding_joins_faces() -> None:
    points, triangles = mesh_of(SHAPES["box"]).welded
    assert len(points) == 8
    assert len(triangles) == 12
    assert math.isclose(float(np.ptp(points[:, 2])), 30)
