"""The whole way: a recipe becomes artifacts, and nothing that a script says of itself is believed."""
# ruff: noqa: E501  (a small script on a line reads better than one that is wrapped)

import json
import math
import threading
import zipfile
from pathlib import Path

import pytest

from designs.build import (
    ARTIFACTS,
    QUICK,
    BuildError,
    Cancel,
    build,
    engine_fingerprint,
    make_artifacts,
    make_geometry,
    read_script_parameters,
)
from designs.digest import digest_file
from designs.manifest import manifest_for_script
from designs.sandbox.jail import Jail
from designs.sandbox.limits import MIB, Limits
from designs.values import ParameterType
from tests.designs.parts import BLOCK, build_script, recipe_for, write_design

BOX = "import cadquery as cq\nresult = cq.Workplane().box(10, 20, 30)\n"


RANDOM = """
import random, uuid
def odd(name): return (name.int % 97) / 100
"""


def test_everything_is_made(jail: Jail, tmp_path: Path) -> None:
    manifest = write_design(tmp_path / "design")
    stages: list[tuple[str, float]] = []
    recipe = recipe_for(manifest, length=30, holes=3)
    result = build(
        tmp_path / "design", manifest, recipe, tmp_path / "out", jail=jail, progress=lambda *stage: stages.append(stage)
    )
    assert [artifact.name for artifact in result.artifacts] == [
        name for name in ARTIFACTS if name not in result.withheld
    ]
    for artifact in result.artifacts:
        assert artifact.path == tmp_path / "out" / artifact.name
        assert artifact.sha256 == digest_file(artifact.path)
        assert artifact.size == artifact.path.stat().st_size > 0
    assert [fraction for _, fraction in stages] == sorted(fraction for _, fraction in stages)
    assert stages[0] == ("script", 0.0)
    assert stages[-1] == ("done", 1.0)
    assert set(result.seconds) >= {"script", "artifacts", "mesh", "step", "glb"}


def test_figures_are_those_of_the_formula(jail: Jail, tmp_path: Path) -> None:
    manifest = write_design(tmp_path / "design")
    recipe = recipe_for(manifest, length=30, holes=3)
    measured = build(tmp_path / "design", manifest, recipe, tmp_path / "out", jail=jail).measurements
    volume = 30 * 10 * 5 - 3 * math.pi * 5
    assert measured.volume_mm3 == pytest.approx(volume, rel=1e-6)
    assert measured.area_mm2 == pytest.approx(2 * (300 + 150 + 50) - 6 * math.pi + 3 * 2 * math.pi * 5, rel=1e-6)
    assert measured.bounding_box == ((-15, -5, -2.5), (15, 5, 2.5))
    assert measured.mass_g == pytest.approx(volume / 1000 * 1.27, rel=1e-4)
    assert (measured.bodies, measured.solids, measured.faces, measured.edges) == (1, 1, 9, 21)
    assert measured.watertight
    assert measured.to_json() == json.loads((tmp_path / "out" / "measurements.json").read_text())


def test_the_same_recipe_gives_the_same_bytes(jail: Jail, tmp_path: Path) -> None:
    """In another process, from another folder."""
    script = RANDOM + BLOCK.replace("box(length, 10, 5)", "box(length, 10 + random.random(), 5 + odd(uuid.uuid4()))")
    script += (
        "show_object(cq.Assembly().add(block.translate((0, 50, 0)), color=cq.Color('red')).add(block.mirror('XZ')))\n"
    )
    manifest = write_design(tmp_path / "a", script)
    write_design(tmp_path / "elsewhere" / "b", script)
    recipe = recipe_for(manifest)
    first = build(tmp_path / "a", manifest, recipe, tmp_path / "out-a", jail=jail)
    with Jail() as other:
        second = build(tmp_path / "elsewhere" / "b", manifest, recipe, tmp_path / "out-b", jail=other)
    assert [(a.name, a.sha256) for a in first.artifacts] == [(a.name, a.sha256) for a in second.artifacts]


