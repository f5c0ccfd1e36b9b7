"""Thickness of parts that have one; samples that cover a surface evenly."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from designs.analysis.sampling import surface_samples
from designs.analysis.walls import EDGES_MM, feel_walls, wall_figures
from designs.mesh import concatenate
from tests.designs.analysis.meshes import box, inside_out, moved, rotation, scaled, turned
from tests.designs.solids import SHAPES, cq, mesh_of


@pytest.mark.parametrize("name", SHAPES)
def test_samples_stand_for_the_whole_surface(name: str) -> None:
    mesh = mesh_of(SHAPES[name])
    samples = surface_samples(mesh, 200)
    areas = np.linalg.norm(mesh.area_vectors, axis=1)
    assert samples.areas.sum() == pytest.approx(areas.sum())
    for face in np.unique(mesh.faces):
        mine = samples.areas[mesh.faces[samples.triangles] == face]
        assert mine.sum() == pytest.approx(areas[mesh.faces == face].sum(), rel=1e-6)
    on_plane = np.einsum("ij,ij->i", samples.places - mesh.corners[samples.triangles, 0], samples.normals)
    assert np.abs(on_plane).max() < 1e-6


def test_samples_lie_evenly() -> None:
    """Of 1,000 on a long plate, as many as its share on each tenth of it."""
    samples = surface_samples(box(100, 10, 1), 1000)
    counts = np.histogram(samples.places[:, 0], bins=10, range=(0, 100), weights=samples.areas)[0]
    assert counts == pytest.approx(np.full(10, 222), rel=0.15)


@pytest.mark.parametrize(("name", "thickness"), [("shelled", 1.5), ("hollow", 5.0), ("tube", 2.0)])
def test_walls_of_one_thickness(name: str, thickness: float) -> None:
    told = wall_figures(feel_walls(mesh_of(SHAPES[name]), 1000))
    assert told.least_mm == pytest.approx(thickness, abs=0.06)
    assert told.p5_mm == pytest.approx(thickness, abs=0.06)
    assert sum(told.shares) == pytest.approx(1)
    assert all(place[3] >= told.least_mm for place in told.thinnest)


def test_a_ball_is_as_thick_as_its_diameter() -> None:
    felt = feel_walls(mesh_of(SHAPES["sphere"]), 500)
    assert np.median(felt.thickness) == pytest.approx(20, abs=0.2)
    assert felt.areas[felt.walls].sum() > 0.95 * 4 * np.pi * 100


def test_a_wedge_has_the_balls_that_fit() -> None:
    """Between planes 20° apart a ball that touches one at x from the edge has the radius x · tan 10°."""
    length, angle = 100.0, np.radians(20)
    wedge = cq.Workplane().polyline([(0, 0), (length, 0), (length, length * np.tan(angle))]).close().extrude(40)
    felt = feel_walls(mesh_of(wedge), 3000)
    bottom = (np.abs(felt.places[:, 1]) < 1e-6) & (felt.places[:, 0] < 60)
    assert bottom.sum() > 100
    assert felt.thickness[bottom] == pytest.approx(2 * felt.places[bottom, 0] * np.tan(angle / 2), rel=1e-6)
    assert not felt.walls[bottom].any()


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 10_000), st.floats(0.2, 8))
def test_motions_and_scales(seed: int, scale: float) -> None:
    mesh = mesh_of(SHAPES["mirrored"])
    before = feel_walls(mesh, 150)
    after = feel_walls(moved(turned(scaled(mesh, scale), rotation(seed)), (3, seed % 90, -8)), 150)
    assert after.thickness == pytest.approx(before.thickness * scale, rel=1e-5)
    assert after.areas == pytest.approx(before.areas * scale**2)


def test_the_histogram() -> None:
    """A plate of 3 mm and a cube of 7: shares by their surfaces."""
    plate, cube = box(40, 40, 3), moved(box(7, 7, 7), (60, 0, 0))
    told = wall_figures(feel_walls(concatenate([plate, cube]), 2000))
    whole = 2 * 1600 + 4 * 120 + 6 * 49
    shares = dict(zip(told.edges_mm, told.shares, strict=True))
    assert shares[3.0] == pytest.approx(3200 / whole, abs=0.01)
    assert shares[6.0] == pytest.approx(6 * 49 / whole, abs=0.01)
    assert shares[30.0] == pytest.approx(480 / whole, abs=0.01)
    assert told.median_mm == pytest.approx(3)
    assert told.edges_mm == EDGES_MM


def test_nothing_to_feel() -> None:
    told = wall_figures(feel_walls(inside_out(box(1, 1, 1)), 50))
    assert (told.samples, told.least_mm, told.median_mm, told.thinnest) == (0, None, None, ())
