"""OBJ files, and the cutting of polygons."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from designs.engines.interface import EngineError
from designs.formats.polygons import triangulate, triangulate_all
from designs.formats.read_body import tidy
from designs.formats.read_obj import read_obj
from designs.mesh import Mesh

BOX = "".join(f"v {x} {y} {z}\n" for x in (0, 10) for y in (0, 20) for z in (0, 30))
FACES = "f 1 2 4 3\nf 5 7 8 6\nf 1/1 5/2 6/3 2/4\nf 3//1 4//1 8//1 7//1\nf -8 -6 -2 -4\nf 2/1/1 6/1/1 8/1/1 4/1/1\n"


def _read(tmp_path, text, **beside):
    for name, content in beside.items():
        (tmp_path / f"{name}.mtl").write_text(content)
    (tmp_path / "a.obj").write_text(text)
    return read_obj(tmp_path / "a.obj")


def test_a_box_of_quads(tmp_path):
    (body,) = tidy("a.obj", _read(tmp_path, BOX + FACES)).bodies
    mesh = Mesh(body.nodes, np.zeros_like(body.nodes), body.triangles, np.zeros(12, np.int64))
    assert (mesh.volume, mesh.open_edges) == (pytest.approx(6000), 0)


def test_objects_groups_and_materials(tmp_path):
    text = (
        "mtllib paint.mtl\n" + BOX + "o lid\nusemtl red\nf 1 2 4 3\ng inner\nf 5 7 8 6\no base # comment\nf 1 2 \\\n4\n"
    )
    lid, base = _read(tmp_path, text, paint="newmtl red\nKd 1 0 0.5\nnewmtl odd\nKd 7 7 7\n")
    assert (lid.name, lid.colour, len(lid.triangles)) == ("lid", (1, 0, 0.5), 4)
    assert (base.name, len(base.triangles)) == ("base", 1)
    one, two = _read(tmp_path, BOX + "g one\nf 1 2 3\ng two three\nf 1 2 4\ng one\nf 2 3 4\n")
    assert (one.name, len(one.triangles), two.name) == ("one", 2, "two three")


def test_colours_that_are_not_there(tmp_path, capsys):
    (body,) = _read(tmp_path, "mtllib gone.mtl\n" + BOX + "usemtl red\nf 1 2 3\n")
    assert body.colour is None
    assert "there is no gone.mtl" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "has no faces"),
        (BOX, "has no faces"),
        ("v 1 2\n", "line 1: three numbers are expected, not 'v 1 2'"),
        (BOX + "f 1 2\n", "line 9: a face has 2 corners"),
        (BOX + "f 1 2 9\n", "line 9: point 9 is not among the 8 before it"),
        (BOX + "f 1 2 0\n", "line 9: point 0 is not"),
        (BOX + "f 1 2 -9\n", "line 9: point -9 is not"),
        (BOX + f"f 1 2 {'9' * 5000}\n", "line 9: .* names no point"),
        (BOX + "f 1 2 x\n", "line 9: 'x' names no point"),
        (BOX + f"f {'1 ' * 1001}\n", "a face has 1001 corners; 3 to 1000"),
        ("cstype bezier\n", "line 1: free-form curves"),
        ("mtllib ../../etc/passwd\n", "line 1: mtllib '../../etc/passwd' is not a file of the design"),
        ("mtllib /etc/passwd\n", "is not a file of the design"),
        ("v 1 2 3 \\", "cut off"),
        (BOX + "v nan 0 0\nf 1 2 9\n", "coordinate x of point 9 is nan"),
        (BOX + "v 0 1e20 0\nf 1 2 9\n", "coordinate y of point 9 is 1e"),
        ("v 1 2 3 " + "0" * (1 << 20), "line 1 is longer"),
        (BOX + "".join(f"o {n}\nf 1 2 3\n" for n in range(2001)), "more than 2000 bodies"),
    ],
)
def test_refused(text, said, tmp_path):
    with pytest.raises(EngineError, match=said):
        _read(tmp_path, text)


@st.composite
def stars(draw):
    """A simple polygon around the origin, in some plane, with corners near and far: seldom convex."""
    count = draw(st.integers(4, 14))
    radii = np.array(draw(st.lists(st.floats(1, 20), min_size=count, max_size=count)))
    angles = np.arange(count) * 2 * np.pi / count
    flat = np.stack([radii * np.cos(angles), radii * np.sin(angles), np.zeros(count)], axis=1)
    turn, _ = np.linalg.qr(
        np.array(draw(st.lists(st.floats(-1, 1), min_size=9, max_size=9))).reshape(3, 3) + np.eye(3) * 3
    )
    return flat @ turn.T + draw(st.floats(-50, 50))


@settings(deadline=None)
@given(stars())
def test_a_polygon_is_covered_once(corners):
    for triangles in (np.array(triangulate(corners)), triangulate_all(corners, np.arange(len(corners))[None])):
        assert len(triangles) == len(corners) - 2
        placed = corners[triangles]
        vectors = np.cross(placed[:, 1] - placed[:, 0], placed[:, 2] - placed[:, 0]) / 2
        centre = corners.mean(axis=0)
        whole = np.cross(corners - centre, np.roll(corners, -1, axis=0) - centre).sum(axis=0) / 2
        assert vectors.sum(axis=0) == pytest.approx(whole, abs=1e-6)
        assert np.linalg.norm(vectors, axis=1).sum() == pytest.approx(np.linalg.norm(whole), rel=1e-6), "none overlap"


def test_a_star_that_goes_around_twice_is_no_convex_polygon():
    angles = np.arange(5) * 4 * np.pi / 5
    corners = np.stack([np.cos(angles), np.sin(angles), np.zeros(5)], axis=1)
    triangles = triangulate_all(corners, np.arange(5)[None])
    assert triangles.shape == (3, 3)
