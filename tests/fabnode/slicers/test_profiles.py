"""The shipped profiles are whole, known to PrusaSlicer to the last key, and layered within the machine's bounds."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fabnode.protocol import Envelope, PrintHints
from fabnode.slicers.profiles import (
    ProfileError,
    layered,
    load_material,
    load_profile,
    settings_text,
    shipped_machines,
    shipped_materials,
)
from printers.gcode import material_limits


def test_what_ships() -> None:
    assert shipped_machines() == ("creality-ender3", "generic", "klipper", "prusa-mk3s", "prusa-mk4")
    assert shipped_materials() == ("ABS", "PETG", "PLA", "TPU")


@pytest.mark.parametrize("machine", shipped_machines())
def test_prusaslicer_knows_every_setting(machine: str, tmp_path: Path) -> None:
    """It passes over unknown ones in silence, so a typing error would change the print and nobody would know."""
    wanted: dict[str, str] = {}
    for material in shipped_materials():
        wanted |= layered(load_profile(machine), load_material(material), PrintHints())
    (tmp_path / "in.ini").write_text(settings_text(wanted))
    subprocess.run(
        ["prusa-slicer", "--datadir", tmp_path / "data", "--load", tmp_path / "in.ini", "--save", tmp_path / "out.ini"],
        check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    kept = dict(line.split(" = ", 1) for line in (tmp_path / "out.ini").read_text().splitlines() if " = " in line)
    assert set(wanted) - set(kept) == set()


@pytest.mark.parametrize("machine", shipped_machines())
@pytest.mark.parametrize("material", shipped_materials())
def test_temperatures_stay_inside_machine_and_material(machine: str, material: str) -> None:
    profile, limits = load_profile(machine), material_limits(material)
    settings = layered(profile, load_material(material), PrintHints())
    for key in ("temperature", "first_layer_temperature"):
        assert limits.min_nozzle_c <= float(settings[key]) <= min(limits.max_nozzle_c, profile.max_nozzle_c)
    for key in ("bed_temperature", "first_layer_bed_temperature"):
        assert 0 < float(settings[key]) <= min(limits.max_bed_c, profile.max_bed_c)


HINTS = st.builds(
    PrintHints,
    layer_height_mm=st.none() | st.floats(0.001, 2),
    infill_percent=st.none() | st.integers(0, 100),
    perimeters=st.none() | st.integers(1, 20),
    supports=st.none() | st.booleans(),
    brim_mm=st.none() | st.floats(0, 50),
)


@given(machine=st.sampled_from(shipped_machines()), hints=HINTS, nozzle=st.sampled_from([0.25, 0.4, 0.6, 0.8]))
def test_hints_stay_inside_what_the_machine_can_do(machine: str, hints: PrintHints, nozzle: float) -> None:
    profile = load_profile(machine).with_nozzle(nozzle)
    settings = layered(profile, load_material("PLA"), hints)
    assert float(settings["min_layer_height"]) <= float(settings["layer_height"]) <= 0.75 * nozzle
    assert float(settings["first_layer_height"]) <= 0.75 * nozzle
    assert int(settings["perimeters"]) <= 10
    assert float(settings["brim_width"]) <= 20
    assert settings["post_process"] == ""
    assert all("\n" not in line for line in settings_text(settings).splitlines())


def test_a_usable_volume_is_never_larger_than_the_machine() -> None:
    profile = load_profile("generic").within(Envelope(x=120, y=900, z=50))
    assert (profile.usable.x, profile.usable.y, profile.usable.z) == (120, 200, 50)
    assert profile.here["bed_shape"] == "0x0,120x0,120x200,0x200"
    assert load_profile("generic").within(Envelope(x=900, y=900, z=900)) == load_profile("generic")


def test_a_profile_of_ones_own(tmp_path: Path) -> None:
    own = tmp_path / "mine.ini"
    own.write_text(
        "[machine]\ntitle = Mine\nmodel = Home-made\nbed_x_mm = 100\nbed_y_mm = 90\nheight_mm = 80\nnozzle_mm = 0.6\n"
        "max_nozzle_c = 240\nmax_bed_c = 60\n[slicer]\nstart_gcode =\n  G28 ; home\n  G90\n"
    )
    profile = load_profile("mine.ini", tmp_path)
    assert profile.envelope == Envelope(x=100, y=90, z=80)
    assert "start_gcode = G28 ; home\\nG90\n" in settings_text(profile.settings)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[slicer]\n", r"has the sections \[machine\] and \[slicer\]"),
        ("[machine]\ntitle = x\n[slicer]\n", r"\[machine\] model: Field required"),
        ("[machine]\ncolour = red\n[slicer]\n", r"\[machine\]"),
        ("no ini at all", "is not an .ini profile"),
        ("[slicer]\na = 1\na = 2\n", "is not an .ini profile"),
    ],
)
def test_a_bad_profile_is_said_with_its_file(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "bad.ini").write_text(text)
    with pytest.raises(ProfileError, match=words) as failed:
        load_profile("bad.ini", tmp_path)
    assert "bad.ini" in str(failed.value)


@pytest.mark.parametrize("name", ["ultimaker", "../print", "/etc/passwd", ""])
def test_an_unknown_profile_names_those_that_there_are(name: str) -> None:
    with pytest.raises(ProfileError, match="creality-ender3, generic, klipper, prusa-mk3s, prusa-mk4"):
        load_profile(name)


@pytest.mark.parametrize("name", ["NYLON", "../machines/generic", ""])
def test_an_unknown_material_names_those_that_there_are(name: str) -> None:
    with pytest.raises(ProfileError, match="ABS, PETG, PLA, TPU"):
        load_material(name)
