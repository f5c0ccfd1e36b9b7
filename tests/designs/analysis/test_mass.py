"""Mass properties against formulas, against another library, against the kernel, and under motions."""

import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st

from designs.analysis.mass import mass_properties, together
from designs.formats.brep import properties
from designs.mesh import Mesh, concatenate
from tests.designs.analysis.meshes import box, moved, rotation, scaled, turned
from tests.designs.solids import SHAPES, mesh_of


def test_a_box_by_formula() -> None:
    found = mass_properties(box(2, 3, 4, at=(10, -20, 30)))
    assert (found.volume, found.area) == pytest.approx((24, 52))
    assert found.centre == pytest.approx([11, -18.5, 32])
    assert np.diag(found.inertia) == pytest.approx([24 * 25 / 12, 24 * 20 / 12, 24 * 13 / 12])
    assert found.inertia == pytest.approx(np.diag(np.diag(found.inertia)), abs=1e-9)
    assert found.principal == pytest.approx([26, 40, 50])


@pytest.mark.parametrize("name", SHAPES)
def test_the_same_as_trimesh(name: str) -> None:
    mesh = mesh_of(SHAPES[name])
    found, other = mass_properties(mesh), trimesh.Trimesh(mesh.nodes, mesh.triangles, process=False)
    assert found.volume == pytest.approx(other.volume)
    assert found.centre == pytest.approx(other.center_mass, abs=1e-7)
    assert found.inertia == pytest.approx(other.moment_inertia, rel=1e-6, abs=1e-6 * np.abs(found.inertia).max())


@pytest.mark.parametrize("name", SHAPES)
def test_near_the_exact_figures(name: str) -> None:
    found, exact = mass_properties(mesh_of(SHAPES[name])), properties(SHAPES[name].val().wrapped)
    largest = np.abs(exact.inertia).max()
    assert found.centre == pytest.approx(exact.centre, abs=0.02)
    assert found.inertia == pytest.approx(np.array(exact.inertia), abs=0.04 * largest)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10_000), st.floats(0.1, 20))
def test_motions_and_scales(seed: int, scale: float) -> None:
    """Invariant moments; scales with the third, second and fifth power."""
    mesh = mesh_of(SHAPES["mirrored"])
    before, matrix = mass_properties(mesh), rotation(seed)
    after = mass_properties(moved(turned(scaled(mesh, scale), matrix), (seed % 300, -7, 3)))
    assert after.volume == pytest.approx(before.volume * scale**3)
    assert after.area == pytest.approx(before.area * scale**2)
    assert after.principal == pytest.approx(before.principal * scale**5, rel=1e-6)
    expected = matrix @ before.inertia @ matrix.T * scale**5
    assert after.inertia == pytest.approx(expected, abs=1e-6 * np.abs(expected).max())


@given(st.tuples(*[st.floats(-50, 50)] * 3))
def test_bodies_add_up(away: tuple[float, float, float]) -> None:
    first, second = box(4, 2, 1), moved(box(1, 5, 2), away)
    both, summed = (
        mass_properties(concatenate([first, second])),
        together([mass_properties(first), mass_properties(second)]),
    )
    assert (both.volume, both.area) == pytest.approx((summed.volume, summed.area))
    assert both.centre == pytest.approx(summed.centre, abs=1e-9)
    assert both.inertia == pytest.approx(summed.inertia, rel=1e-9, abs=1e-6)


def test_without_volume() -> None:
    flat = Mesh(np.eye(3), np.zeros((3, 3)), np.array([[0, 1, 2]]), np.zeros(1, np.int64))
    found = mass_properties(flat)
    assert found.volume == pytest.approx(0)
    assert found.centre == pytest.approx([1 / 3] * 3)
    nothing = mass_properties(Mesh(np.zeros((3, 3)), np.zeros((3, 3)), np.array([[0, 1, 2]]), np.zeros(1, np.int64)))
    assert (nothing.volume, nothing.area, nothing.centre.tolist()) == (0.0, 0.0, [0.0, 0.0, 0.0])