LIARS = {
    "the exporters": "import cadquery.occ_impl.exporters as e\ne.export = lambda *a, **k: None\ncq.exporters.export = e.export",
    "the volume": "cq.Shape.Volume = lambda self: 1e9\ncq.Solid.Volume = lambda self: 1e9",
    "the kernel's integrals": "import OCP.BRepGProp\nOCP.BRepGProp.BRepGProp.VolumeProperties_s = lambda *a: None",
    "the mesh": "from OCP.BRepMesh import BRepMesh_IncrementalMesh\n"
    "result.val().mesh(5, 1)\nfrom OCP.BRep import BRep_Tool\nfrom OCP.TopLoc import TopLoc_Location\nfrom OCP.gp import gp_Pnt\n"
    "for face in result.faces().vals():\n"
    "    t = BRep_Tool.Triangulation_s(face.wrapped, TopLoc_Location())\n"
    "    for i in range(1, t.NbNodes() + 1): t.SetNode(i, gp_Pnt(i * 100, 0, 0))",
    "the checks": "import designs.checks, designs.measure, designs.mesh\ndesigns.checks.check = lambda *a: []\n"
    "designs.mesh.Mesh.open_edges = 0\ndesigns.measure.mass_g = lambda *a: 1e9",
}


@pytest.mark.parametrize("what", LIARS)
def test_a_script_cannot_lie_about(jail: Jail, what: str, tmp_path: Path) -> None:
    result = build_script(jail, tmp_path, f"{BOX}{LIARS[what]}\nshow_object(result)\n")
    assert result.measurements.volume_mm3 == pytest.approx(6000)
    assert result.measurements.size == pytest.approx((10, 20, 30))
    stl = (tmp_path / "out" / "model.stl").read_bytes()
    assert int.from_bytes(stl[80:84], "little") == 12


FORGERIES = {
    "no bodies": 'E{"result": {"form": "brep", "bodies": []}}',
    "a form that is none": 'E{"result": {"form": "pickle", "bodies": [{"name": "a", "colour": null}]}}',
    "bodies without geometry": 'E{"result": {"form": "brep", "bodies": [{"name": "a", "colour": null}]}}',
    "a name that is none": 'E{"result": {"form": "brep", "bodies": [{"name": "\\u0000", "colour": null}]}}',
    "a colour that is none": 'E{"result": {"form": "brep", "bodies": [{"name": "a", "colour": [9, 9, 9]}]}}',
    "a list": "E[]",
    "a number": "E1e5",
}


@pytest.mark.parametrize("what", FORGERIES)
def test_a_forged_result(jail: Jail, what: str, tmp_path: Path) -> None:
    text = FORGERIES[what].encode()
    forged = f"import os\nd = {text[1:]!r}\nos.write(3, b'E' + len(d).to_bytes(8, 'big') + d)\nos._exit(0)\n"
    with pytest.raises(BuildError) as caught:
        build_script(jail, tmp_path, forged)
    assert caught.value.kind in ("bad_geometry", "crashed")


def test_a_forged_brep(jail: Jail, tmp_path: Path) -> None:
    """The kernel reads nonsense in the second jailed process; what it does there stays there."""
    forged = """
import os, json
def send(letter, data): os.write(3, letter + len(data).to_bytes(8, 'big') + data)
name = b'geometry'
send(b'F', len(name).to_bytes(2, 'big') + name + b'\\nOpen CASCADE Topology V4 (c)\\n' + os.urandom(5000))
send(b'E', json.dumps({"result": {"form": "brep", "bodies": [{"name": "a", "colour": None}]}}).encode())
os._exit(0)
"""
    with pytest.raises(BuildError) as caught:
        build_script(jail, tmp_path, forged)
    assert caught.value.kind in ("bad_geometry", "crashed", "memory", "timeout")
    assert build_script(jail, _fresh(tmp_path), BOX).measurements.solids == 1


