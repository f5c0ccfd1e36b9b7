"""The shipped profiles are whole, known to PrusaSlicer to the last key, and layered within the machine's bounds."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fabnode.protocol import Envelope, PrintHints
from fabnode.safety import machine_limits
from fabnode.slicers.profiles import (
    ProfileError,
    effective,
    layered,
    load_material,
    load_profile,
    load_quality,
    quality_for,
    settings_text,
    shipped_machines,
    shipped_materials,
)
from printers.gcode import Flavour, Macro, MacroRole, material_limits


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
    settings = effective(profile, load_material("PLA"), PrintHints()).values()
    said = {key: settings[key] for key in ("bed_shape", "max_print_height", "nozzle_diameter")}
    assert said == {"bed_shape": "0x0,100x0,100x90,0x90", "max_print_height": "80", "nozzle_diameter": "0.6"}
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


@pytest.mark.parametrize(
    ("key", "value", "layer", "source"),
    [
        ("fill_pattern", "grid", "print", "shipped print.ini"),
        ("bed_shape", "0x0,250x0,250x210,0x210", "machine", "shipped machines/prusa-mk3s.ini"),
        ("nozzle_diameter", "0.6", "here", "the machine's own nozzle and room in fabnode.toml"),
        ("temperature", "210", "material", "shipped materials/pla.ini"),
        ("top_solid_layers", "8", "quality", "shipped qualities/fine.ini"),
        ("layer_height", "0.18", "quality", "shipped qualities/fine.ini"),
        ("perimeters", "4", "hints", "the design's print hints"),
    ],
)
def test_each_value_says_where_it_comes_from(key: str, value: str, layer: str, source: str) -> None:
    profile = load_profile("prusa-mk3s").with_nozzle(0.6).with_quality("fine")
    found = effective(profile, load_material("PLA"), PrintHints(perimeters=4)).settings[key]
    assert (found.value, found.layer, found.source) == (value, layer, source)


def test_what_the_machine_cannot_do_is_said_with_what_was_asked() -> None:
    hints = PrintHints(layer_height_mm=0.5)
    height = effective(load_profile("prusa-mk3s"), load_material("PLA"), hints).settings["layer_height"]
    assert (height.value, height.layer) == ("0.25", "bounds")
    assert height.source == "the machine cannot lay the 0.5 mm of the design's print hints"


@pytest.mark.parametrize(
    ("height", "nozzle", "quality"),
    [
        *[(None, 0.4, "normal"), (0.1, 0.4, "fine"), (0.16, 0.4, "fine"), (0.2, 0.4, "normal"), (0.3, 0.4, "draft")],
        *[(0.2, 0.8, "fine"), (0.5, 0.8, "draft")],
    ],
)
def test_the_designers_layer_height_chooses_the_quality(height: float | None, nozzle: float, quality: str) -> None:
    profile = load_profile("generic").with_nozzle(nozzle)
    assert quality_for(profile, PrintHints(layer_height_mm=height)) == quality


def test_ones_own_material_and_quality_go_first(tmp_path: Path) -> None:
    for folder, stem, setting in (
        ("materials", "pla", "temperature = 205"),
        ("qualities", "fine", "layer_height = 0.1"),
    ):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / f"{stem}.ini").write_text(f"[slicer]\n{setting}\n[curaengine]\nz_seam_type = random\n")
    profile = load_profile("generic")
    found = effective(profile, load_material("PLA", tmp_path), PrintHints(), load_quality("fine", tmp_path))
    assert found.settings["temperature"].value == "205"
    assert found.settings["layer_height"].value == "0.1"
    assert found.settings["layer_height"].source == str(tmp_path / "qualities" / "fine.ini")
    assert found.curaengine["z_seam_type"].source == str(tmp_path / "qualities" / "fine.ini")


MACHINE = (
    "[machine]\ntitle = Mine\nmodel = Home-made\nbed_x_mm = 100\nbed_y_mm = 90\nheight_mm = 80\nnozzle_mm = 0.6\n"
    "max_nozzle_c = 240\nmax_bed_c = 60\n"
)


def test_macros_of_a_klipper_machine_are_named_by_its_profile(tmp_path: Path) -> None:
    said = "flavour = klipper\nstart_macro = PRINT_START EXTRUDER BED\nend_macro = PRINT_END\nmacros = PURGE WIPE\n"
    (tmp_path / "mine.ini").write_text(f"{MACHINE}{said}quality = fine\n[slicer]\n")
    profile = load_profile("mine.ini", tmp_path)
    assert profile.macros == (
        Macro("PURGE", MacroRole.OTHER),
        Macro("WIPE", MacroRole.OTHER),
        Macro("PRINT_START", MacroRole.START, "EXTRUDER", "BED"),
        Macro("PRINT_END", MacroRole.END),
    )
    assert profile.flavour is Flavour.KLIPPER
    assert profile.quality == "fine"
    limits = machine_limits(profile)
    assert (limits.flavour, limits.macros) == (profile.flavour, profile.macros)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("macros = PURGE", "macros are Klipper's: say flavour = klipper"),
        ("flavour = klipper\nmacros = purge", "'purge' is no name of a macro"),
        ("flavour = klipper\nmacros = G28;M500", "is no name of a macro"),
        ("flavour = klipper\nstart_macro = PRINT_START", "as in PRINT_START EXTRUDER BED"),
        ("flavour = klipper\nend_macro = A1 B2", "end_macro names a macro"),
        ("flavour = reprap", "flavour"),
        ("quality = best", "quality"),
    ],
)
def test_macros_that_make_no_sense_are_said(tmp_path: Path, said: str, words: str) -> None:
    (tmp_path / "mine.ini").write_text(f"{MACHINE}{said}\n[slicer]\n")
    with pytest.raises(ProfileError, match=words):
        load_profile("mine.ini", tmp_path)
