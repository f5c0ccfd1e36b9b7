"""Every design goes once through the one door to geometry, jail and all, with its defaults."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from designs import build as door
from designs.analysis import Analysis
from designs.checks import Severity
from designs.digest import digest_bytes
from designs.parameters import resolve
from designs.recipe import Recipe
from tests.library.models import FOLDER, NAMES, Library

MESH_ERROR = 0.02
"""Measurements may be taken from the mesh, which is coarser than the surfaces."""
BED_MM = (250.0, 210.0, 210.0)
"""Of the most common printer in the facilities' profiles."""
SHEET_MM = (395.0, 395.0, 20.0)
"""What parts may take on the smallest laser that a box is cut on."""


@pytest.fixture(scope="module", autouse=True)
def _jail() -> Iterator[None]:
    yield
    door.shut_down()


@pytest.mark.parametrize("name", NAMES)
def test_defaults_build_in_the_jail(library: Library, name: str, tmp_path: Path) -> None:
    manifest = library.manifest(name)
    recipe = Recipe(
        snapshot=digest_bytes(name.encode()),
        parameters=resolve(manifest, {}),
        engine_fingerprint=door.engine_fingerprint(manifest.engine),
    )
    result = door.build(FOLDER / name, manifest, recipe, tmp_path)
    assert {artifact.name for artifact in result.artifacts} | set(result.withheld) == set(door.ARTIFACTS)
    analysis = Analysis.from_json(json.loads((tmp_path / "analysis.json").read_text()))
    told = [*result.findings, *analysis.findings]
    assert [finding.message for finding in told if finding.severity is not Severity.INFO] == []
    assert all(body.proposal is not None and body.proposal.as_drawn for body in analysis.bodies)
    assert [finding.message for finding in result.findings if finding.code == "does_not_fit"] == []
    bodies = library.bodies(name).values()
    assert result.measurements.watertight
    assert result.measurements.solids == len(bodies)
    volume = sum(body.Volume() for body in bodies)
    assert float(result.measurements.volume_mm3) == pytest.approx(volume, rel=MESH_ERROR)
    most = BED_MM if manifest.print.process == "fdm" else SHEET_MM
    assert all(extent <= room for extent, room in zip(result.measurements.size, most, strict=True))
