"""Reading and writing STL, and telling whether a mesh is closed."""

import io
import math
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fabnode.slicers.mesh import Mesh, Unreadable, closedness, read_stl, write_stl
from tests.fabnode.slicers.solids import FACES, Triangle, ascii_stl, box, stl, table

LENGTH = st.integers(1, 4000).map(lambda n: n / 16)
PLACE = st.integers(-4000, 4000).map(lambda n: n / 16)


def read(data: bytes) -> Mesh:
    return read_stl(io.BytesIO(data), len(data))


@given(st.tuples(PLACE, PLACE, PLACE), st.tuples(LENGTH, LENGTH, LENGTH), st.booleans())
def test_a_box_is_closed_and_has_its_size(
    low: tuple[float, float, float], size: tuple[float, float, float], text: bool
) -> None:
    high = (low[0] + size[0], low[1] + size[1], low[2] + size[2])
    mesh = read((ascii_stl if text else stl)(box(low, high)))
    assert mesh.bounds() == (low, high)
    assert len(mesh.vertices) == 24
    found = closedness(mesh)
    assert (found.open_edges, found.turned_edges) == (0, 0)
    assert found.volume_mm3 == pytest.approx(size[0] * size[1] * size[2], rel=1e-6)


@given(st.sets(st.integers(0, len(FACES) - 1), max_size=len(FACES) - 1))
def test_a_missing_face_leaves_its_edges_open(missing: set[int]) -> None:
    faces = [face for number, face in enumerate(box((0, 0, 0), (1, 2, 3))) if number not in missing]
    kept = [set(map(frozenset, ((a, b), (b, c), (c, a)))) for a, b, c in faces]
    open_edges = {edge for edges in kept for edge in edges if sum(edge in other for other in kept) % 2}
    assert closedness(read(stl(faces))).open_edges == len(open_edges)


@given(st.integers(0, len(FACES) - 1))
def test_a_face_that_looks_the_other_way_is_no_hole_but_turned(number: int) -> None:
    faces: list[Triangle] = box((0, 0, 0), (1, 2, 3))
    a, b, c = faces[number]
    faces[number] = (a, c, b)
    found = closedness(read(stl(faces)))
    assert (found.open_edges, found.turned_edges) == (0, 3)


@given(st.tuples(*3 * [st.floats(-1, 1)]).filter(lambda up: math.hypot(*up) > 0.1))
def test_laying_a_body_turns_it_and_neither_mirrors_nor_bends_it(direction: tuple[float, float, float]) -> None:
    length = math.hypot(*direction)
    x, y, z = (part / length for part in direction)
    arrow = Mesh(array("f", (50 * x, 50 * y, 50 * z)), array("l", (0, 0, 0)))
    assert tuple(arrow.laid((x, y, z)).vertices) == pytest.approx((0, 0, 50), abs=1e-3)
    laid = closedness(read(stl(box((0, 0, 0), (30, 20, 10)))).laid((x, y, z)))
    assert (laid.open_edges, laid.turned_edges) == (0, 0)
    assert laid.volume_mm3 == pytest.approx(6000, rel=1e-4)


def test_all_faces_turned_are_a_body_inside_out() -> None:
    faces = [(a, c, b) for a, b, c in box((0, 0, 0), (1, 2, 3))]
    found = closedness(read(stl(faces)))
    assert (found.open_edges, found.turned_edges) == (0, 0)
    assert found.volume_mm3 == pytest.approx(-6)


def test_bodies_that_touch_along_an_edge_or_overlap_are_closed() -> None:
    touching = box((0, 0, 0), (1, 1, 1)) + box((1, 1, 0), (2, 2, 1))
    for faces in (touching, table(20, 10)):
        found = closedness(read(stl(faces)))
        assert (found.open_edges, found.turned_edges) == (0, 0)


def test_triangles_without_area_and_zeros_of_two_signs_change_nothing() -> None:
    faces = box((0, 0, 0), (1, 2, 3))
    point = (0.0, 0.0, 0.0)
    signed = [((-x or x, y, z), b, c) if x == 0 else ((x, y, z), b, c) for (x, y, z), b, c in faces]
    signed = [((-0.0 if x == 0 else x, y, z), b, c) for (x, y, z), b, c in signed]
    mesh = read(stl([*signed, (point, point, (1.0, 2.0, 3.0))]))
    assert len(mesh.vertices) == 24
    assert closedness(mesh).open_edges == 0


def test_what_is_written_is_read_back_and_known_for_binary() -> None:
    mesh = read(stl(box((0, 0, 0), (250, 210, 2))))
    file = io.BytesIO()
    write_stl(mesh, file)
    written = file.getvalue()
    assert read(written) == mesh
    assert max(written[84:212]) > 127
    again = io.BytesIO()
    write_stl(read(written), again)
    assert again.getvalue() == written


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "neither an STL file nor a 3MF package"),
        (b"hello", "neither an STL file nor a 3MF package"),
        (bytes(200), "neither an STL file nor a 3MF package"),
        (b"solid x\nendsolid x\n", "no triangles"),
        (b"solid x\nvertex 1 2 3\n", "cut off"),
        (b"solid x\nvertex 1 2 three\n", "cannot be read"),
        (b"solid x\n" + b"vertex 1 2 nan\n" * 3, "no place on a machine"),
        (stl([((0, 0, 0), (1e30, 0, 0), (0, 1, 0))]), "no place on a machine"),
        (stl([]), "no triangles"),
        (stl(box((0, 0, 0), (1, 1, 1)))[:-1], "neither an STL"),
    ],
)
def test_what_is_no_mesh_is_said(data: bytes, says: str) -> None:
    with pytest.raises(Unreadable, match=says):
        read(data)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with pytest.raises(Unreadable):
        read(data)
    with pytest.raises(Unreadable):
        read(b"solid " + data)
