"""What every slicer must do, on the real programs as they are installed."""

import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from designs.digest import digest_file
from fabnode.plates import Place, arrange
from fabnode.protocol import Envelope, PrintHints
from fabnode.safety import require_safe
from fabnode.slicers.interface import SliceError, SliceProblem, Slicer
from fabnode.slicers.profiles import QUALITIES, load_material, load_profile, shipped_machines, shipped_materials
from tests.contracts.slicers.conftest import wanted
from tests.fabnode.conftest import box_3mf, box_stl, without_faces
from tests.fabnode.slicers.solids import box, standing_on_its_tip, stl, table

EVERY = [(machine, "PLA") for machine in shipped_machines()] + [
    ("prusa-mk3s", material) for material in shipped_materials() if material != "PLA"
]


async def test_it_names_itself_and_its_version(slicer: Slicer) -> None:
    name, _, version = (await slicer.version()).partition(" ")
    assert name
    assert version[0].isdigit()


@pytest.mark.parametrize(("machine", "material"), EVERY)
async def test_every_shipped_machine_and_material_gives_gcode_that_the_judge_accepts(
    slicer: Slicer, tmp_path: Path, machine: str, material: str
) -> None:
    sliced = await slicer.slice(wanted(tmp_path, box_stl(20, 15, 3), machine=machine, material=material))
    profile = load_profile(machine)
    verdict = require_safe(sliced.gcode, profile, material)
    assert verdict.figures.extrusion_box
    assert verdict.figures.max_nozzle_c <= profile.max_nozzle_c
    assert sliced.layers == 15
    assert sliced.filament_mm
    assert verdict.figures.filament_mm == pytest.approx(sliced.filament_mm, rel=0.15), "intro line aside"
    assert sliced.filament_g
    assert sliced.print_seconds
    assert sliced.print_seconds > 0.8 * verdict.figures.moving_seconds
    density = float(load_material(material).settings["filament_density"])
    grams = sliced.filament_mm * 3.14159 / 4 * 1.75**2 * density / 1000
    assert sliced.filament_g == pytest.approx(grams, rel=0.02)


async def test_3mf_and_stl_of_one_body_take_the_same_filament(slicer: Slicer, tmp_path: Path) -> None:
    from_stl = await slicer.slice(wanted(tmp_path, box_stl(20, 15, 3)))
    from_3mf = await slicer.slice(wanted(tmp_path, box_3mf(20, 15, 3), name="model.3mf"))
    assert from_3mf.filament_mm == pytest.approx(from_stl.filament_mm, rel=0.01)


async def test_the_same_request_gives_the_same_bytes(slicer: Slicer, tmp_path: Path) -> None:
    digests = set()
    for number in range(3):
        folder = tmp_path / str(number)
        folder.mkdir()
        request = wanted(folder, box_3mf(30, 20, 8), name="model.3mf", copies=2, hints=PrintHints(brim_mm=2))
        digests.add(digest_file((await slicer.slice(request)).gcode))
    assert len(digests) == 1


async def test_hints_change_the_print_within_the_machines_bounds(slicer: Slicer, tmp_path: Path) -> None:
    body = box_stl(20, 20, 6)
    plain = await slicer.slice(wanted(tmp_path, body))
    full = await slicer.slice(wanted(tmp_path, body, hints=PrintHints(infill_percent=100, brim_mm=5)))
    assert full.filament_g
    assert plain.filament_g
    assert full.filament_g > 1.3 * plain.filament_g
    coarse = await slicer.slice(wanted(tmp_path, body, hints=PrintHints(layer_height_mm=1.9)))
    assert coarse.layers
    assert coarse.layers >= 6 / 0.25, "the nozzle's coarsest layer, not the hint's"


async def test_the_machines_quality_counts_where_the_designer_says_nothing(slicer: Slicer, tmp_path: Path) -> None:
    request = wanted(tmp_path, box_stl(20, 20, 6))
    layers = []
    for quality in QUALITIES:
        sliced = await slicer.slice(replace(request, profile=request.profile.with_quality(quality)))
        layers.append(sliced.layers)
    assert layers == [24, 30, 49], "all on a first layer of 0.2 mm but the draft's"


async def test_supports_hold_what_overhangs_where_they_are_wanted(slicer: Slicer, tmp_path: Path) -> None:
    body = stl(table(24, 8))
    plain = await slicer.slice(wanted(tmp_path, body))
    held = await slicer.slice(request := wanted(tmp_path, body, hints=PrintHints(supports=True)))
    require_safe(held.gcode, request.profile, "PLA")
    assert held.filament_mm
    assert plain.filament_mm
    assert held.filament_mm > 1.3 * plain.filament_mm


async def test_a_plate_holds_its_copies_apart_and_its_figures_are_of_all(slicer: Slicer, tmp_path: Path) -> None:
    one = await slicer.slice(wanted(tmp_path, box_stl(30, 20, 2)))
    plate = await slicer.slice(request := wanted(tmp_path, box_stl(30, 20, 2), copies=5))
    require_safe(plate.gcode, request.profile, "PLA")
    assert one.filament_g
    assert one.print_seconds
    assert plate.filament_g
    assert plate.print_seconds
    assert plate.copies == 5
    assert plate.layers == one.layers
    assert plate.filament_g == pytest.approx(5 * one.filament_g, rel=0.1)
    assert plate.filament_g_each == pytest.approx(one.filament_g, rel=0.1)
    assert 3 * one.print_seconds < plate.print_seconds < 5.2 * one.print_seconds
    places = arrange(5, Envelope(x=30, y=20, z=2), request.profile.usable).places
    held = [[_is_within(15, 10, place, point) for point in _above_the_skirt(plate.gcode)] for place in places]
    assert all(any(points) for points in held), "each place has its copy"
    assert all(sum(of_all) == 1 for of_all in zip(*held, strict=True)), "and nothing lies between them"