ERRORS = {
    # script: (kind, what the message must say)
    "import cadquery as cq\nresult = cq.Workplane().box(1, 1, 1).edges().fillet(9)\n": (
        "script_error",
        "part.py line 2: result = cq.Workplane().box(1, 1, 1).edges().fillet(9)",
    ),
    "def f(x):\n    return 1 / x\nf(0)\n": ("script_error", "part.py line 2: return 1 / x\nZeroDivisionError"),
    "x = (\n": ("script_error", "part.py line 1: '(' was never closed"),
    "import nothing_of_this_name\n": ("script_error", "No module named 'nothing_of_this_name'"),
    "raise SystemExit('no')\n": ("script_error", "ended itself: exit no"),
    "x = 1\n": ("no_geometry", "part.py shows nothing: end it with show_object(result)"),
    "import cadquery as cq\nshow_object(cq.Workplane().rect(1, 2))\n": ("no_geometry", "without any solid"),
    "show_object(7)\n": ("no_geometry", "shows int without any solid"),
    "x = bytearray(1 << 40)\n": ("memory", "memory"),
}


@pytest.mark.parametrize("script", ERRORS)
def test_errors_speak_to_the_designer(jail: Jail, script: str, tmp_path: Path) -> None:
    kind, words = ERRORS[script]
    with pytest.raises(BuildError) as caught:
        build_script(jail, tmp_path, script)
    assert caught.value.kind == kind
    assert words in caught.value.message
    assert "site-packages" not in caught.value.message
    assert "sandbox" not in caught.value.message


def test_a_parameter_that_the_script_does_not_assign(jail: Jail, tmp_path: Path) -> None:
    manifest = write_design(tmp_path, BLOCK.replace("holes = 2\n", "").replace("range(holes)", "range(2)"))
    with pytest.raises(BuildError, match="does not assign holes at its top level"):
        build(tmp_path, manifest, recipe_for(manifest), tmp_path / "out", jail=jail)


def test_time_runs_out(jail: Jail, tmp_path: Path) -> None:
    with pytest.raises(BuildError) as caught:
        build_script(jail, tmp_path, "while True: pass\n", Limits(wall_seconds=0.5))
    assert caught.value.kind == "timeout"


def test_a_cancelled_build_ends_in_its_script(jail: Jail, tmp_path: Path) -> None:
    manifest = write_design(tmp_path, BLOCK + "\nwhile True: pass\n")
    cancel = Cancel()
    threading.Timer(0.3, cancel.cancel).start()
    with pytest.raises(BuildError) as caught:
        build(
            tmp_path, manifest, recipe_for(manifest), tmp_path / "out", jail=jail, limits=Limits(wall_seconds=20),
            cancel=cancel,
        )  # fmt: skip
    assert caught.value.kind == "cancelled"


def test_too_large_for_the_mesh(jail: Jail, tmp_path: Path) -> None:
    """The second process has the same bounds as the first."""
    script = "import cadquery as cq\nshow_object(cq.Workplane().sphere(1000))\n"
    with pytest.raises(BuildError) as caught:
        build_script(jail, tmp_path, script, Limits(file_bytes=20_000, memory_bytes=1024 * MIB))
    assert caught.value.kind in ("output", "crashed")


WILD = {
    "shows nothing but has a result": BOX,
    "shows for CQ-editor": BOX
    + "if 'show_object' in globals():\n    show_object(result, options=dict(alpha=.5, color=(64, 164, 223)))\n    debug(result)\n    log('x')\n",
    "runs as main only": BOX
    + "del result\ndef main():\n    show_object(cq.Workplane().box(10, 20, 30))\nif __name__ == '__main__':\n    main()\n",
    "exports by itself": BOX
    + "from cadquery import exporters\nexporters.export(result, 'a.stl')\nexporters.export(result, 'a.step')\n",
    "uses a viewer": "from ocp_vscode import show, set_port\n"
    + BOX
    + "set_port(3939)\nshow(result, names=['x'], colors=['red'])\n",
    "uses the direct API": "from cadquery import Solid\nshow_object(Solid.makeBox(10, 20, 30))\n",
    "shows a list": BOX + "show_object([result.translate((-50, 0, 0)).val().cut(result.val())] and [result])\n",
    "an assembly": BOX
    + "show_object(cq.Assembly().add(result, name='a', color=cq.Color('red'), loc=cq.Location((0, 0, 0))))\n",
    "uses numpy and math": "import numpy as np, math\n" + BOX + "x = np.linspace(0, 1, 3)\n",
    "prints": BOX + "print('hello')\n",
    "is written on Windows": BOX.replace("\n", "\r\n"),
    "has a byte order mark": "\ufeff" + BOX,
    "reads a sibling by its own path": BOX
    + "from pathlib import Path\nassert Path(__file__).name == 'part.py'\nopen(__file__).read()\n",
}


