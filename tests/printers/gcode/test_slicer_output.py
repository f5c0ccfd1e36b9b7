"""What PrusaSlicer itself writes is read, agrees with its own figures, and is read fast."""

import re
import struct
import subprocess
import time
from pathlib import Path

import pytest

from printers.gcode import MachineLimits, Verdict, judge, material_limits

SIZE_MM = 20.0
LIMITS = MachineLimits.for_bed(200, 200, 180, max_nozzle_c=280, max_bed_c=110)
OPTIONS = {
    "center": "100,100",
    "gcode-flavor": "marlin2",
    "temperature": "210",
    "first-layer-temperature": "215",
    "bed-temperature": "60",
    "first-layer-bed-temperature": "60",
    "layer-height": "0.2",
    "first-layer-height": "0.2",
    "skirts": "0",
    "end-gcode": "M104 S0\nM140 S0\nM84",
}


@pytest.fixture(scope="module")
def sliced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sliced")
    (folder / "cube.stl").write_bytes(cube_stl(SIZE_MM))
    return slice_stl(folder / "cube.stl", folder / "cube.gcode")


def slice_stl(stl: Path, into: Path, more: dict[str, str] | None = None) -> Path:
    """Slice with PrusaSlicer; an option with an empty value is a switch."""
    options = [part for key, value in (OPTIONS | (more or {})).items() for part in (f"--{key}", value) if part]
    subprocess.run(["prusa-slicer", "--export-gcode", *options, "-o", into, stl], check=True, capture_output=True)
    return into


def cube_stl(side: float) -> bytes:
    """A cube as binary STL."""
    corners = [(x, y, z) for x in (0, side) for y in (0, side) for z in (0, side)]
    faces = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    triangles = [triangle for a, b, c, d in faces for triangle in ((a, b, c), (a, c, d))]
    body = b"".join(struct.pack("<12fH", 0, 0, 0, *corners[a], *corners[b], *corners[c], 0) for a, b, c in triangles)
    return b"\0" * 80 + struct.pack("<I", len(triangles)) + body


def figure(gcode: Path, name: str) -> float:
    found = re.search(rf"^; {re.escape(name)} = ([\d.]+)", gcode.read_text(), re.MULTILINE)
    assert found
    return float(found[1])


def own_seconds(gcode: Path) -> float:
    found = re.search(
        r"^; estimated printing time \(normal mode\) = (?:(\d+)m )?(\d+)s", gcode.read_text(), re.MULTILINE
    )
    assert found
    return int(found[1] or 0) * 60 + int(found[2])


def judged(gcode: Path) -> Verdict:
    return judge(gcode, LIMITS, material_limits("PLA"))


def test_a_sliced_cube_is_accepted_and_measured(sliced: Path) -> None:
    verdict = judged(sliced)
    assert verdict.explain() == ""
    figures = verdict.figures
    assert figures.extrusion_box is not None
    # The line's middle runs half its width inside of the wall.
    assert figures.extrusion_box.size[:2] == pytest.approx((SIZE_MM, SIZE_MM), abs=0.6)
    assert figures.extrusion_box.max_z == pytest.approx(SIZE_MM)
    assert figures.layers == 100
    assert figures.filament_mm == pytest.approx(figure(sliced, "filament used [mm]"), rel=0.01)
    assert 0.6 * own_seconds(sliced) < figures.moving_seconds <= own_seconds(sliced)


@pytest.mark.parametrize(
    "more",
    [
        {"use-relative-e-distances": "", "layer-gcode": "G92 E0"},
        {"gcode-flavor": "marlin", "machine-limits-usage": "emit_to_gcode"},
        {"gcode-label-objects": "", "gcode-comments": ""},
        {"spiral-vase": "", "perimeters": "1", "fill-density": "0", "top-solid-layers": "0"},
    ],
    ids=["relative-e", "machine-limits", "comments", "vase"],
)
def test_other_settings_of_the_slicer_are_read_too(sliced: Path, tmp_path: Path, more: dict[str, str]) -> None:
    assert judged(slice_stl(sliced.with_suffix(".stl"), tmp_path / "cube.gcode", more)).explain() == ""


def test_a_cube_off_the_bed_is_refused_though_the_slicer_writes_it(sliced: Path, tmp_path: Path) -> None:
    off = slice_stl(sliced.with_suffix(".stl"), tmp_path / "off.gcode", {"center": "198,100"})
    reasons = judged(off).reasons
    assert {reason.code for reason in reasons} == {"outside"}
    assert all(reason.line > 0 for reason in reasons)


def test_a_large_file_is_judged_at_a_useful_speed(sliced: Path, tmp_path: Path) -> None:
    text = sliced.read_text()
    large = tmp_path / "large.gcode"
    body = text[text.index(";LAYER_CHANGE") : text.index("; filament used")]
    large.write_text(
        "G21\nG90\nM82\nM109 S210\nG28\n" + body.replace("M104 S0\nM140 S0\nM84", "") * 30 + "M104 S0\nM140 S0\n"
    )
    begin = time.process_time()
    verdict = judged(large)
    seconds = time.process_time() - begin
    assert verdict.accepted
    assert verdict.figures.lines > 100_000
    # 360,000 lines/s on a quiet machine; a loaded one and a slower interpreter get leave.
    assert verdict.figures.lines / seconds > 60_000
