"""The tree against trying every triangle."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from designs.analysis.rays import RAYS_AT_ONCE, RayTree
from designs.analysis.sampling import surface_samples
from designs.mesh import Floats, Mesh, concatenate
from tests.designs.analysis.meshes import box, rotation, turned
from tests.designs.solids import SHAPES, mesh_of


def tried_one_by_one(mesh: Mesh, origin: Floats, direction: Floats, own: int) -> float:
    """By solving for the crossing of the ray with each triangle's plane, and the sides it lies on."""
    best = np.inf
    for number, (a, b, c) in enumerate(mesh.corners):
        normal = np.cross(b - a, c - a)
        speed = normal @ direction
        if number == own or speed <= 1e-12 * np.linalg.norm(normal):
            continue
        distance = normal @ (a - origin) / speed
        point = origin + distance * direction
        sides = [np.cross(q - p, point - p) @ normal for p, q in ((a, b), (b, c), (c, a))]
        if distance >= -1e-9 and min(sides) >= -1e-9 * (normal @ normal):
            best = min(best, max(distance, 0.0))
    return float(best)


@pytest.mark.parametrize("name", ["box", "tube", "mirrored", "hollow", "threadlike"])
def test_the_same_as_one_by_one(name: str) -> None:
    mesh = mesh_of(SHAPES[name])
    samples = surface_samples(mesh, 20)
    distance, triangle = RayTree.over(mesh).exits(samples.places, -samples.normals, samples.triangles)
    for number in range(0, len(samples.places), 3):
        expected = tried_one_by_one(mesh, samples.places[number], -samples.normals[number], samples.triangles[number])
        assert distance[number] == pytest.approx(expected, abs=1e-6)
    assert ((triangle >= 0) == np.isfinite(distance)).all()


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 10_000), st.tuples(*[st.floats(-0.4, 0.4)] * 3))
def test_out_of_a_turned_box(seed: int, start: tuple[float, float, float]) -> None:
    """From a place inside, along any direction, the nearest of six planes is met."""
    matrix = rotation(seed)
    mesh = turned(box(1, 1, 1, at=(-0.5, -0.5, -0.5)), matrix)
    directions = rotation(seed + 1)
    origins = np.tile(np.array(start) @ matrix.T, (3, 1))
    distance, _ = RayTree.over(mesh).exits(origins, directions, np.full(3, -1))
    local = directions @ matrix
    expected = ((0.5 - np.array(start) * np.sign(local)) / np.maximum(np.abs(local), 1e-12)).min(axis=1)
    assert distance == pytest.approx(expected, abs=1e-7)


def test_no_further_than_the_reach() -> None:
    mesh = box(1, 1, 1)
    origin, down = np.array([[0.3, 0.6, 1.0]]), np.array([[0.0, 0.0, -1.0]])
    tree = RayTree.over(mesh)
    assert tree.exits_within(0.9, origin, down, np.array([-1]))[1].tolist() == [-1]
    assert tree.exits_within(1.1, origin, down, np.array([-1]))[0].tolist() == pytest.approx([1.0])


def test_rays_that_meet_everything_are_given_up() -> None:
    """60 needles through one place: every ray meets most of their boxes."""
    needles = concatenate(
        [turned(box(100, 0.5, 0.5, at=(-50, -0.25, -0.25)), rotation(number)) for number in range(60)]
    )
    samples = surface_samples(needles, 2 * RAYS_AT_ONCE)
    tree, rays = RayTree.over(needles), (samples.places, -samples.normals, samples.triangles)
    whole, short = tree.exits_within(1.0, *rays)[1], tree.exits_within(1.0, *rays, most_tests=10_000)[1]
    assert (whole >= 0).mean() > 0.9
    assert (short[:RAYS_AT_ONCE] == whole[:RAYS_AT_ONCE]).all()
    assert (short[RAYS_AT_ONCE:] == -1).all()


def test_no_rays() -> None:
    nothing = np.empty((0, 3))
    distance, triangle = RayTree.over(box(1, 1, 1)).exits(nothing, nothing, np.empty(0, np.int64))
    assert (len(distance), len(triangle)) == (0, 0)
