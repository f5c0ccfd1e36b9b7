"""build123d scripts as people write them, through the whole build in their own environment: unmodified."""
# ruff: noqa: E501  (a small script on a line reads better than one that is wrapped)

from collections.abc import Iterator
from dataclasses import replace
from math import pi
from pathlib import Path

import pytest

from designs.build import QUICK, BuildError, BuildResult, build, make_artifacts, make_geometry
from designs.engines import toolchains
from designs.engines.interface import EngineAbsent, find_engine
from designs.formats.geometry import read_geometry
from designs.manifest import manifest_for_script
from designs.sandbox.jail import Jail
from designs.script_parameters import read_script_parameters
from tests.designs.parts import recipe_for

STAR = "from build123d import *\n"


@pytest.fixture(scope="module")
def bench(jail: Jail) -> Iterator[tuple[Jail, Jail]]:
    """A worker for scripts, and the one that makes artifacts."""
    with Jail(toolchains.build123d()) as warm:
        yield warm, jail


def build_script(bench: tuple[Jail, Jail], folder: Path, script: str, **given: float | int) -> BuildResult:
    root = folder / "design"
    root.mkdir(exist_ok=True)
    (root / "part.py").write_text(script)
    found = read_script_parameters(root / "part.py", "build123d", jail=bench[1])
    manifest = manifest_for_script("part.py", found, name="part", licence="MIT", authors=["A"])
    manifest = replace(manifest, engine="build123d")
    recipe = recipe_for(manifest, **given)
    made = make_geometry(root, manifest, recipe, folder / "geometry", jail=bench[0])
    result = make_artifacts(made.path, manifest, recipe, folder / "out", wanted=QUICK, jail=bench[1])
    return replace(result, geometry=made, log=made.log)


def bodies(result: BuildResult) -> list[tuple[str, tuple[float, ...] | None]]:
    geometry = read_geometry(result.geometry.path.read_bytes())
    return [(body.name, body.colour) for body in geometry.bodies]


PLATE = (
    STAR
    + """
width, depth, thick = 60.0, 40.0, 5.0
hole = 2  # radius of the screw holes

with BuildPart() as plate:
    with BuildSketch() as outline:
        RectangleRounded(width, depth, 6)
        with GridLocations(width - 12, depth - 12, 2, 2):
            Circle(hole, mode=Mode.SUBTRACT)
    extrude(amount=thick)
"""
)
PLATE_VOLUME = (60 * 40 - (4 - pi) * 36 - 4 * pi * 4) * 5

WILD: dict[str, tuple[str, float]] = {
    "a builder that nobody shows": (PLATE, PLATE_VOLUME),
    "shown when there is a viewer": (
        PLATE + "if 'show_object' in locals():\n    show_object(plate.part.wrapped, name='plate')\n",
        PLATE_VOLUME,
    ),
    "the viewer imported": (
        PLATE
        + "from ocp_vscode import show, set_port, Camera\nset_port(3939)\nshow(plate, reset_camera=Camera.KEEP)\n",
        PLATE_VOLUME,
    ),
    "all of the viewer": (
        "from ocp_vscode import *\n"
        + PLATE
        + "set_defaults(reset_camera=Camera.CENTER, helper_scale=5)\nshow_all(collapse=Collapse.LEAVES)\n",
        PLATE_VOLUME,
    ),
    "only when it is the main program": (
        STAR
        + "def main():\n    with BuildPart() as p:\n        Box(10, 10, 10)\n        Hole(2)\n    return p.part\nif __name__ == '__main__':\n    from ocp_vscode import show\n    result = main()\n    show(result)\n",
        1000 - 40 * pi,
    ),
    "in algebra": (
        STAR
        + "plate = extrude(Rectangle(30, 20) - Pos(5, 0) * Circle(4), 6)\nplate += Pos(-10, 0, 6) * Box(4, 4, 4, align=(Align.CENTER, Align.CENTER, Align.MIN))\n",
        (600 - 16 * pi) * 6 + 64,
    ),
    "exported and no more": (
        STAR
        + "block = Box(10, 20, 30)\ntool = Sphere(2)\nexport_step(block, 'block.step')\nexport_stl(block, '/home/me/block.stl')\n",
        6000,
    ),
    "exported where nothing can be written": (
        STAR
        + "block = Box(10, 20, 30)\nexport_step(block, '/no/such/folder/block.step')\nexport_brep(block, 'C:\\\\block.brep')\n",
        6000,
    ),
    "read again": (STAR + "export_step(Box(10, 20, 30), 'a.step')\npart = import_step('a.step')\n", 6000),
    "written by the mesher": (
        STAR
        + "block = Box(10, 20, 30)\nwriter = Mesher()\nwriter.add_shape(block)\nwriter.write('block.3mf')\nwriter.write('block.stl')\n",
        6000,
    ),
    "a class of its own": (
        STAR
        + "class Peg(BasePartObject):\n    def __init__(self, radius: float, length: float, rotation=(0, 0, 0), align=None, mode=Mode.ADD):\n"
        "        with BuildPart() as peg:\n            Cylinder(radius, length)\n            chamfer(peg.edges().group_by(Axis.Z)[-1], 0.5)\n"
        "        super().__init__(part=peg.part, rotation=rotation, align=align, mode=mode)\npeg = Peg(4, 20)\n",
        16 * pi * 19.5 + pi * 0.5 / 3 * (16 + 14 + 12.25),
    ),
    "joints": (
        STAR
        + "base = Box(20, 20, 5)\npost = Cylinder(3, 30)\nRigidJoint('top', base, Location((0, 0, 2.5)))\nRigidJoint('foot', post, Location((0, 0, -15)))\n"
        "base.joints['top'].connect_to(post.joints['foot'])\nfrom ocp_vscode import show_object\nshow_object(base, name='base')\nshow_object(post, name='post', options={'color': (255, 0, 0)})\n",
        2000 + 270 * pi,
    ),
    "revolved from a profile": (
        STAR
        + "with BuildPart() as ring:\n    with BuildSketch(Plane.XZ) as profile:\n        with Locations((20, 0)):\n            Rectangle(4, 6)\n    revolve(axis=Axis.Z)\n",
        24 * 2 * pi * 20,
    ),
    "a list of parts": (
        STAR
        + "boxes = [Pos(20 * i, 0, 0) * Box(10, 10, 10) for i in range(3)]\nfrom ocp_vscode import show\nshow(*boxes, names=['a', 'b', 'c'], colors=['red', 'green', '#0000ff'])\n",
        3000,
    ),
    "with what others made of it": (
        STAR
        + "from bd_warehouse.fastener import HexNut\nimport numpy as np\nnut = Box(*np.full(3, 12.0)) if HexNut('M6-1', simple=True).volume > 100 else None\n",
        12**3,
    ),
    "imported by name": ("import build123d as bd\nmodel = bd.Box(10, 20, 30)\nmodel.label = 'model'\n", 6000),
}


