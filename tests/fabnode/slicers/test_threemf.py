"""Only geometry is read from a 3MF package, where the build places it, and only so much of it."""

import io
import zipfile
from pathlib import Path

import pytest

from fabnode.slicers.mesh import Mesh, Unreadable, closedness
from fabnode.slicers.threemf import read_3mf
from tests.fabnode.slicers.solids import box, mesh_xml, model_xml, package

BOX = f'<object id="1" type="model">{mesh_xml(box((0, 0, 0), (1, 2, 3)))}</object>'
ITEM = '<item objectid="1"/>'


def read(tmp_path: Path, data: bytes, max_bytes: int = 1 << 20) -> Mesh:
    path = tmp_path / "given.3mf"
    path.write_bytes(data)
    return read_3mf(path, max_bytes)


def read_xml(tmp_path: Path, resources: str = BOX, build: str = ITEM, unit: str = "millimeter") -> Mesh:
    return read(tmp_path, package(model_xml(resources, build, unit=unit)))


def test_a_body_is_read(tmp_path: Path) -> None:
    mesh = read_xml(tmp_path)
    assert mesh.bounds() == ((0, 0, 0), (1, 2, 3))
    assert closedness(mesh).open_edges == 0
    assert len(mesh.vertices) == 24, "corners of the same place are one"


def test_whatever_else_is_in_the_package_is_not_read(tmp_path: Path) -> None:
    others = {"Metadata__Slic3r_PE.config": "; post_process = rm -rf /", "..__..__escape.sh": "echo"}
    mesh = read(tmp_path, package(model_xml(BOX, ITEM), **others))
    assert mesh == read_xml(tmp_path)


@pytest.mark.parametrize(("unit", "size"), [("inch", 25.4), ("centimeter", 10), ("meter", 1000), ("micron", 0.001)])
def test_units_become_millimetres(tmp_path: Path, unit: str, size: float) -> None:
    assert read_xml(tmp_path, unit=unit).bounds()[1] == pytest.approx((size, 2 * size, 3 * size))


def test_places_and_components_are_followed(tmp_path: Path) -> None:
    turned = "0 1 0 -1 0 0 0 0 1 10 0 0"
    components = f'<object id="2"><components><component objectid="1" transform="{turned}"/></components></object>'
    build = '<item objectid="2" transform="1 0 0 0 1 0 0 0 1 0 0 5"/><item objectid="1"/>'
    mesh = read_xml(tmp_path, BOX + components, build)
    assert mesh.bounds() == ((0, 0, 0), (10, 2, 8))
    assert closedness(mesh).volume_mm3 == pytest.approx(12)


def test_the_inner_place_comes_before_the_outer(tmp_path: Path) -> None:
    moved, doubled = "1 0 0 0 1 0 0 0 1 1 0 0", "2 0 0 0 2 0 0 0 2 0 0 0"
    inner = f'<object id="2"><components><component objectid="1" transform="{moved}"/></components></object>'
    assert read_xml(tmp_path, BOX + inner, f'<item objectid="2" transform="{doubled}"/>').bounds()[0] == (2, 0, 0)


@pytest.mark.parametrize("mirror", ["-1 0 0 0 1 0 0 0 1 0 0 0", "1 0 0 0 1 0 0 0 -1 0 0 0", "0 1 0 1 0 0 0 0 1 0 0 0"])
def test_a_mirrored_body_keeps_its_outside_outside(tmp_path: Path, mirror: str) -> None:
    mesh = read_xml(tmp_path, build=f'<item objectid="1" transform="{mirror}"/>')
    assert closedness(mesh).volume_mm3 == pytest.approx(6)


def test_what_is_not_printed_is_left_out(tmp_path: Path) -> None:
    helper = f'<object id="2" type="support">{mesh_xml(box((50, 0, 0), (51, 1, 1)))}</object>'
    assert read_xml(tmp_path, BOX + helper, ITEM + '<item objectid="2"/>').bounds()[1][0] == 1


def _nested(depth: int, width: int) -> str:
    parts = '<component objectid="{}"/>' * width
    return BOX + "".join(
        f'<object id="{n}"><components>{parts.format(*[n - 1] * width)}</components></object>' for n in range(2, depth)
    )


@pytest.mark.parametrize(
    ("resources", "build", "says"),
    [
        (BOX, "", "no triangles"),
        (BOX, '<item objectid="7"/>', "places the object '7'"),
        (BOX, '<item objectid="1" transform="1 0 0"/>', "a transform of 3 numbers"),
        (BOX, '<item objectid="1" transform="1 0 0 0 1 0 0 0 x 0 0 0"/>', "without what it needs"),
        (BOX, "<item/>", "without what it needs .'objectid'."),
        (BOX.replace('v1="0"', 'v1="99"'), ITEM, "names the vertex 99; there are 36"),
        (BOX.replace('v1="0"', 'v1="-1"'), ITEM, "names the vertex"),
        (BOX.replace('x="0"', 'x="nan"'), ITEM, "no place on a machine"),
        (BOX.replace("<vertices>", "<vertices"), ITEM, "XML is broken"),
        (_nested(30, 1), '<item objectid="29"/>', "nested more than 16 deep"),
        (_nested(16, 4), '<item objectid="15"/>', "more than 10000 bodies"),
        ('<object id="1"><components><component objectid="1"/></components></object>', ITEM, "nested more than 16"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, resources: str, build: str, says: str) -> None:
    with pytest.raises(Unreadable, match=says):
        read_xml(tmp_path, resources, build)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"PK\x03\x04 cut off", "package is damaged"),
        (package("x")[:60], "package is damaged"),
        (package("", **{"3D__b.model": "y"}), "2 model parts instead of one"),
        (package("", **{f"part{n}.txt": "x" for n in range(300)}), "has 301 parts"),
        (package(model_xml(BOX, ITEM, unit="cubit")), "unit 'cubit' is none of"),
        (package(model_xml(BOX, ITEM, before='<!DOCTYPE x [<!ENTITY a "aaaa">]>')), "document type"),
    ],
    ids=["cut off in the head", "cut off in a part", "two models", "300 parts", "cubits", "document type"],
)
def test_a_bad_package_is_refused_with_the_reason(tmp_path: Path, data: bytes, says: str) -> None:
    with pytest.raises(Unreadable, match=says):
        read(tmp_path, data)


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    written = io.BytesIO()
    with (
        zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("3D/x.model", "w", force_zip64=True) as part,
    ):
        part.write(model_xml("", "").encode()[:100] + b" " * (12 << 20))
    with pytest.raises(Unreadable, match="more than 1048576 bytes"):
        read(tmp_path, written.getvalue())
