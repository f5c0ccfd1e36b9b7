"""STL files, good and bad."""

import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from designs.engines.interface import EngineError
from designs.formats.read_body import tidy
from designs.formats.read_stl import read_stl
from designs.mesh import Mesh

TETRAHEDRON = np.array([[[0, 0, 0], [0, 10, 0], [10, 0, 0]], [[0, 0, 0], [10, 0, 0], [0, 0, 10]]])
CORNERS = np.concatenate(
    [TETRAHEDRON, [[[10, 0, 0], [0, 10, 0], [0, 0, 10]], [[0, 0, 0], [0, 0, 10], [0, 10, 0]]]]
).astype(np.float32)


def binary(corners: np.ndarray, *, header: bytes = b"", count: int | None = None) -> bytes:
    records = b"".join(struct.pack("<12fH", 0, 0, 0, *triangle.reshape(-1), 0) for triangle in corners)
    return header.ljust(80, b" ") + struct.pack("<I", len(corners) if count is None else count) + records


def ascii_text(corners: np.ndarray, name: str = "part") -> str:
    facets = [
        "facet normal 0 0 0\n outer loop\n"
        + "".join(f"  vertex {x} {y} {z}\n" for x, y, z in triangle.tolist())
        + " endloop\nendfacet\n"
        for triangle in corners
    ]
    return f"solid {name}\n{''.join(facets)}endsolid {name}\n"


def volume(path: Path) -> float:
    (body,) = tidy(path.name, read_stl(path)).bodies
    mesh = Mesh(body.nodes, np.zeros_like(body.nodes), body.triangles, np.zeros(len(body.triangles), np.int64))
    assert mesh.open_edges == 0
    return mesh.volume


def _file(tmp_path: Path, content: bytes | str) -> Path:
    path = tmp_path / "a.stl"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize("header", [b"", b"solid made by a program that begins so", b"\x00\xff"])
def test_binary(header, tmp_path):
    assert volume(_file(tmp_path, binary(CORNERS, header=header))) == pytest.approx(1000 / 6)


def test_ascii(tmp_path):
    text = ascii_text(CORNERS)
    assert volume(_file(tmp_path, text)) == pytest.approx(1000 / 6)
    assert volume(_file(tmp_path, text.replace("\n", "\r\n"))) == pytest.approx(1000 / 6)
    assert volume(_file(tmp_path, "\n  " + text.upper())) == pytest.approx(1000 / 6)


def test_every_solid_is_a_body(tmp_path):
    bodies = read_stl(_file(tmp_path, ascii_text(CORNERS, "lid") + ascii_text(CORNERS + 20, "the box")))
    assert [body.name for body in bodies] == ["lid", "the box"]


def test_what_is_inside_out_is_turned(tmp_path):
    path = _file(tmp_path, binary(CORNERS[:, ::-1]))
    assert volume(path) == pytest.approx(1000 / 6)
    assert "inside out" in tidy("a.stl", read_stl(path)).remarks[0]


def test_triangles_without_area_are_left_out(tmp_path):
    flat = np.concatenate([CORNERS, CORNERS[:1].repeat(3, axis=0) * 0])
    tidied = tidy("a.stl", read_stl(_file(tmp_path, binary(flat))))
    assert len(tidied.bodies[0].triangles) == 4
    assert "3 triangles of the mesh have no area" in tidied.remarks[0]
    path = _file(tmp_path, binary(CORNERS * 0))
    with pytest.raises(EngineError, match="no triangle with any area"):
        tidy("a.stl", read_stl(path))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no STL file: it has 0 bytes"),
        (b"PK\3\4", "no STL file"),
        (binary(CORNERS, count=0xFFFFFFFF), "announces 4294967295 triangles and has room for 4"),
        (binary(CORNERS)[:-20], "announces 4 triangles and has room for 3"),
        (binary(CORNERS[:0]), "has no triangles"),
        ("solid a\nendsolid a\n", "has no triangles"),
        ("solid a\nfacet\nvertex 1 2\n", "line 3: three numbers are expected, not 'vertex 1 2'"),
        ("solid a\nfacet\nvertex 1 2 x\n", "line 3: three numbers"),
        ("solid a\nfacet\nvertex 1 2 3\nvertex 1 2 3\nendfacet\n", "line 5: this facet has not three corners"),
        ("solid a\nfacet\n" + "vertex 1 2 3\n" * 6 + "endfacet\n", "line 9: this facet has not three corners"),
        ("solid a\nfacet\nendfacet\n", "line 3: this facet has not three corners"),
        ("solid a\nfacte\n", "line 2: 'facte' is not expected"),
        (ascii_text(CORNERS).replace("endsolid part\n", ""), "cut off: it ends without endsolid"),
        ("solid a\n" + "x" * (2 << 20), "line 2 is longer"),
    ],
)
def test_refused(content, said, tmp_path):
    with pytest.raises(EngineError, match=said):
        read_stl(_file(tmp_path, content))


@pytest.mark.parametrize(("value", "said"), [("nan", "is nan"), ("-inf", "is -inf"), ("1e30", "at most 1e6 mm")])
def test_coordinates_that_cannot_be(value, said, tmp_path):
    text = ascii_text(CORNERS).replace("vertex 10.0 0.0 0.0", f"vertex {value} 0.0 0.0", 1)
    with pytest.raises(EngineError, match=f"coordinate x of point 3 {said}|{said}"):
        tidy("a.stl", read_stl(_file(tmp_path, text)))
    corners = CORNERS.copy()
    corners[0, 2, 0] = float(value)
    with pytest.raises(EngineError, match=said):
        tidy("a.stl", read_stl(_file(tmp_path, binary(corners))))


@settings(deadline=None)
@given(data=st.binary(max_size=300), prefix=st.sampled_from([b"", b"solid ", b"solid\nfacet\n"]))
def test_bytes_at_random(tmp_path_factory, data, prefix):
    path = _file(tmp_path_factory.mktemp("stl"), prefix + data)
    with pytest.raises(EngineError):
        tidy("a.stl", read_stl(path))
