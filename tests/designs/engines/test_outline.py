"""Drawings as parts of a sheet: built in the jail, exact, and cut again from the same lines."""

import math
from pathlib import Path

import ezdxf
import pytest

from designs.build import build
from designs.digest import digest_bytes
from designs.engines.interface import engine_for
from designs.formats.brep import properties, read_parts
from designs.manifest import Manifest, manifest_for_script
from designs.parameters import resolve
from designs.recipe import Recipe
from designs.sandbox.jail import Jail
from designs.script_parameters import read_script_parameters
from tests.designs.engines.jailed import Made, make

WASHERS = """<svg xmlns="http://www.w3.org/2000/svg" width="100mm" height="50mm" viewBox="0 0 100 50">
<circle cx="20" cy="25" r="15"/><circle cx="20" cy="25" r="5"/>
<path d="M50 10h30a5 5 0 0 1 5 5v20c0 6 -35 6 -35 0z"/></svg>"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "design"
    made.mkdir()
    return made


def made_of(jail: Jail, folder: Path, name: str, text: str, **parameters: object) -> Made:
    (folder / name).write_text(text)
    return make(jail, "outline", folder, name, parameters)


def test_an_svg_becomes_exact_plates(jail: Jail, folder: Path) -> None:
    made = made_of(jail, folder, "washers.svg", WASHERS, thickness=4)
    assert not made.kind, (made.message, made.log)
    assert made.form == "brep"
    parts = read_parts(made.data, [("a", None), ("b", None)])
    washer, other = (properties(part.shape) for part in parts)
    assert washer.volume == pytest.approx(math.pi * (15**2 - 5**2) * 4, rel=1e-9)
    # A rectangle with one rounded corner, and a Bézier curve's belly below it: 3/4 of its control points' height.
    assert other.volume == pytest.approx(4 * (35 * 25 - (1 - math.pi / 4) * 25 + 35 * 6 * 0.6), rel=0.02)


@pytest.mark.parametrize(
    ("name", "text", "parameters", "kind", "says"),
    [
        ("a.svg", WASHERS, {"width": 3}, "script_error", "it has a thickness, and no 'width'"),
        ("a.svg", WASHERS, {"thickness": 0}, "script_error", "thickness 0 is out of range: 0.1 to 60 mm"),
        ("a.svg", WASHERS[:-20], {}, "bad_geometry", "a.svg is no SVG"),
        ("a.svg", '<svg xmlns="http://www.w3.org/2000/svg"/>', {}, "no_geometry", "a.svg has no outline"),
        ("a.pdf", WASHERS, {}, "script_error", "no drawing that is read: those are .svg and .dxf"),
        ("a.dxf", WASHERS, {}, "bad_geometry", "a.dxf is no DXF"),
    ],
)
def test_what_makes_no_plate_is_told(
    jail: Jail, folder: Path, *, name: str, text: str, parameters: dict[str, object], kind: str, says: str
) -> None:
    made = made_of(jail, folder, name, text, **parameters)
    assert made.kind == kind
    assert says in made.message


def manifest_of(jail: Jail, script: Path) -> Manifest:
    engine = engine_for(script)
    assert engine == "outline"
    found = read_script_parameters(script, engine, jail=jail)
    return manifest_for_script(script.name, found, name="plate", licence="MIT", authors=["A"], engine=engine)


def test_a_drawing_is_cut_along_its_own_lines(jail: Jail, folder: Path, tmp_path: Path) -> None:
    document = ezdxf.new("R2000", units=4)
    space = document.modelspace()
    space.add_lwpolyline([(0, 0, 0), (60, 0, 0), (60, 40, 0), (0, 40, 0.5)], "xyb", close=True)
    space.add_circle((30, 20), 8)
    document.saveas(folder / "plate.dxf")
    manifest = manifest_of(jail, folder / "plate.dxf")
    assert (manifest.print.process, [(p.name, p.default) for p in manifest.parameters]) == ("laser", [("thickness", 3)])
    recipe = Recipe(digest_bytes(b"plate"), resolve(manifest, {"thickness": 5}), "any")
    result = build(folder, manifest, recipe, tmp_path / "out", wanted=("model.dxf", "findings.json"), jail=jail)
    (sheet,) = result.findings
    assert sheet.code == "sheet"
    assert sheet.data["thickness_mm"] == 5
    again = ezdxf.readfile(tmp_path / "out" / "model.dxf").modelspace()
    kinds = sorted(entity.dxftype() for entity in again)
    assert kinds == ["ARC", "CIRCLE", "LINE", "LINE", "LINE"]
    (circle,) = (entity for entity in again if entity.dxftype() == "CIRCLE")
    assert (circle.dxf.center.x, circle.dxf.center.y, circle.dxf.radius) == pytest.approx((30, 20, 8))