@pytest.mark.parametrize("what", WILD)
def test_scripts_from_the_wild(jail: Jail, what: str, tmp_path: Path) -> None:
    result = build_script(jail, tmp_path, WILD[what])
    assert result.measurements.volume_mm3 == pytest.approx(6000)


def test_text_has_a_font_everywhere(jail: Jail, tmp_path: Path) -> None:
    script = (
        "import cadquery as cq\nshow_object(cq.Workplane().text('Cofab', 10, 2, font='No Such Font', kind='bold'))\n"
    )
    assert build_script(jail, tmp_path, script).measurements.volume_mm3 > 100


def test_bodies_keep_names_and_colours(jail: Jail, tmp_path: Path) -> None:
    script = """
import cadquery as cq
lid = cq.Workplane().box(1, 1, 1)
show_object(lid, name="lid")
show_object(lid.translate((5, 0, 0)), name="lid", options={"color": "red"})
show_object(lid.translate((9, 0, 0)))
"""
    result = build_script(jail, tmp_path, script)
    assert result.measurements.bodies == 3
    with zipfile.ZipFile(tmp_path / "out" / "model.3mf") as archive:
        model = archive.read("3D/3dmodel.model").decode()
    assert all(f'name="{name}"' in model for name in ("lid", "lid-2", "part-3"))
    assert 'displaycolor="#FF0000FF"' in model


def test_modules_and_files_of_the_design(jail: Jail, tmp_path: Path) -> None:
    manifest = write_design(
        tmp_path / "d", "from sub.shapes import block\nlength = 20\nholes = 1\nshow_object(block(length))\n"
    )
    (tmp_path / "d" / "sub").mkdir()
    (tmp_path / "d" / "sub" / "shapes.py").write_text(
        "import cadquery as cq\nsize = float(open('größe.txt').read())\ndef block(x): return cq.Workplane().box(x, size, 1)\n"
    )
    (tmp_path / "d" / "größe.txt").write_text("7")
    (tmp_path / "d" / ".secret").write_text("x")
    result = build(tmp_path / "d", manifest, recipe_for(manifest), tmp_path / "out", jail=jail)
    assert result.measurements.volume_mm3 == pytest.approx(140)


def test_a_script_without_manifest_takes_nothing_else_along(jail: Jail, tmp_path: Path) -> None:
    """Its folder may be somebody's home."""
    (tmp_path / "design").mkdir()
    (tmp_path / "design" / "private.txt").write_text("x")
    script = "import os\nassert os.listdir('.') == ['part.py'], os.listdir('.')\n" + BOX
    (tmp_path / "design" / "part.py").write_text(script)
    manifest = manifest_for_script("part.py", [], name="part", licence="MIT", authors=["A"])
    assert build(tmp_path / "design", manifest, recipe_for(manifest), tmp_path / "out", jail=jail)


def test_artifacts_are_made_later_without_the_script(jail: Jail, tmp_path: Path) -> None:
    """Of the kept file alone; the same bytes as if all were made at once."""
    manifest = write_design(tmp_path / "design")
    recipe = recipe_for(manifest)
    at_once = build(tmp_path / "design", manifest, recipe, tmp_path / "all", jail=jail)
    kept = make_geometry(tmp_path / "design", manifest, recipe, tmp_path / "kept", jail=jail)
    assert kept.path.read_bytes().startswith(b'{"bodies":[{"colour":[1.0,0.5')
    assert (kept.sha256, kept.size) == (digest_file(kept.path), kept.path.stat().st_size)
    assert kept.sha256 == at_once.geometry.sha256
    (tmp_path / "design" / "block.py").unlink()
    quick = make_artifacts(kept.path, manifest, recipe, tmp_path / "quick", wanted=QUICK, jail=jail)
    assert {artifact.name for artifact in quick.artifacts} == set(QUICK)
    assert quick.measurements == at_once.measurements
    later = make_artifacts(kept.path, manifest, recipe, tmp_path / "later", wanted=["model.stl"], jail=jail)
    (stl,) = later.artifacts
    assert stl.sha256 == next(artifact.sha256 for artifact in at_once.artifacts if artifact.name == "model.stl")
    assert later.measured is None
    assert "mesh" in later.seconds
    assert "script" not in later.seconds


