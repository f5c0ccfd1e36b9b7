"""Every format as a stranger's program reads it."""

import json
import math
import re
import struct
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import lib3mf
import numpy as np
import pytest
import trimesh
from OCP.Quantity import Quantity_Color
from OCP.STEPCAFControl import STEPCAFControl_Reader
from OCP.TCollection import TCollection_ExtendedString
from OCP.TDataStd import TDataStd_Name
from OCP.TDF import TDF_Label, TDF_LabelSequence
from OCP.TDocStd import TDocStd_Document
from OCP.XCAFDoc import XCAFDoc_ColorType, XCAFDoc_DocumentTool
from PIL import Image

from designs.formats import brep, drawing, glb, outlines, step, stl, threemf, thumbnail
from designs.formats.brep import Part
from designs.formats.step_order import in_canonical_order
from designs.formats.strokes import strokes
from designs.formats.viewpoints import VIEWS
from designs.mesh import Mesh
from tests.designs.solids import SHAPES, cq, mesh_of, part

Body = tuple[str, tuple[float, float, float] | None, Mesh]


def bodies() -> list[Body]:
    return [("bolt & <nut>", (1.0, 0.0, 0.0), mesh_of(SHAPES["moved"])), ("tube", None, mesh_of(SHAPES["tube"]))]


VOLUME = sum(mesh.volume for _, _, mesh in bodies())


def test_stl(tmp_path: Path) -> None:
    stl.write_stl([mesh for _, _, mesh in bodies()], tmp_path / "a.stl")
    read = trimesh.load_mesh(tmp_path / "a.stl")
    assert read.is_watertight
    assert read.volume == pytest.approx(VOLUME, rel=1e-4)
    assert not (tmp_path / "a.stl").read_bytes().startswith(b"solid"), "readers would take it for text"


def test_glb_is_in_metres_with_y_up(tmp_path: Path) -> None:
    box: list[Body] = [("box", None, mesh_of(SHAPES["box"]))]
    glb.write_glb(box, tmp_path / "a.glb")
    read = trimesh.load_scene(tmp_path / "a.glb")
    assert read.extents == pytest.approx([0.010, 0.030, 0.020])
    assert read.geometry["box"].volume == pytest.approx(6e-6)


def test_glb_follows_the_specification(tmp_path: Path) -> None:
    glb.write_glb(bodies(), tmp_path / "a.glb")
    data = (tmp_path / "a.glb").read_bytes()
    magic, version, length = struct.unpack_from("<4sII", data)
    assert (magic, version, length) == (b"glTF", 2, len(data))
    json_length, kind = struct.unpack_from("<I4s", data, 12)
    assert kind == b"JSON"
    document = json.loads(data[20 : 20 + json_length])
    assert [node["name"] for node in document["nodes"]] == ["bolt & <nut>", "tube"]
    assert document["materials"][0]["pbrMetallicRoughness"]["baseColorFactor"] == [1.0, 0.0, 0.0, 1.0]
    binary_length, kind = struct.unpack_from("<I4s", data, 20 + json_length)
    assert kind == b"BIN\0"
    assert document["buffers"][0]["byteLength"] <= binary_length
    for view in document["bufferViews"]:
        assert view["byteOffset"] % 4 == 0
        assert view["byteOffset"] + view["byteLength"] <= document["buffers"][0]["byteLength"]
    start = 20 + json_length + 8
    for primitive in (mesh["primitives"][0] for mesh in document["meshes"]):
        accessor = document["accessors"][primitive["attributes"]["NORMAL"]]
        view = document["bufferViews"][accessor["bufferView"]]
        normals = np.frombuffer(data, "<f4", accessor["count"] * 3, start + view["byteOffset"]).reshape(-1, 3)
        assert np.linalg.norm(normals, axis=1) == pytest.approx(1.0, abs=1e-5)
        assert document["accessors"][primitive["indices"]]["componentType"] == 5123, "as narrow as it can be"


def test_3mf_is_read_by_the_consortiums_own_library(tmp_path: Path) -> None:
    metadata = {"Title": "A & <b>", "Designer": "Ada", "LicenseTerms": "CERN-OHL-S-2.0", "recipe": "ab" * 32}
    threemf.write_3mf(bodies(), metadata, tmp_path / "a.3mf")
    model = lib3mf.Wrapper().CreateModel()
    reader = model.QueryReader("3mf")
    reader.SetStrictModeActive(True)
    reader.ReadFromFile(str(tmp_path / "a.3mf"))
    assert reader.GetWarningCount() == 0
    objects = model.GetMeshObjects()
    names, valid = [], []
    while objects.MoveNext():
        mesh = objects.GetCurrentMeshObject()
        names.append(mesh.GetName())
        valid.append(mesh.IsManifoldAndOriented() and mesh.IsValid())
    assert names == ["bolt & <nut>", "tube"]
    assert all(valid)
    assert model.GetBuildItems().Count() == 2
    group = model.GetMetaDataGroup()
    told = {(m := group.GetMetaData(i)).GetName(): m.GetValue() for i in range(group.GetMetaDataCount())}
    assert told == metadata