@pytest.mark.parametrize("shape", WILD)
def test_is_built_unmodified(bench: tuple[Jail, Jail], shape: str, tmp_path: Path) -> None:
    script, volume = WILD[shape]
    result = build_script(bench, tmp_path, script)
    assert float(result.measurements.volume_mm3) == pytest.approx(volume, rel=0.02)
    assert result.measurements.watertight


def test_parameters_are_read_and_set(bench: tuple[Jail, Jail], tmp_path: Path) -> None:
    result = build_script(bench, tmp_path, PLATE, thick=10, hole=3)
    assert float(result.measurements.volume_mm3) == pytest.approx((2400 - (4 - pi) * 36 - 36 * pi) * 10, rel=0.01)


def test_an_assembly_keeps_places_names_and_colours(bench: tuple[Jail, Jail], tmp_path: Path) -> None:
    script = STAR + (
        "lid, pin = Box(10, 10, 2), Pos(0, 0, 5) * Cylinder(1, 8)\nlid.label, pin.label = 'lid', 'pin'\nlid.color = Color('red')\n"
        "inner = Compound(label='inner', children=[lid, pin])\ninner.location = Location((0, 0, 10))\ninner.color = Color(0, 0, 1)\n"
        "whole = Compound(label='whole', children=[inner, Pos(40, 0, 0) * Sphere(3)])\nwhole.location = Location((100, 0, 0))\n"
    )
    result = build_script(bench, tmp_path, script)
    names = bodies(result)
    assert names == [("lid", (1.0, 0.0, 0.0)), ("pin", (0.0, 0.0, 1.0)), ("part-3", None)]
    low, high = result.measurements.bounding_box
    assert [float(value) for value in low] == pytest.approx([95, -5, -3], abs=0.05)
    assert [float(value) for value in high] == pytest.approx([143, 5, 19], abs=0.05)


def test_sketches_beside_solids_are_aids(bench: tuple[Jail, Jail], tmp_path: Path) -> None:
    script = STAR + "sketch = Rectangle(10, 10)\nblock = extrude(sketch, 5)\nshow(sketch, Plane.XY, Axis.X, block)\n"
    assert len(bodies(build_script(bench, tmp_path, "from ocp_vscode import show\n" + script))) == 1


ERRORS = {
    STAR + "part = fillet(Box(1, 1, 1).edges(), 5)\n": "line 2",
    STAR + "width = 3\n": "makes no part that has a name",
    STAR + "from ocp_vscode import show\nshow(Line((0, 0), (1, 1)))\n": "shows Line without any solid",
    STAR + "import gggears\n": "Python's own modules, build123d, numpy",
    STAR + "Box(1, 1, 1).export_stl('a.stl')\n": "Models are built with build123d 0.13",
}


@pytest.mark.parametrize("script", ERRORS)
def test_the_error_helps(bench: tuple[Jail, Jail], script: str, tmp_path: Path) -> None:
    with pytest.raises(BuildError) as caught:
        build_script(bench, tmp_path, script)
    assert ERRORS[script] in caught.value.message


def test_the_kernels_do_not_mix(bench: tuple[Jail, Jail], tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="no 'cadquery' where models are built"):
        build_script(bench, tmp_path, "import cadquery\n")
    (tmp_path / "design" / "part.py").write_text(STAR + "part = Box(1, 1, 1)\n")
    manifest = manifest_for_script("part.py", [], name="part", licence="MIT", authors=["A"])
    with pytest.raises(BuildError, match="no 'build123d' where models are built"):
        build(tmp_path / "design", manifest, recipe_for(manifest), tmp_path / "out", jail=bench[1])


def test_absence_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COFAB_BUILD123D", str(tmp_path))
    engine = find_engine("build123d")
    for ask in (engine.environment, engine.fingerprint):
        with pytest.raises(EngineAbsent, match="scripts/bootstrap build123d"):
            ask()