def test_an_artifact_that_there_is_not(jail: Jail, tmp_path: Path) -> None:
    manifest = write_design(tmp_path / "design")
    with pytest.raises(BuildError, match=r"there is no artifact 'model\.exe': it is one of model\.step"):
        build(tmp_path / "design", manifest, recipe_for(manifest), tmp_path / "o", wanted=["model.exe"], jail=jail)


@pytest.mark.parametrize("damage", [b"", b"{}\n", b"\x00" * 100], ids=["nothing", "no words", "zeros"])
def test_geometry_that_is_none(jail: Jail, damage: bytes, tmp_path: Path) -> None:
    manifest = write_design(tmp_path / "design")
    (tmp_path / "kept").write_bytes(damage)
    with pytest.raises(BuildError) as caught:
        make_artifacts(tmp_path / "kept", manifest, recipe_for(manifest), tmp_path / "out", wanted=QUICK, jail=jail)
    assert caught.value.kind == "bad_geometry"


def test_what_cannot_be_made_is_withheld(jail: Jail, tmp_path: Path) -> None:
    ball = "import cadquery as cq\nshow_object(cq.Workplane().sphere(5))\n"
    result = build_script(jail, tmp_path, ball, wanted=["model.dxf", "front.svg"])
    assert set(result.withheld) == {"model.dxf"}
    assert result.withheld["model.dxf"].startswith("not flat")
    assert not (tmp_path / "out" / "model.dxf").exists()


def test_missing_source(jail: Jail, tmp_path: Path) -> None:
    manifest = write_design(tmp_path)
    (tmp_path / "block.py").unlink()
    with pytest.raises(BuildError, match=r"has no file 'block\.py'"):
        build(tmp_path, manifest, recipe_for(manifest), tmp_path / "out", jail=jail)


def test_the_fingerprint_names_the_toolchain() -> None:
    fingerprint = engine_fingerprint("cadquery")
    assert all(f" {name}/" in fingerprint for name in ("cadquery", "cadquery-ocp-novtk", "numpy", "python", "build"))


def test_parameters_of_a_script(jail: Jail, tmp_path: Path) -> None:
    script = tmp_path / "part.py"
    script.write_text(
        "width = 10.5  # outer width\ncount = 4\noffset = -2\nn: int = 3\ntitle = 'a'\nhollow = True\nhalf = width / 2\n"
        "bad = float('nan')\n_private = 1\na, b = 1, 2.0\nsize = (1, 2)\nfor i in range(n): pass\n"
        "describe_parameter(offset, 'how far')\n"
    )
    found = {parameter.name: parameter for parameter in read_script_parameters(script, jail=jail)}
    assert list(found) == ["width", "count", "offset", "n", "title", "hollow", "a", "b"]
    assert found["count"].type is found["n"].type is ParameterType.INTEGER
    assert found["offset"].type is found["width"].type is ParameterType.NUMBER
    assert str(found["offset"].default) == "-2"
    assert found["width"].description == "outer width"
    assert found["offset"].description == "how far"
    assert found["title"].default == "a"
    assert found["hollow"].default is True


def test_a_script_that_is_no_python(jail: Jail, tmp_path: Path) -> None:
    script = tmp_path / "part.py"
    script.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BuildError) as caught:
        read_script_parameters(script, jail=jail)
    assert caught.value.kind == "script_error"


def _fresh(folder: Path) -> Path:
    again = folder / "again"
    again.mkdir()
    return again
