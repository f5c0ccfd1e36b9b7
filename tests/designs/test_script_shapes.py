"""Scripts as people write them for other tools, through the whole build: unmodified, or with an error that helps."""
# ruff: noqa: E501  (a small script on a line reads better than one that is wrapped)

from pathlib import Path

import pytest

from designs.build import BuildError, build
from designs.manifest import manifest_for_script
from designs.sandbox.jail import Jail
from designs.script_parameters import read_script_parameters
from tests.designs.parts import build_script, recipe_for

IMPORT = "import cadquery as cq\n"
BOX = IMPORT + "body = cq.Workplane().box(10, 20, 30)\n"

SHAPES = {
    "guarded for CQ-editor": IMPORT
    + "def main():\n    show_object(cq.Workplane().box(10, 20, 30))\nif __name__ == '__cq_main__':\n    main()\n",
    "the name in the second place, options by name": BOX
    + "show_object(body, 'body', options={'color': 'orange', 'alpha': 0.0})\n",
    "name and options in their places": BOX + "show_object(body, 'body', {'color': (0.25, 1.0, 0.75)})\n",
    "options in the second place": BOX + "show_object(body, {'rgba': (204, 204, 204, 0.0)})\n",
    "a function of its own beside show_object": BOX
    + "if 'show_object' not in globals():\n    def show_object(*args, **kwargs): pass\ndebug = {'alpha': 0.5}\nshow_object(body)\n",
    "assigned with a type": IMPORT + "body: cq.Workplane = cq.Workplane().box(10, 20, 30)\n",
    "made in a loop": IMPORT + "for side in (1, 10):\n    body = cq.Workplane().box(side, 20, 30)\n",
    "made in the main part only": IMPORT
    + "import argparse\ndef build(size):\n    return cq.Workplane().box(size, 20, 30)\n"
    + "if __name__ == '__main__':\n    parser = argparse.ArgumentParser()\n    parser.add_argument('--size', type=float, default=10)\n"
    + "    res = build(parser.parse_args().size)\n    cq.exporters.export(res, 'out.stl')\n",
    "exports what it means": BOX
    + "cutter = cq.Workplane().sphere(3)\ncq.exporters.export(body, 'a.stl')\nbody.val().exportStl('b.stl', 1e-9)\n",
    "exports where nothing can be written": BOX
    + "from cadquery import exporters\nexporters.export(body, '/home/me/stl/body.stl')\nexporters.export(body, '../out/body.step')\n"
    + "cq.Assembly().add(body).save('C:\\\\parts\\\\body.glb')\nexporters.export(body, 'no/such/drawing.dxf')\n",
    "reads again what it exported": BOX
    + "cq.exporters.export(body, 'a.step')\nshow_object(cq.importers.importStep('a.step'))\n",
    "keeps parts in a dictionary": BOX + "parts = {'body': body}\n",
    "shows a dictionary": BOX + "show_object({'body': body, 'axis': cq.Edge.makeLine((0, 0, 0), (1, 0, 0))})\n",
    "the server's own show": "from cq_server.ui import ui, show_object, debug\n"
    + BOX
    + "show_object(body, name='body', options={'color': 'lightpink'})\ndebug(body)\n",
    "everything of a viewer": "from ocp_vscode import *\nimport ocp_vscode\n"
    + BOX
    + "ocp_vscode.set_defaults(reset_camera=ocp_vscode.Camera.CENTER)\nshow_all()\n",
    "clears a viewer": "from ocp_vscode import show_object, reset_show\n"
    + BOX
    + "show_object(cq.Workplane().sphere(1))\nreset_show()\nshow_object(cq.Workplane().sphere(2), 'ball', {'color': (10, 100, 110)}, collapse='1')\n"
    + "show_object(body, clear=True)\n",
    "as for CadQuery 1": BOX + "from Helpers import show\nshow(body)\n",
    "the free functions": "from cadquery.func import *\nbody = box(10, 20, 30)\n",
    "a random colour": BOX + "show_object(body, options=rand_color())\n",
    "a star import": "from cadquery import *\nfrom math import *\nbody = Workplane().box(10, 20, 30)\n",
}


@pytest.mark.parametrize("shape", SHAPES)
def test_is_built_unmodified(jail: Jail, shape: str, tmp_path: Path) -> None:
    assert build_script(jail, tmp_path, SHAPES[shape]).measurements.volume_mm3 == pytest.approx(6000)


def test_the_choice_is_told(jail: Jail, tmp_path: Path) -> None:
    assert "end it with show_object(body)" in build_script(jail, tmp_path, BOX).log


def test_other_encodings(jail: Jail, tmp_path: Path) -> None:
    (tmp_path / "design").mkdir()
    script = tmp_path / "design" / "part.py"
    script.write_bytes(b"# -*- coding: latin-1 -*-\n" + BOX.encode() + b"angle = 30  # 30\xb0\n")
    assert [parameter.name for parameter in read_script_parameters(script, jail=jail)] == ["angle"]
    script.write_bytes(BOX.encode() + b"angle = 30  # 30\xb0\n")
    with pytest.raises(BuildError, match="line 3 is not UTF-8"):
        read_script_parameters(script, jail=jail)


def test_counts_reach_the_script_as_integers(jail: Jail, tmp_path: Path) -> None:
    (tmp_path / "design").mkdir()
    script = tmp_path / "design" / "part.py"
    script.write_text(
        IMPORT
        + "n = 3\nk = 2\ndef row(count):\n    return cq.Workplane().rarray(20, 1, count, 1).rect(2, 2).extrude(1)\n"
        "list(range(0, 9)[::k])\nrow(n)\nshow_object(row(n))\n"
    )
    found = read_script_parameters(script, jail=jail)
    assert {parameter.name: parameter.type.value for parameter in found} == {"n": "integer", "k": "number"}
    manifest = manifest_for_script("part.py", found, name="part", licence="MIT", authors=["A"])
    result = build(tmp_path / "design", manifest, recipe_for(manifest, n=5, k=3), tmp_path / "out", jail=jail)
    assert result.measurements.solids == 5
    with pytest.raises(BuildError, match="wants a whole number"):
        build(tmp_path / "design", manifest, recipe_for(manifest, k=2.5), tmp_path / "out", jail=jail)


ERRORS = {
    "import fasteners.screws\n": "There is no 'fasteners' where models are built. A design can import Python's own modules, CadQuery, numpy and its own files: is fasteners.py missing",
    IMPORT + "cq.importers.importStep('motor.step')\n": "line 2: cq.importers.importStep('motor.step')",
    "open('board.json')\n": "line 1: open('board.json')\nFileNotFoundError: [Errno 2] No such file or directory: 'board.json'\nThere is no such file where models are built",
    "open('/etc/board.json', 'w')\n": "files can be written into the script's own folder only",
    BOX + "body.union(body, combine=True)\n": "Models are built with CadQuery 2.",
    IMPORT + "path = cq.Workplane().lineTo(1, 1)\n": "shows nothing",
}


@pytest.mark.parametrize("script", ERRORS)
def test_the_error_helps(jail: Jail, script: str, tmp_path: Path) -> None:
    with pytest.raises(BuildError) as caught:
        build_script(jail, tmp_path, script)
    assert ERRORS[script] in caught.value.message
