"""What holds for every design of the library."""

import time

import pytest

from designs.licences import parse_licence
from designs.parameters import resolve
from designs.source import read_folder
from tests.library.models import FOLDER, NAMES, Library, corners
from tests.library.solids import mesh

from cadquery import cqgi  # isort: skip  (tests.library.models makes it importable)

CORNERS = 4
"""For each design; the ends of every parameter are touched as far as relations allow."""
MESH_ERROR = 0.02
"""A coarse mesh of a small round part loses this share of its volume."""
SLOW_SECONDS = 5.0
"""Of processor time, for building and meshing one set of values."""


def sound(bodies: object) -> list[str]:
    """What is wrong with the bodies of a design."""
    wrong = []
    for name, body in dict(bodies).items():
        surface = mesh(body)
        if not body.isValid() or len(body.Solids()) != 1 or body.Volume() <= 0:
            wrong.append(f"{name} is not one valid solid")
        if not surface.is_watertight or abs(surface.volume / body.Volume() - 1) > MESH_ERROR:
            wrong.append(f"{name} has no watertight mesh of its volume")
        if abs(surface.bounds[0][2]) > 1e-6:
            wrong.append(f"{name} does not lie on the bed: {surface.bounds[0]}")
    return wrong if bodies else ["nothing shown"]


def test_there_are_enough_designs() -> None:
    assert len(NAMES) >= 12


@pytest.mark.parametrize("name", NAMES)
def test_folder_is_complete(library: Library, name: str) -> None:
    source = read_folder(FOLDER / name)
    manifest = source.manifest
    assert manifest.name == name
    assert not str(parse_licence(manifest.licence)).startswith("LicenseRef")
    assert manifest.authors == ("Cofab contributors",)
    assert len(manifest.presets) >= 2
    assert manifest.tags
    readme = (FOLDER / name / "README.md").read_text(encoding="utf-8")
    assert [p.name for p in manifest.parameters if f"`{p.name}`" not in readme] == []
    assert manifest.licence in readme
    assert (FOLDER / name / "image.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("name", NAMES)
def test_script_has_the_manifests_parameters_and_runs_by_itself(library: Library, name: str) -> None:
    model = cqgi.parse(library.script(name))
    defaults = resolve(library.manifest(name), {}).for_script()
    assert {p.name: p.default_value for p in model.metadata.parameters.values()} == defaults
    result = model.build()
    assert result.success, result.exception
    assert len(result.results) == len(library.bodies(name))


@pytest.mark.parametrize("name", NAMES)
def test_defaults_and_presets_are_sound(library: Library, name: str) -> None:
    presets = [None, *(preset.name for preset in library.manifest(name).presets)]
    started = time.process_time()
    for preset in presets:
        assert sound(library.bodies(name, preset)) == [], preset
    assert time.process_time() - started < SLOW_SECONDS * len(presets)


@pytest.mark.parametrize("name", NAMES)
def test_corners_of_the_parameter_space_are_sound(library: Library, name: str) -> None:
    chosen = list(corners(library.manifest(name), CORNERS))
    assert len(chosen) == CORNERS
    for values in chosen:
        assert sound(library.bodies(name, **values)) == [], values
