"""Artifacts on demand: what is wanted is made, or withheld with a reason, and always the same."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import trimesh

from designs.digest import digest_file
from designs.engines.interface import Body, EngineError, Geometry
from designs.formats.mesh_form import write_mesh_form
from designs.formats.production import ARTIFACTS
from tests.designs.formats.produce_all import as_meshes, exact, produce
from tests.designs.solids import SHAPES, mesh_of

FORMS = {"exact": exact, "mesh": as_meshes}
ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    """Form → artifact → digest, where all are made at once."""
    folder = tmp_path_factory.mktemp("all")
    return {
        form: {name: digest_file(folder / form / name) for name in produce(geometry(), folder / form).made}
        for form, geometry in FORMS.items()
    }


def test_all_are_made(made: dict[str, dict[str, str]]) -> None:
    assert set(made["exact"]) == set(ARTIFACTS)
    assert set(made["mesh"]) == set(ARTIFACTS) - {"model.step"}


@pytest.mark.parametrize(
    "wanted",
    [
        ["model.step"],
        ["model-fine.glb", "front.svg"],
        ["model.3mf", "measurements.json"],
        ["drawing.svg"],
        ["model.dxf"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("form", FORMS)
def test_an_artifact_is_the_same_whatever_else_is_wanted(
    form: str, wanted: list[str], made: dict[str, dict[str, str]], tmp_path: Path
) -> None:
    result = produce(FORMS[form](), tmp_path, wanted)
    assert {path.name for path in tmp_path.iterdir()} == set(result.made)
    assert set(result.made) | set(result.withheld) == set(wanted)
    for name in result.made:
        assert digest_file(tmp_path / name) == made[form][name]


def test_the_same_bytes_in_every_process(made: dict[str, dict[str, str]], tmp_path: Path) -> None:
    """Under another hash seed, in another folder, another language, with more threads."""
    environment = os.environ | {"PYTHONHASHSEED": "77", "LC_ALL": "C", "TZ": "Asia/Tokyo", "OMP_NUM_THREADS": "2"}
    run = subprocess.run(
        [sys.executable, "-m", "tests.designs.formats.produce_all", str(tmp_path / "elsewhere")],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        check=True,
    )
    told = json.loads(run.stdout[run.stdout.rindex(b"{") :])
    here = {f"{form} {name}": digest for form, digests in made.items() for name, digest in digests.items()}
    assert told == here


def test_a_step_file_is_the_same_after_others_have_set_the_kernel_up(
    made: dict[str, dict[str, str]], tmp_path: Path
) -> None:
    from OCP.Interface import Interface_Static

    for name, odd in (("write.surfacecurve.mode", 0), ("write.precision.mode", 1), ("write.stepcaf.subshapes.name", 1)):
        assert Interface_Static.SetIVal_s(name, odd)
    assert Interface_Static.SetCVal_s("xstep.cascade.unit", "INCH")
    produce(exact(), tmp_path, ["model.step"])
    assert digest_file(tmp_path / "model.step") == made["exact"]["model.step"]


def test_a_mesh_has_no_exact_geometry(tmp_path: Path) -> None:
    result = produce(as_meshes(), tmp_path, ["model.step"])
    assert result.made == ()
    assert "no exact geometry" in result.withheld["model.step"]


def geometry_of(nodes: np.ndarray, triangles: np.ndarray) -> Geometry:
    return Geometry(write_mesh_form([(nodes, triangles)]), (Body("shell"),), "mesh")


def damaged() -> dict[str, Geometry]:
    points, triangles = mesh_of(SHAPES["tube"]).welded
    return {
        "open": geometry_of(points, triangles[3:]),
        "inside out": geometry_of(points, triangles[:, ::-1]),
        "one triangle": geometry_of(points, triangles[:1]),
        "a side twice": geometry_of(points, np.concatenate([triangles, triangles[:1]])),
        "flat": geometry_of(points * [1, 1, 0], triangles),
    }


@pytest.mark.parametrize("what", ["open", "inside out", "one triangle", "a side twice", "flat"])
def test_a_mesh_that_is_no_solid_gives_findings(what: str, tmp_path: Path) -> None:
    result = produce(damaged()[what], tmp_path)
    assert set(result.made) | set(result.withheld) == set(ARTIFACTS)
    assert set(result.withheld) <= {"model.step", "model.dxf"}
    findings = json.loads((tmp_path / "findings.json").read_text())
    assert {finding["code"] for finding in findings if finding["severity"] == "error"}
    assert len(trimesh.load_mesh(tmp_path / "model.stl").faces) > 0


def test_bodies_without_geometry(tmp_path: Path) -> None:
    geometry = exact()
    with pytest.raises(EngineError, match="2 shapes came back for 1 bodies"):
        produce(Geometry(geometry.data, geometry.bodies[:1]), tmp_path)
