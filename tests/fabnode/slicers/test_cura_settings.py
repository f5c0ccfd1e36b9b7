"""What CuraEngine is told comes from the same profiles, with its origin, within what machine and material can do."""

from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fabnode.protocol import PrintHints
from fabnode.slicers.cura_settings import cura_settings
from fabnode.slicers.curaengine import CuraEngine
from fabnode.slicers.interface import SliceError, SliceProblem, SliceRequest
from fabnode.slicers.profiles import (
    Profile,
    ProfileError,
    Setting,
    effective,
    load_material,
    load_profile,
    shipped_machines,
    shipped_materials,
)
from fabnode.slicers.sequences import filled_in, with_clear_height
from tests.fabnode.conftest import box_stl

SPEEDS = ("speed_wall_0", "speed_wall_x", "speed_infill", "speed_topbottom", "speed_print_layer_0", "bridge_skin_speed")


def told(
    machine: str = "prusa-mk3s", material: str = "PLA", *, hints: PrintHints | None = None, height: float = 10
) -> dict[str, Setting]:
    profile = load_profile(machine)
    return cura_settings(effective(profile, load_material(material), hints or PrintHints()), profile, height_mm=height)


@given(
    machine=st.sampled_from(shipped_machines()),
    material=st.sampled_from(shipped_materials()),
    layer=st.none() | st.floats(0.05, 0.5),
    infill=st.none() | st.integers(0, 100),
)
def test_material_is_never_laid_faster_than_it_melts(
    machine: str, material: str, layer: float | None, infill: int | None
) -> None:
    settings = told(machine, material, hints=PrintHints(layer_height_mm=layer, infill_percent=infill))
    melting = float(load_material(material).settings["filament_max_volumetric_speed"])
    area = float(settings["layer_height"].value) * float(settings["wall_line_width_0"].value)
    for key in SPEEDS:
        assert 0 < float(settings[key].value) <= melting / area + 1e-3
    assert all(setting.value.strip() == setting.value and setting.source for setting in settings.values())


@pytest.mark.parametrize(
    ("key", "layer", "source"),
    [
        ("layer_height", "quality", "layer_height in shipped qualities/fine.ini"),
        ("material_print_temperature", "material", "temperature in shipped materials/pla.ini"),
        ("machine_start_gcode", "machine", "start_gcode in shipped machines/prusa-mk3s.ini"),
        ("infill_line_distance", "hints", "fill_density in the design's print hints"),
        ("wall_line_count", "print", "perimeters in shipped print.ini"),
        ("machine_width", "machine", "[machine] in shipped machines/prusa-mk3s.ini"),
        ("ironing_enabled", "curaengine", "shipped curaengine.ini"),
    ],
)
def test_each_value_says_where_it_comes_from(key: str, layer: str, source: str) -> None:
    profile = load_profile("prusa-mk3s").with_quality("fine")
    settings = effective(profile, load_material("PLA"), PrintHints(infill_percent=30))
    found = cura_settings(settings, profile, height_mm=5)[key]
    assert (found.layer, found.source) == (layer, source)


@pytest.mark.parametrize(
    ("infill", "pattern", "distance"), [(0, "grid", 0), (20, "grid", 4.4), (50, "grid", 1.76), (100, "lines", 0.44)]
)
def test_infill_is_as_dense_as_asked(infill: int, pattern: str, distance: float) -> None:
    settings = told(hints=PrintHints(infill_percent=infill))
    assert settings["infill_pattern"].value == pattern
    assert float(settings["infill_line_distance"].value) == pytest.approx(distance)


def test_no_hop_above_the_top_of_the_machine() -> None:
    assert told(height=200)["retraction_hop_enabled"].value == "true"
    at_the_top = told(height=210)["retraction_hop_enabled"]
    assert (at_the_top.value, at_the_top.layer) == ("false", "bounds")


def test_a_profile_says_more_to_curaengine_alone() -> None:
    profile = replace(load_profile("generic"), curaengine=MappingProxyType({"z_seam_type": "random"}))
    settings = effective(profile, load_material("PLA"), PrintHints())
    assert cura_settings(settings, profile, height_mm=5)["z_seam_type"] == Setting("random", "machine", profile.source)
    assert "z_seam_type" not in settings.settings


def test_a_setting_that_cannot_be_read_names_its_file() -> None:
    profile = load_profile("generic")
    odd = replace(profile, settings=MappingProxyType({**profile.settings, "retract_length": "a lot"}))
    with pytest.raises(ProfileError, match=r"shipped machines/generic.ini: retract_length is a number, not 'a lot'"):
        cura_settings(effective(odd, load_material("PLA"), PrintHints()), odd, height_mm=5)


async def test_a_sequence_that_only_prusaslicer_can_calculate_is_named(tmp_path: Path) -> None:
    with pytest.raises(SliceError, match=r"calculates '{if layer_z}.*PrusaSlicer alone can") as failed:
        await sliced(tmp_path, start_gcode="G28\n{if layer_z}G1 Z5{endif}")
    assert failed.value.problem is SliceProblem.SETTINGS
    assert failed.value.here_only


async def sliced(folder: Path, **changed: str) -> None:
    (folder / "model.stl").write_bytes(box_stl(10, 10, 2))
    plain = load_profile("generic")
    profile: Profile = replace(plain, settings=MappingProxyType({**plain.settings, **changed}))
    await CuraEngine().slice(
        SliceRequest(folder / "model.stl", profile, load_material("PLA"), PrintHints(), folder / "slice")
    )


def test_sequences_are_filled_in() -> None:
    assert filled_in("M104 S[temperature] ; [x]", {"temperature": "210", "x": "a"}) == "M104 S210 ; a"
    assert with_clear_height("G1 Z[clear_z]", 30, 200) == "G1 Z50.00"
    assert with_clear_height("G1 Z[clear_z]", 195, 200) == "G1 Z200.00"
    with pytest.raises(ProfileError, match=r"\[colour\], which is no setting"):
        filled_in("M117 [colour]", {})
