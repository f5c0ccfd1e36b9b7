"""The form in which engines hand over meshes: what is written is read again, and nothing else is."""

import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from designs.engines.interface import EngineError
from designs.formats import mesh_form
from designs.formats.creases import connected
from designs.formats.mesh_form import read_mesh_form, write_mesh_form
from designs.mesh import Mesh

BOX_NODES = np.array([[x, y, z] for x in (0.0, 10.0) for y in (0.0, 20.0) for z in (0.0, 30.0)])
BOX_TRIANGLES = np.array(
    [
        *([0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5], [0, 4, 5], [0, 5, 1]),
        *([2, 3, 7], [2, 7, 6], [0, 2, 6], [0, 6, 4], [1, 5, 7], [1, 7, 3]),
    ]
)


def _tube(facets: int) -> tuple[np.ndarray, np.ndarray]:
    """A closed cylinder of radius 10 and height 5."""
    angles = np.arange(facets) * 2 * np.pi / facets
    ring = np.stack([10 * np.cos(angles), 10 * np.sin(angles)], axis=1)
    nodes = np.array([*([x, y, 0.0] for x, y in ring), *([x, y, 5.0] for x, y in ring), [0, 0, 0], [0, 0, 5.0]])
    triangles = []
    for here in range(facets):
        there = (here + 1) % facets
        triangles += [[here, there, facets + there], [here, facets + there, facets + here]]
        triangles += [[2 * facets, there, here], [2 * facets + 1, facets + here, facets + there]]
    return nodes, np.array(triangles)


def test_a_box_comes_back_with_six_flat_faces():
    (mesh,) = read_mesh_form(write_mesh_form([(BOX_NODES, BOX_TRIANGLES)]))
    assert mesh.volume == pytest.approx(6000)
    assert mesh.open_edges == 0
    assert len(np.unique(mesh.faces)) == 6
    assert len(mesh.nodes) == 24, "a corner stands once for each face that meets there"
    flat = mesh.area_vectors / np.linalg.norm(mesh.area_vectors, axis=1, keepdims=True)
    for corner in range(3):
        assert np.allclose(mesh.normals[mesh.triangles[:, corner]], flat)


def test_a_round_is_one_smooth_face():
    (mesh,) = read_mesh_form(write_mesh_form([_tube(48)]))
    assert len(np.unique(mesh.faces)) == 3
    side = mesh.faces == mesh.faces[0]
    nodes = np.unique(mesh.triangles[side])
    outward = mesh.nodes[nodes] * [1, 1, 0] / 10
    assert np.allclose(mesh.normals[nodes], outward, atol=0.03)


def test_points_that_lie_on_one_another_are_one():
    soup = BOX_NODES[BOX_TRIANGLES].reshape(-1, 3)
    (mesh,) = read_mesh_form(write_mesh_form([(soup, np.arange(36).reshape(-1, 3))]))
    assert mesh.open_edges == 0
    assert len(mesh.nodes) == 24


def _read_or_refuse(data: bytes, reason: str) -> list[Mesh]:
    """The meshes, or none where they are refused for this reason."""
    refused: list[EngineError] = []
    try:
        return read_mesh_form(data)
    except EngineError as error:
        refused.append(error)
    assert [(error.kind, reason in str(error)) for error in refused] == [("bad_geometry", True)]
    return []


coordinates = st.floats(-mesh_form.MAX_COORDINATE_MM, mesh_form.MAX_COORDINATE_MM, allow_nan=False)