async def test_a_long_part_is_turned_where_it_fits_only_so(slicer: Slicer, tmp_path: Path) -> None:
    request = wanted(tmp_path, box_stl(20, 240, 1))
    sliced = await slicer.slice(request)
    require_safe(sliced.gcode, request.profile, "PLA")
    xs, ys = zip(*_above_the_skirt(sliced.gcode), strict=True)
    assert max(xs) - min(xs) == pytest.approx(240, abs=1)
    assert max(ys) - min(ys) == pytest.approx(20, abs=1)


async def test_a_part_as_large_as_the_bed_goes_without_its_skirt(slicer: Slicer, tmp_path: Path) -> None:
    request = wanted(tmp_path, box_stl(250, 210, 0.6))
    require_safe((await slicer.slice(request)).gcode, request.profile, "PLA")


async def test_a_part_as_high_as_the_machine_is_made(slicer: Slicer, tmp_path: Path) -> None:
    request = wanted(tmp_path, box_stl(6, 6, 210), hints=PrintHints(layer_height_mm=0.25))
    require_safe((await slicer.slice(request)).gcode, request.profile, "PLA")


@pytest.mark.parametrize(
    ("model", "problem", "words"),
    [
        (box_stl(300, 20, 10), SliceProblem.TOO_LARGE, "300 × 20 × 10 mm; Original Prusa i3 MK3S has room for 250"),
        (box_stl(20, 20, 300), SliceProblem.TOO_LARGE, "has room for 250 × 210 × 210 mm"),
        (without_faces(box_stl(20, 20, 10), 2), SliceProblem.NOT_MANIFOLD, "not a closed body (4 open edges)"),
        (stl([(a, c, b) for a, b, c in box((0, 0, 0), (9, 9, 9))]), SliceProblem.NOT_MANIFOLD, "inside out"),
        (without_faces(box_stl(20, 20, 10), 12), SliceProblem.UNREADABLE, "cannot be read: it has no triangles"),
        (b"hello", SliceProblem.UNREADABLE, "cannot be read"),
        (b"", SliceProblem.UNREADABLE, "cannot be read"),
        (box_stl(20, 20, 0.05), SliceProblem.EMPTY, "too thin or too flat"),
        (box_stl(0.1, 0.1, 5), SliceProblem.EMPTY, "too thin or too flat"),
        (stl(standing_on_its_tip(2, 12)), SliceProblem.EMPTY_FIRST_LAYER, "the first layer is empty"),
    ],
)
async def test_failures_explain_themselves(
    slicer: Slicer, tmp_path: Path, model: bytes, problem: SliceProblem, words: str
) -> None:
    with pytest.raises(SliceError) as failed:
        await slicer.slice(wanted(tmp_path, model))
    assert failed.value.problem is problem
    assert words in str(failed.value)
    assert not failed.value.here_only


async def test_a_brim_that_leaves_the_bed_is_said_before_anything_is_sliced(slicer: Slicer, tmp_path: Path) -> None:
    with pytest.raises(
        SliceError, match=r"is 245 × 205 × 2 mm and has a brim of 10 mm all around; .* has room for 250"
    ):
        await slicer.slice(wanted(tmp_path, box_stl(245, 205, 2), hints=PrintHints(brim_mm=10)))


async def test_more_copies_than_the_bed_holds_are_refused_with_the_number_that_it_does(
    slicer: Slicer, tmp_path: Path
) -> None:
    with pytest.raises(SliceError, match=r"7 copies of 100 × 60 × 5 mm do not stand side by side .*: 6 do") as failed:
        await slicer.slice(wanted(tmp_path, box_stl(100, 60, 5), copies=7))
    assert failed.value.problem is SliceProblem.TOO_LARGE


async def test_settings_inside_a_3mf_are_not_obeyed(slicer: Slicer, tmp_path: Path) -> None:
    path = tmp_path / "hostile.3mf"
    path.write_bytes(box_3mf(20, 15, 3))
    settings = f"; post_process = touch {tmp_path}/owned\n; temperature = 300\n; start_gcode = M500\\n\n"
    with zipfile.ZipFile(path, "a") as package:
        package.writestr("Metadata/Slic3r_PE.config", settings)
    hostile = path.read_bytes()
    sliced = await slicer.slice(wanted(tmp_path, hostile, name="model.3mf"))
    plain = replace(wanted(tmp_path, box_3mf(20, 15, 3), name="model.3mf"), into=tmp_path / "again")
    expected = await slicer.slice(plain)
    assert digest_file(sliced.gcode) == digest_file(expected.gcode)
    assert not (tmp_path / "owned").exists()


def _above_the_skirt(gcode: Path) -> list[tuple[float, float]]:
    """Ends of the moves that lay material above the first layer and before the last sequence."""
    at = {"X": 0.0, "Y": 0.0, "Z": 0.0}
    places = []
    for line in gcode.read_text().splitlines():
        if not line.startswith(("G0 ", "G1 ")):
            continue
        words = {word[0]: float(word[1:]) for word in line.partition(";")[0].split()[1:]}
        at |= {axis: value for axis, value in words.items() if axis in at}
        if words.keys() & {"X", "Y"} and words.get("E", 0) > 0 and at["Z"] > 0.35:
            places.append((at["X"], at["Y"]))
    return places


def _is_within(half_x: float, half_y: float, place: Place, point: tuple[float, float]) -> bool:
    return abs(point[0] - place.x) < half_x and abs(point[1] - place.y) < half_y
