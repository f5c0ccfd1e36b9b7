"""Machines of one's own: started by Klipper's macros, or told next to nothing about; the judge lets both print."""

from dataclasses import replace
from pathlib import Path

import pytest

from fabnode.safety import Unsafe, require_safe
from fabnode.slicers.interface import Slicer
from fabnode.slicers.profiles import load_profile
from tests.contracts.slicers.conftest import wanted
from tests.fabnode.conftest import box_stl

OWN = """
[machine]
title = Our Voron
model = Voron
flavour = klipper
start_macro = PRINT_START EXTRUDER BED
end_macro = PRINT_END
macros = LINE_PURGE
bed_x_mm = 250
bed_y_mm = 250
height_mm = 220
nozzle_mm = 0.4
max_nozzle_c = 290
max_bed_c = 110
max_feed_mm_s = 300

[slicer]
"""
SEQUENCES = """
start_gcode =
    PRINT_START EXTRUDER=[first_layer_temperature] BED=[first_layer_bed_temperature]
    LINE_PURGE
    SET_VELOCITY_LIMIT ACCEL=3000
    G90
    M83
    G92 E0
end_gcode =
    PRINT_END
"""


def own_profile(folder: Path) -> str:
    """The shipped settings with sequences of one's own."""
    shipped = load_profile("klipper").settings
    kept = {key: value for key, value in shipped.items() if key not in {"start_gcode", "end_gcode"}}
    kept |= {"bed_shape": "0x0,250x0,250x250,0x250", "max_print_height": "220"}
    path = folder / "voron.ini"
    path.write_text(OWN + "\n".join(f"{key} = {value}" for key, value in kept.items()) + SEQUENCES)
    return str(path)


async def test_macros_that_the_profile_names_may_start_and_end_a_print(slicer: Slicer, tmp_path: Path) -> None:
    request = replace(wanted(tmp_path, box_stl(20, 15, 3)), profile=load_profile(own_profile(tmp_path)))
    sliced = await slicer.slice(request)
    verdict = require_safe(sliced.gcode, request.profile, "PLA")
    assert (verdict.figures.max_nozzle_c, verdict.figures.max_bed_c) == (215, 60)
    with pytest.raises(Unsafe, match=r"\(LINE_PURGE\): LINE_PURGE may not be in a print: .* the profile names"):
        require_safe(sliced.gcode, replace(request.profile, macros=request.profile.macros[1:]), "PLA")


BARE = """
[machine]
title = Home-made
model = none
bed_x_mm = 100
bed_y_mm = 90
height_mm = 80
nozzle_mm = 0.6
max_nozzle_c = 240
max_bed_c = 60
[slicer]
start_gcode =
    G90
    M83
    M109 S[first_layer_temperature]
    G28
    G1 Z5 F600
end_gcode =
    M104 S0
    M140 S0
"""


async def test_a_machine_that_says_no_more_than_it_must_is_sliced_for(slicer: Slicer, tmp_path: Path) -> None:
    (tmp_path / "bare.ini").write_text(BARE)
    request = replace(wanted(tmp_path, box_stl(20, 15, 3)), profile=load_profile("bare.ini", tmp_path))
    assert (await slicer.slice(request)).layers == 10, "of 0.3 mm, half of the nozzle"
    require_safe(request.into / "out.gcode", request.profile, "PLA")