@st.composite
def bodies(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    nodes = draw(st.lists(st.tuples(coordinates, coordinates, coordinates), min_size=3, max_size=8))
    corner = st.integers(0, len(nodes) - 1)
    triangles = draw(st.lists(st.tuples(corner, corner, corner), min_size=1, max_size=8))
    return np.array(nodes, np.float64), np.array(triangles, np.int64)


@settings(deadline=None)
@given(st.lists(bodies(), min_size=1, max_size=3))
def test_whatever_has_area_keeps_its_corners(given_bodies):
    data = write_mesh_form(given_bodies)
    meshes = _read_or_refuse(data, "without any area")
    assert len(meshes) in (len(given_bodies), 0)
    for mesh, (nodes, triangles) in zip(meshes, given_bodies, strict=False):
        assert len(mesh.triangles) <= len(triangles)
        assert {tuple(point) for point in mesh.nodes.tolist()} <= {tuple(point) for point in nodes.tolist()}
        assert np.isfinite(mesh.normals).all()
        assert mesh.faces.min() == 0
        assert len(np.unique(mesh.faces)) == mesh.faces.max() + 1


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_bytes_at_random_are_refused(data):
    with pytest.raises(EngineError) as caught:
        read_mesh_form(data)
    assert caught.value.kind == "bad_geometry"


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 400), st.integers(0, 255))
def test_a_changed_byte_gives_a_mesh_or_an_error(place, value):
    data = bytearray(write_mesh_form([(BOX_NODES, BOX_TRIANGLES)]))
    data[place % len(data)] = value
    for mesh in _read_or_refuse(bytes(data), "mesh"):
        assert np.isfinite(mesh.nodes).all()


def test_what_was_written_cannot_be_cut_or_lengthened():
    data = write_mesh_form([(BOX_NODES, BOX_TRIANGLES)])
    for end in range(0, len(data), 7):
        with pytest.raises(EngineError):
            read_mesh_form(data[:end])
    with pytest.raises(EngineError, match="1 bytes too many"):
        read_mesh_form(data + b"\0")


def _raw(*counts: int) -> bytes:
    return b"COFABM01" + struct.pack(f"<{len(counts)}I", *counts)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (_raw(0), "0 bodies"),
        (_raw(0xFFFFFFFF), "4294967295 bodies"),
        (_raw(1, 0, 0), "no triangles"),
        (_raw(1, 3, 0xFFFFFFFF), "4294967295 triangles"),
        (_raw(1, 0xFFFFFFFF, 1), "4294967295 points"),
        (_raw(1, 4_000_000, 4_000_000), "ends too early"),
        (_raw(2, 3, 4_000_000), "ends too early"),
    ],
)
def test_huge_counts_take_no_memory(data, said):
    with pytest.raises(EngineError, match=said):
        read_mesh_form(data)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e7, 1e300])
def test_no_coordinate_is_beyond_reason(value):
    nodes = BOX_NODES.copy()
    nodes[3, 1] = value
    with pytest.raises(EngineError, match="a point of the mesh"):
        write_mesh_form([(nodes, BOX_TRIANGLES)])
    good = write_mesh_form([(BOX_NODES, BOX_TRIANGLES)])
    at = 8 + 4 + 8 + 10 * 8
    with pytest.raises(EngineError, match="a point of the mesh"):
        read_mesh_form(good[:at] + struct.pack("<d", value) + good[at + 8 :])


@pytest.mark.parametrize("index", [-1, 8, 2**31])
def test_triangles_name_points_of_their_body(index):
    triangles = BOX_TRIANGLES.copy()
    triangles[5, 2] = index
    with pytest.raises(EngineError, match="not among the 8"):
        write_mesh_form([(BOX_NODES, triangles)])


def test_no_bodies_are_no_mesh():
    with pytest.raises(EngineError, match="no bodies"):
        write_mesh_form([])


@settings(deadline=None)
@given(
    st.integers(1, 30).flatmap(
        lambda n: st.tuples(st.just(n), st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), max_size=40))
    )
)
def test_connected_is_what_a_search_finds(graph):
    count, pairs = graph
    left, right = np.array([p[0] for p in pairs], np.int64), np.array([p[1] for p in pairs], np.int64)
    found = connected(count, left, right)
    expected = list(range(count))
    for _ in range(count):
        for a, b in pairs:
            expected[a] = expected[b] = min(expected[a], expected[b])
    assert found.tolist() == expected
