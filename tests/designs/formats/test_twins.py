"""Bodies that are one shape in several places."""

import numpy as np
import pytest

from designs.engines import kernel, without_vtk
from designs.engines.interface import Body, Geometry
from designs.formats import brep
from designs.formats.rehearsal import ORDER
from designs.formats.tessellation import tessellate
from designs.formats.twins import twins
from designs.formats.workpiece import Clock, Workpiece, read_parts

without_vtk.install()
kernel.use_one_thread()
import cadquery as cq  # noqa: E402  (needs the lines above)


@pytest.fixture(scope="module")
def work() -> Workpiece:
    """A post, the same turned and moved, a mirrored one, and another part; through the jail's form and back."""
    post = cq.Workplane().box(4, 6, 20).faces(">Z").workplane().center(1, 0).hole(2).val()
    places = [cq.Location(), cq.Location((30, -7, 2), (1, 2, 3), 37), cq.Location((0, 40, 0))]
    shapes = [post.located(place) for place in places] + [post.mirror("YZ"), cq.Workplane().sphere(3).val()]
    bodies = tuple(Body(f"body {number}") for number in range(len(shapes)))
    data = kernel.to_bytes(kernel.compound([shape.wrapped for shape in shapes]))
    return Workpiece(read_parts(Geometry(data, bodies)), ORDER, Clock())


def test_the_same_shape_elsewhere_is_a_twin_of_the_first(work: Workpiece) -> None:
    assert [twin and twin[0] for twin in twins(work.parts)] == [None, 0, 0, None, None]


def test_a_moved_mesh_stands_for_the_moved_shape(work: Workpiece) -> None:
    for part, mesh, found in zip(work.parts, work.meshes, work.part_properties, strict=True):
        own = tessellate(part, ORDER.tolerance_mm, ORDER.angular_tolerance_rad, found.volume)
        np.testing.assert_allclose(mesh.nodes, own.nodes, atol=1e-9)
        np.testing.assert_allclose(np.linalg.norm(mesh.normals, axis=1), 1)
        assert mesh.open_edges == 0
        assert mesh.volume == pytest.approx(own.volume, rel=1e-9)
        assert len(mesh.triangles) == len(own.triangles)


def test_normals_of_a_moved_mesh_point_outward(work: Workpiece) -> None:
    for mesh in work.meshes:
        outward = np.einsum("ijk,ik->ij", mesh.normals[mesh.triangles], mesh.area_vectors)
        with_area = np.linalg.norm(mesh.area_vectors, axis=1) > 1e-9
        assert (outward[with_area] > 0).all()


def test_moved_properties_are_those_of_the_moved_shape(work: Workpiece) -> None:
    for part, found in zip(work.parts, work.part_properties, strict=True):
        own = brep.properties(part.shape)
        assert found.volume == pytest.approx(own.volume)
        assert found.area == pytest.approx(own.area)
        np.testing.assert_allclose(found.centre, own.centre, atol=1e-9)
        np.testing.assert_allclose(found.inertia, own.inertia, atol=1e-6 * np.abs(own.inertia).max())
