"""Designs without exact geometry, from a bare file to artifacts."""

from pathlib import Path

import pytest

from designs.build import build
from designs.engines.interface import engine_for, find_engine
from designs.sandbox.jail import Jail
from designs.script_parameters import read_script_parameters
from designs.source import read_script
from tests.designs.formats.archives import TETRAHEDRON, model, package
from tests.designs.formats.test_read_stl import CORNERS, binary
from tests.designs.parts import recipe_for

WANTED = ("model.step", "model.3mf", "model.stl", "model.glb", "front.svg", "measurements.json", "findings.json")
NO_EXACT = "the design is a mesh: it has no exact geometry"


def _build(script: Path, jail: Jail, scad_jail: Jail, out: Path, **given: object):
    engine = engine_for(script)
    assert engine is not None
    where = scad_jail if engine == "openscad" else jail
    assert find_engine(engine).environment().name == ("openscad" if engine == "openscad" else "cad")
    parameters = read_script_parameters(script, engine, jail=where)
    source = read_script(script, parameters, licence="MIT", authors=["A"], engine=engine)
    return build(source.root, source.manifest, recipe_for(source.manifest, **given), out, wanted=WANTED, jail=where)


def test_an_openscad_script(jail, scad_jail, tmp_path):
    (tmp_path / "plate.scad").write_text("width = 30; // [10:40]\ncube([width, 20, 3]);\n")
    result = _build(tmp_path / "plate.scad", jail, scad_jail, tmp_path / "out", width=40)
    assert result.measurements.volume_mm3 == pytest.approx(2400)
    assert result.measurements.watertight
    made = {artifact.name for artifact in result.artifacts}
    assert made == set(WANTED) - {"model.step"}
    assert result.withheld["model.step"] == NO_EXACT


@pytest.mark.parametrize("suffix", ["stl", "3mf"])
def test_files_of_meshes(suffix, jail, scad_jail, tmp_path):
    path = tmp_path / f"tip.{suffix}"
    if suffix == "stl":
        path.write_bytes(binary(CORNERS))
    else:
        package(path, model(f'<object id="1">{TETRAHEDRON}</object>', '<item objectid="1"/>'))
    result = _build(path, jail, scad_jail, tmp_path / "out")
    assert result.measurements.volume_mm3 == pytest.approx(1000 / 6, rel=1e-5)
    assert result.withheld["model.step"] == NO_EXACT
    again = _build(path, jail, scad_jail, tmp_path / "again")
    assert [artifact.sha256 for artifact in again.artifacts] == [artifact.sha256 for artifact in result.artifacts]