def test_3mf_has_no_time(tmp_path: Path) -> None:
    for name in ("a", "b"):
        threemf.write_3mf(bodies(), {"Title": "x"}, tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_step_reads_back(tmp_path: Path) -> None:
    parts = [part(SHAPES["moved"], "bolt", (1.0, 0.0, 0.0)), part(SHAPES["tube"], "tube")]
    step.write_step(
        parts, "Things", tmp_path / "a.step", {"Designer": "Ædå", "LicenseTerms": "MIT", "recipe": "ab" * 32}
    )
    read = step.read_back(tmp_path / "a.step")
    assert read.volume == pytest.approx(brep.properties(brep.compound(parts)).volume, rel=1e-9)
    assert (read.solids, read.valid) == (2, True)
    text = (tmp_path / "a.step").read_text(encoding="ascii")
    assert "PRODUCT('bolt','bolt'" in text
    assert "AP242" in text
    assert f"'Licence: MIT','Recipe: {'ab' * 32}'" in text
    assert "1970-01-01" in text
    assert not re.search(r"20\d\d-\d\d-\d\dT", text)


NAMES = ["größe 'x' \\ DATA;", "日本", "ENDSEC;"]


def test_step_is_a_product_of_named_and_coloured_products(tmp_path: Path) -> None:
    """Also where two bodies are the same shape in two places."""
    box = SHAPES["box"].val()
    shapes = [box, box.located(cq.Location((50, 0, 0))), SHAPES["tube"].val()]
    colours = [(1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)]
    parts = [Part(*each) for each in zip(NAMES, colours, [shape.wrapped for shape in shapes], strict=True)]
    title = "Things; DATA; FILE_SCHEMA 'ü'"
    for name in ("a", "b"):
        step.write_step(parts, title, tmp_path / name, {"Designer": "DATA;"})
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert read_assembly(tmp_path / "a") == (title, dict(zip(NAMES, colours, strict=True)))
    assert step.read_back(tmp_path / "a").volume == pytest.approx(12000 + SHAPES["tube"].val().Volume(), rel=1e-9)


def read_assembly(path: Path) -> tuple[str, dict[str, tuple[float, ...]]]:
    """The name of the only product at the top, and of each of its components with the colour."""
    document = TDocStd_Document(TCollection_ExtendedString("XmlOcaf"))
    reader = STEPCAFControl_Reader()
    reader.ReadFile(str(path))
    reader.Transfer(document)
    shapes, colours = (
        XCAFDoc_DocumentTool.ShapeTool_s(document.Main()),
        XCAFDoc_DocumentTool.ColorTool_s(document.Main()),
    )
    tops, components = TDF_LabelSequence(), TDF_LabelSequence()
    shapes.GetFreeShapes(tops)
    assert tops.Length() == 1
    shapes.GetComponents_s(tops.Value(1), components)
    found = {}
    for index in range(1, components.Length() + 1):
        product, colour = TDF_Label(), Quantity_Color()
        shapes.GetReferredShape_s(components.Value(index), product)
        assert any(
            colours.GetColor(shapes.GetShape_s(product), kind, colour)
            for kind in (XCAFDoc_ColorType.XCAFDoc_ColorSurf, XCAFDoc_ColorType.XCAFDoc_ColorGen)
        )
        found[name_of(product)] = (colour.Red(), colour.Green(), colour.Blue())
    return name_of(tops.Value(1)), found


def name_of(label: TDF_Label) -> str:
    name = TDataStd_Name()
    assert label.FindAttribute(TDataStd_Name.GetID_s(), name)
    return name.Get().ToExtString()


ORDERED = b"ISO-10303-21;\nHEADER;\nENDSEC;\nDATA;\n%s\nENDSEC;\nEND-ISO-10303-21;\n"


def test_entities_are_ordered_by_content() -> None:
    first = ORDERED % b"#1 = A('it''s #9;',#2);\n#2 = P(1.,\n   2.);\n#3 = B(#2,#4);\n#4 = C();"
    other = ORDERED % b"#7=C();\n#20 = B(#8,#7);\n#8 = P(1.,2.);\n#3 = A('it''s #9;',#8);"
    assert in_canonical_order(first) == in_canonical_order(other)
    assert b"'it''s #9;'" in in_canonical_order(first)
    assert in_canonical_order(in_canonical_order(first)) == in_canonical_order(first)


@pytest.mark.parametrize("entities", [b"#1=A(#2);\n#2=A(#1);", b"#1=A(#2);", b""])
def test_a_file_that_cannot_be_ordered_stays(entities: bytes) -> None:
    assert in_canonical_order(ORDERED % entities).replace(b"\n", b"") == (ORDERED % entities).replace(b"\n", b"")


@pytest.mark.parametrize(("view", "width", "height"), [("front", 10, 30), ("top", 10, 20), ("right", 20, 30)])
def test_drawing_has_the_right_extent(view: str, width: float, height: float, tmp_path: Path) -> None:
    found = outlines.draw([mesh_of(SHAPES["box"])], VIEWS[view])
    (left, bottom), (right, top) = drawing.extent(found)
    assert (right - left, top - bottom) == pytest.approx((width, height))
    assert [len(stroke) for stroke in strokes(found.visible)] == [5]
    drawing.write_svg(found, "a <b>", tmp_path / "a.svg")
    svg = ET.parse(tmp_path / "a.svg").getroot()
    assert svg.tag == "{http://www.w3.org/2000/svg}svg"
    words = [element.text for element in svg.iter("{http://www.w3.org/2000/svg}text")]
    assert words == [f"{width} mm", f"{height} mm"]


def test_hidden_lines_are_apart() -> None:
    drilled = [mesh_of(cq.Workplane().box(20, 20, 20).faces(">Z").workplane().hole(6, 10))]
    found = outlines.draw(drilled, VIEWS["front"])
    assert np.abs(found.visible).max(axis=2) == pytest.approx(10), "only the border of the square is seen"
    assert any(math.isclose(abs(x), 3) for x in found.hidden[:, 0, 0])
    from_above = strokes(outlines.draw(drilled, VIEWS["top"]).visible)
    assert sorted(len(stroke) > 20 for stroke in from_above) == [False, True]


def pixels_of(bodies_: list[Body], path: Path) -> np.ndarray:
    thumbnail.write_png([(colour or (0.5, 0.5, 0.5), mesh) for _, colour, mesh in bodies_], path)
    return np.asarray(Image.open(path).convert("RGBA"))


def test_thumbnail_shows_the_part(tmp_path: Path) -> None:
    pixels = pixels_of([("ball", (0.9, 0.1, 0.1), mesh_of(SHAPES["sphere"]))], tmp_path / "a.png")
    side = thumbnail.SIZE_PX
    assert pixels.shape == (side, side, 4)
    disc = math.pi * (thumbnail.FILL * side / 2) ** 2
    assert (pixels[..., 3] > 127).sum() == pytest.approx(disc, rel=0.01)
    assert (pixels[0, :, 3] == 0).all()
    red, green, blue, _ = pixels[side // 2, side // 2]
    assert red > 2 * green
    assert green == pytest.approx(blue, abs=3)
    lit, shaded = pixels[int(side * 0.3), int(side * 0.4), 0], pixels[int(side * 0.8), int(side * 0.6), 0]
    assert lit > shaded + 30, "light comes from above left"


def test_the_nearer_part_hides_the_farther(tmp_path: Path) -> None:
    near = mesh_of(cq.Workplane().sphere(10).translate((55, -72, 52)))
    far = mesh_of(cq.Workplane().sphere(9))
    pixels = pixels_of([("far", (0.0, 1.0, 0.0), far), ("near", (1.0, 0.0, 0.0), near)], tmp_path / "a.png")
    seen = pixels[pixels[..., 3] > 250]
    assert (seen[:, 0] >= seen[:, 1]).all()


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("write", [thumbnail.write_png], ids=["png"])
def test_thumbnails_have_no_holes(name: str, write: Callable[..., None], tmp_path: Path) -> None:
    """A part without through holes covers a region without specks."""
    write([((0.5, 0.5, 0.5), mesh_of(SHAPES[name]))], tmp_path / "a.png")
    covered = np.asarray(Image.open(tmp_path / "a.png").convert("RGBA"))[..., 3] > 127
    inner = covered[:-2, 1:-1] & covered[2:, 1:-1] & covered[1:-1, :-2] & covered[1:-1, 2:]
    assert not (inner & ~covered[1:-1, 1:-1]).any()
