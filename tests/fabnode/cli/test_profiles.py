"""fabnode profile: what is in force for a machine, and which file says so."""

import json
from pathlib import Path

import pytest

from tests.fabnode.cli.test_commands import call, refused, said

TOML = """
registry = "http://127.0.0.1:1"
[[machines]]
key = "p1"
driver = "virtual"
profile = "prusa-mk3s"
slicer = "curaengine"
quality = "fine"
nozzle_mm = 0.6
materials = [{ material = "PETG" }]
[[machines]]
key = "l1"
driver = "grbl"
profile = "co2-laser-300"
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "fabnode.toml").write_text(TOML)
    return tmp_path


def test_what_ships_is_listed(tmp_path: Path) -> None:
    words = said(call(tmp_path, "profile", "list"))
    assert "prusa-mk4        Original Prusa MK4" in words
    found = json.loads(said(call(tmp_path, "profile", "list", "--json")))
    assert found["qualities"] == ["draft", "normal", "fine"]
    assert "PETG" in found["materials"]


def test_a_shipped_profile_needs_no_configuration(tmp_path: Path) -> None:
    words = said(call(tmp_path, "profile", "show", "prusa-mk4", "--material", "PLA", "--quality", "fine"))
    assert words.startswith("prusa-mk4 (prusa-mk4) with PLA, fine, for prusaslicer\n")
    line = next(line for line in words.splitlines() if line.startswith("layer_height "))
    assert line.split(None, 3) == ["layer_height", "0.12", "quality", "shipped qualities/fine.ini"]


def test_a_machines_own_slicer_nozzle_quality_and_material_are_taken(home: Path) -> None:
    found = json.loads(said(call(home, "profile", "show", "p1", "--json")))
    assert {key: found[key] for key in ("machine", "profile", "slicer", "material", "quality")} == {
        "machine": "p1", "profile": "prusa-mk3s", "slicer": "curaengine", "material": "PETG", "quality": "fine",
    }  # fmt: skip
    settings = found["settings"]
    assert settings["layer_height"] == {
        "value": "0.18", "layer": "quality", "source": "layer_height in shipped qualities/fine.ini"
    }  # fmt: skip
    assert settings["machine_nozzle_size"]["value"] == "0.6"
    assert settings["material_print_temperature"]["value"] == "240"


def test_a_designs_wish_is_shown_with_what_becomes_of_it(home: Path) -> None:
    asked = ("--slicer", "prusaslicer", "--layer-height", "0.9", "--infill", "40", "--json")
    settings = json.loads(said(call(home, "profile", "show", "p1", *asked)))["settings"]
    assert settings["fill_density"] == {"value": "40%", "layer": "hints", "source": "the design's print hints"}
    assert settings["layer_height"]["layer"] == "bounds"
    assert settings["layer_height"]["value"] == "0.42"


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("p9",), "no machine and no shipped profile 'p9': fabnode.toml has p1, l1; shipped are creality"),
        (("l1",), "the machine l1 cuts"),
        (("p1", "--material", "NYLON"), "no slicer settings for the material 'NYLON'"),
    ],
)
def test_what_there_is_not_is_said(home: Path, args: tuple[str, ...], says: str) -> None:
    assert says in refused(call(home, "profile", "show", *args))
