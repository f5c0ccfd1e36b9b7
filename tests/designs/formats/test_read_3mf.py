"""3MF packages: units, places, names and colours are read; bombs are not."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from designs.engines.interface import EngineError
from designs.formats.mesh_form import MAX_BODIES, MAX_TRIANGLES
from designs.formats.model_3mf import parse_model
from designs.formats.read_3mf import read_3mf
from designs.formats.read_body import tidy
from designs.formats.threemf import write_3mf
from designs.mesh import Mesh, with_smooth_normals
from tests.designs.formats.archives import CORE, RELATIONS, TETRAHEDRON, members, model, package

ONE = f'<object id="1" name="tip">{TETRAHEDRON}</object>'
ITEM = '<item objectid="1"/>'


def volumes(path: Path) -> list[float]:
    found = []
    for body in tidy(path.name, read_3mf(path)).bodies:
        mesh = Mesh(body.nodes, np.zeros_like(body.nodes), body.triangles, np.zeros(len(body.triangles), np.int64))
        assert mesh.open_edges == 0
        found.append(mesh.volume)
    return found


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.3mf"


@pytest.mark.parametrize(
    ("unit", "scale"),
    [("", 1), ('unit="millimeter"', 1), ('unit="inch"', 25.4), ('unit="micron"', 0.001), ('unit="centimeter"', 10)],
)
def test_units(unit, scale, path):
    (body,) = read_3mf(package(path, model(ONE, ITEM, unit)))
    assert body.name == "tip"
    assert body.nodes.max() == pytest.approx(10 * scale)


def test_items_and_components_are_placed_in_order(path):
    group = (
        '<object id="2"><components><component objectid="1" transform="2 0 0 0 2 0 0 0 2 5 0 0"/></components></object>'
    )
    here = '<item objectid="1" transform="0 1 0 -1 0 0 0 0 1 0 0 7"/>'
    there = '<item objectid="2" transform="1 0 0 0 1 0 0 0 1 100 0 0"/>'
    turned, moved = read_3mf(package(path, model(ONE + group, here + there, 'unit="centimeter"')))
    assert turned.nodes[1].tolist() == pytest.approx([0, 100, 70]), "x goes to y, then up by 7 cm"
    assert moved.nodes[1].tolist() == pytest.approx([1250, 0, 0]), "twice as long, 5 and 100 cm along"
    assert volumes(path) == pytest.approx([1000_000 / 6, 8_000_000 / 6])


def test_a_mirrored_place_keeps_its_outside(path):
    mirrored = '<item objectid="1" transform="-1 0 0 0 1 0 0 0 1 0 0 0"/>'
    (body,) = read_3mf(package(path, model(ONE, mirrored)))
    assert not tidy("a", [body]).remarks
    assert volumes(path) == pytest.approx([1000 / 6])


def test_colours(path):
    bases = '<base name="a" displaycolor="#FF000080"/><base name="b" displaycolor="#00FF00"/>'
    materials = f'<basematerials id="9">{bases}</basematerials>'
    whole = ONE.replace('id="1"', 'id="1" pid="9" pindex="1"')
    (body,) = read_3mf(package(path, model(materials + whole, ITEM)))
    assert body.colour == (0, 1, 0)
    painted = ONE.replace("<triangle ", '<triangle pid="9" p1="0" ')
    (body,) = read_3mf(package(path, model(materials + painted, ITEM)))
    assert body.colour == (1, 0, 0)
    group = '<m:colorgroup id="9"><m:color color="#0000FF"/></m:colorgroup>'
    extension = 'xmlns:m="http://schemas.microsoft.com/3dmanufacturing/material/2015/02" requiredextensions="m"'
    (body,) = read_3mf(package(path, model(group + ONE.replace('id="1"', 'id="1" pid="9"'), ITEM, extension)))
    assert body.colour == (0, 0, 1)
    (body,) = read_3mf(package(path, model(ONE.replace('id="1"', 'id="1" pid="77" pindex="-3"'), ITEM)))
    assert body.colour is None


def test_parts_of_the_production_extension(path):
    extension = 'xmlns:p="http://schemas.microsoft.com/3dmanufacturing/production/2015/06" requiredextensions="p"'
    here = '<object id="5"><components><component objectid="1" p:path="/3D/Objects/tip.model"/></components></object>'
    path = package(path, model(here, '<item objectid="5"/>', extension), {"3D/Objects/tip.model": model(ONE, "")})
    assert [body.name for body in read_3mf(path)] == ["tip"]
    path = package(
        path, model(here, '<item objectid="5"/>', extension), {"3D/Objects/tip.model": model(ONE, "", 'unit="inch"')}
    )
    with pytest.raises(EngineError, match="different units: millimeter and inch"):
        read_3mf(path)
    path = package(
        path, model(here.replace("/3D/Objects/tip.model", "/../../etc/passwd"), '<item objectid="5"/>', extension)
    )
    with pytest.raises(EngineError, match=r"it has no '\.\./\.\./etc/passwd'"):
        read_3mf(path)


def test_support_is_left_out(path, capsys):
    support = ONE.replace('id="1" name="tip"', 'id="2" name="prop" type="support"')
    bodies = read_3mf(package(path, model(ONE + support, ITEM + '<item objectid="2"/>')))
    assert [body.name for body in bodies] == ["tip"]
    assert "'prop' is support and is left out" in capsys.readouterr().out


points = st.lists(st.tuples(*[st.floats(-500, 500)] * 3), min_size=3, max_size=9)


@settings(max_examples=40, deadline=None)
@given(points=points, name=st.text(max_size=20), data=st.data())
def test_what_is_written_is_read(tmp_path_factory, points, name, data):
    nodes = np.array(points, np.float64)
    corner = st.integers(0, len(nodes) - 1)
    triangles = np.array(data.draw(st.lists(st.tuples(corner, corner, corner), min_size=1, max_size=8)), np.int64)
    mesh = with_smooth_normals(nodes, triangles, np.zeros(len(triangles), np.int64))
    path = tmp_path_factory.mktemp("3mf") / "a.3mf"
    write_3mf([("part", (1.0, 0.0, 0.2), mesh)], {"Title": name}, path)
    welded, corners = mesh.welded
    bodies = read_3mf(path)
    assert len(bodies) == (1 if len(corners) else 0)
    for body in bodies:
        assert np.allclose(body.nodes, welded, atol=1e-5)
        assert body.triangles.tolist() == corners.tolist()
        assert body.colour == (1.0, 0.0, 0.2)


DOUBLING = '<object id="{}"><components><component objectid="{}"/><component objectid="{}"/></components></object>'


def test_components_that_double_are_counted_before_they_are_made(path):
    levels = "".join(DOUBLING.format(n, n - 1, n - 1) for n in range(2, 30))
    with pytest.raises(EngineError, match=f"has {4 << 28} triangles; at most {MAX_TRIANGLES}"):
        read_3mf(package(path, model(ONE + levels, '<item objectid="29"/>')))
    empty = ONE.replace(TETRAHEDRON, "")
    more = "".join(DOUBLING.format(n, n - 1, n - 1) for n in range(2, 60))
    with pytest.raises(EngineError, match="nested more than 32 deep"):
        read_3mf(package(path, model(empty + more, '<item objectid="59"/>')))
    assert read_3mf(package(path, model(empty + levels, '<item objectid="29"/>'))) == []


def test_bodies_are_counted(path):
    with pytest.raises(EngineError, match=f"more than {MAX_BODIES} bodies"):
        read_3mf(package(path, model(ONE, ITEM * (MAX_BODIES + 1))))


ENTITIES = '<!DOCTYPE m [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE m SYSTEM "file:///etc/passwd">'


@pytest.mark.parametrize(
    ("root", "said"),
    [
        (model(ONE, ITEM, before=ENTITIES), "line 1: a document type is not read"),
        (model(ONE, ITEM, before=OUTSIDE), "a document type is not read"),
        (model(ONE, ITEM)[:-30], "line 1: (unclosed token|no element found)"),
        (model(ONE, ITEM, "<"), "not well-formed"),
        (model(ONE, ITEM, 'unit="parsec"'), "unit 'parsec' is not one of micron"),
        (model(ONE, ITEM, 'requiredextensions="q" xmlns:q="urn:q"'), "needs the extension 'urn:q'"),
        (model(ONE, '<item objectid="7"/>'), "there is no object '7'"),
        (model(ONE, "<item/>"), "item has no objectid"),
        (model(ONE, '<item objectid="1" transform="1 2 3"/>'), "a transform is not twelve numbers: '1 2 3'"),
        (model(ONE, f'<item objectid="1" transform="{"nan " * 12}"/>'), "a transform is not twelve numbers"),
        (model(ONE, f'<item objectid="1" transform="{"a " * 12}"/>'), "item has a value that is no number"),
        (model(ONE.replace('x="10"', 'x="ten"'), ITEM), "vertex has a value that is no number: 'x=ten"),
        (model(ONE.replace('x="10" ', ""), ITEM), "vertex has no x"),
        (model(ONE.replace('v1="1"', f'v1="{"9" * 30}"'), ITEM), "triangle has a value that is no number"),
        (model(ONE.replace('v1="1"', 'v1="4"'), ITEM), "names a point that is not among its 4"),
        (model(ONE.replace('v1="1"', 'v1="-1"'), ITEM), "names a point that is not among its 4"),
        (model(ONE + ONE, ITEM), "there are two objects '1'"),
        (model('<component objectid="1"/>', ""), "component stands outside of an object"),
        (model(DOUBLING.format(1, 1, 1), ITEM), "object '1' contains itself"),
        (model(DOUBLING.format(1, 2, 2) + DOUBLING.format(2, 1, 1), ITEM), "contains itself"),
        (model(f'<object id="1" name="{"a" * (3 << 20)}"/>', ITEM), "longer than 1048576 bytes"),
        ("", "no element found"),
    ],
)
def test_refused(root, said, path):
    with pytest.raises(EngineError, match=said):
        read_3mf(package(path, root))


@pytest.mark.parametrize(
    ("relations", "said"),
    [
        ("<Relationships/>", "names 0 models"),
        (RELATIONS.replace("3dmodel.model", "other.model"), "it has no '3D/other.model'"),
        (RELATIONS.replace("<Relationships", OUTSIDE + "<Relationships"), "a document type"),
    ],
)
def test_where_reading_begins(relations, said, path):
    with pytest.raises(EngineError, match=said):
        read_3mf(members(path, [("_rels/.rels", relations.encode()), ("3D/3dmodel.model", b"")]))


@pytest.mark.parametrize("value", ["nan", "inf", "-1e400", "1e9"])
def test_coordinates_that_cannot_be(value, path):
    bodies = read_3mf(package(path, model(ONE.replace('x="10"', f'x="{value}"'), ITEM)))
    with pytest.raises(EngineError, match="coordinate x of point 2 is"):
        tidy("a.3mf", bodies)


def test_counts_are_bounded_while_reading():
    head = f'<model xmlns="{CORE}"><resources><object id="1"><mesh><vertices>'.encode()
    vertex, triangle = b'<vertex x="0" y="0" z="0"/>' * 1000, b'<triangle v1="0" v2="1" v3="2"/>' * 1000
    for pieces in ([head, vertex, vertex], [head, vertex, b"</vertices><triangles>", triangle, triangle]):
        with pytest.raises(EngineError, match="line 1: more than 1500 triangles or points"):
            parse_model("a part", pieces, most=1500)


def test_what_stands_outside_of_objects_is_passed_over(path):
    stray = '<vertex x="9" y="9" z="9"/><triangle v1="7" v2="8" v3="9"/>'
    (body,) = read_3mf(package(path, model(stray + ONE + stray, ITEM)))
    assert body.nodes.shape == (4, 3)
