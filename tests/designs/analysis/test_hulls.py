"""Hulls and smallest boxes against formulas, another library, and under motions."""

import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st

from designs.analysis.boxes import smallest_box
from designs.analysis.hulls import MAX_POINTS, hull_of
from tests.designs.analysis.meshes import box, rotation
from tests.designs.solids import SHAPES, mesh_of


@pytest.mark.parametrize("name", SHAPES)
def test_the_same_as_trimesh(name: str) -> None:
    """The box is as small as theirs, or smaller."""
    points = mesh_of(SHAPES[name]).welded[0]
    hull = hull_of(points)
    assert hull is not None
    assert hull.volume == pytest.approx(trimesh.convex.convex_hull(points).volume)
    _, theirs = trimesh.bounds.oriented_bounds(points)
    found = smallest_box(hull)
    assert found.volume <= theirs.prod() * (1 + 1e-9)
    inside = (points - found.centre) @ found.axes.T
    assert (np.abs(inside) <= found.size / 2 + 1e-7).all()
    assert found.axes @ found.axes.T == pytest.approx(np.eye(3), abs=1e-9)
    assert np.linalg.det(found.axes) == pytest.approx(1)


def test_facets_of_a_box() -> None:
    hull = hull_of(box(1, 2, 3).nodes)
    assert hull is not None
    assert hull.areas == pytest.approx([6, 6, 3, 3, 2, 2])
    assert (len(hull.points), len(hull.edges)) == (8, 3)
    assert np.einsum("ij,ij->i", hull.normals, hull.normals) == pytest.approx(1)
    middle = np.array([0.5, 1, 1.5])
    assert hull.offsets - hull.normals @ middle == pytest.approx([0.5, 0.5, 1, 1, 1.5, 1.5])


def test_the_box_of_a_regular_tetrahedron_is_a_cube() -> None:
    """No side of it lies on a facet: half the volume of the best box that has one."""
    hull = hull_of(np.array([[1.0, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]) @ rotation(5))
    assert hull is not None
    assert smallest_box(hull).size == pytest.approx([2, 2, 2])


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10_000), st.tuples(*[st.floats(1, 50)] * 3))
def test_any_box_is_found_again(seed: int, size: tuple[float, float, float]) -> None:
    hull = hull_of(box(*size).nodes @ rotation(seed).T + 7)
    assert hull is not None
    assert smallest_box(hull).size == pytest.approx(sorted(size, reverse=True), rel=1e-6)


@settings(deadline=None, max_examples=10)
@given(st.integers(0, 10_000), st.integers(5, 60))
def test_never_larger_than_the_straight_box(seed: int, count: int) -> None:
    points = np.random.default_rng(seed).normal(size=(count, 3)) * np.array([5, 3, 1])
    hull = hull_of(points)
    assert hull is not None
    assert hull.volume <= smallest_box(hull).volume <= np.ptp(points, axis=0).prod() * (1 + 1e-9)


@pytest.mark.parametrize(
    "points",
    [np.zeros((0, 3)), np.zeros((9, 3)), np.eye(3), np.array([[x, y, 2.0] for x in range(4) for y in range(4)])],
)
def test_what_has_no_hull(points: np.ndarray) -> None:
    assert hull_of(points) is None


def test_of_many_points_the_outermost_are_taken() -> None:
    """The corners of a box full of points are kept; a ball loses next to nothing."""
    draw = np.random.default_rng(1)
    corners = box(3, 2, 1).nodes
    filled = np.concatenate([draw.random((2 * MAX_POINTS, 3)) * np.array([3, 2, 1]), corners])
    hull = hull_of(filled)
    assert hull is not None
    assert hull.volume == pytest.approx(6)
    ball = draw.normal(size=(2 * MAX_POINTS, 3))
    ball /= np.linalg.norm(ball, axis=1, keepdims=True)
    round_hull = hull_of(ball)
    assert round_hull is not None
    assert round_hull.volume == pytest.approx(4 / 3 * np.pi, rel=1e-3)
