"""What every slicer must do, on real files: here PrusaSlicer as it is installed."""

import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from designs.digest import digest_file
from fabnode.protocol import PrintHints
from fabnode.safety import Unsafe, require_safe
from fabnode.slicers.curaengine import CuraEngine
from fabnode.slicers.interface import SliceError, SliceProblem, Slicer, SliceRequest
from fabnode.slicers.profiles import load_material, load_profile, shipped_machines, shipped_materials
from fabnode.slicers.prusaslicer import PrusaSlicer
from tests.fabnode.conftest import box_3mf, box_stl, without_faces


@pytest.fixture(params=[PrusaSlicer, CuraEngine])
def slicer(request: pytest.FixtureRequest) -> Slicer:
    made: Slicer = request.param()
    return made


def request(
    folder: Path,
    model: bytes,
    *,
    name: str = "model.stl",
    machine: str = "prusa-mk3s",
    material: str = "PLA",
    hints: PrintHints | None = None,
) -> SliceRequest:
    path = folder / name
    path.write_bytes(model)
    profile, laid = load_profile(machine), load_material(material)
    return SliceRequest(path, profile, laid, hints or PrintHints(), folder / "slice")


async def test_it_names_itself_and_its_version(slicer: Slicer) -> None:
    name, _, version = (await slicer.version()).partition(" ")
    assert name
    assert version[0].isdigit()


@pytest.mark.parametrize("machine", shipped_machines())
@pytest.mark.parametrize("material", shipped_materials())
async def test_every_shipped_machine_and_material_gives_gcode_that_the_judge_accepts(
    slicer: Slicer, tmp_path: Path, machine: str, material: str
) -> None:
    sliced = await slicer.slice(request(tmp_path, box_stl(20, 15, 3), machine=machine, material=material))
    profile = load_profile(machine)
    verdict = require_safe(sliced.gcode, profile, material)
    assert verdict.figures.extrusion_box
    assert verdict.figures.max_nozzle_c <= profile.max_nozzle_c
    assert sliced.layers == 15
    assert sliced.filament_mm
    assert verdict.figures.filament_mm == pytest.approx(sliced.filament_mm, rel=0.15), "intro line aside"
    assert sliced.filament_g
    assert sliced.print_seconds
    density = float(load_material(material).settings["filament_density"])
    grams = sliced.filament_mm * 3.14159 / 4 * 1.75**2 * density / 1000
    assert sliced.filament_g == pytest.approx(grams, rel=0.02)


async def test_3mf_and_stl_of_one_body_take_the_same_filament(slicer: Slicer, tmp_path: Path) -> None:
    from_stl = await slicer.slice(request(tmp_path, box_stl(20, 15, 3)))
    from_3mf = await slicer.slice(request(tmp_path, box_3mf(20, 15, 3), name="model.3mf"))
    assert from_3mf.filament_mm == pytest.approx(from_stl.filament_mm, rel=0.01)


async def test_the_same_request_gives_the_same_bytes(slicer: Slicer, tmp_path: Path) -> None:
    digests = set()
    for number in range(3):
        folder = tmp_path / str(number)
        folder.mkdir()
        sliced = await slicer.slice(request(folder, box_3mf(30, 20, 8), name="model.3mf"))
        digests.add(digest_file(sliced.gcode))
    assert len(digests) == 1


async def test_hints_change_the_print_within_the_machines_bounds(slicer: Slicer, tmp_path: Path) -> None:
    body = box_stl(20, 20, 6)
    plain = await slicer.slice(request(tmp_path, body))
    full = await slicer.slice(request(tmp_path, body, hints=PrintHints(infill_percent=100, brim_mm=5)))
    assert full.filament_g
    assert plain.filament_g
    assert full.filament_g > 1.3 * plain.filament_g
    coarse = await slicer.slice(request(tmp_path, body, hints=PrintHints(layer_height_mm=1.9)))
    assert coarse.layers
    assert coarse.layers >= 6 / 0.25, "the nozzle's coarsest layer, not the hint's"


@pytest.mark.parametrize(
    ("model", "problem", "words"),
    [
        (box_stl(300, 20, 10), SliceProblem.TOO_LARGE, "300 × 20 × 10 mm; Original Prusa i3 MK3S has room for 250"),
        (box_stl(20, 20, 300), SliceProblem.TOO_LARGE, "has room for 250 × 210 × 210 mm"),
        (without_faces(box_stl(20, 20, 10), 2), SliceProblem.NOT_MANIFOLD, "not a closed body"),
        (without_faces(box_stl(20, 20, 10), 12), SliceProblem.UNREADABLE, "cannot be read"),
        (b"hello", SliceProblem.UNREADABLE, "cannot be read"),
        (b"", SliceProblem.UNREADABLE, "cannot be read"),
        (box_stl(20, 20, 0.05), SliceProblem.EMPTY, "too thin or too flat"),
        (box_stl(0.1, 0.1, 5), SliceProblem.EMPTY, "too thin or too flat"),
    ],
)
async def test_failures_explain_themselves(
    slicer: Slicer, tmp_path: Path, model: bytes, problem: SliceProblem, words: str
) -> None:
    with pytest.raises(SliceError) as failed:
        await slicer.slice(request(tmp_path, model))
    assert failed.value.problem is problem
    assert words in str(failed.value)
    assert not failed.value.here_only


async def test_a_brim_that_leaves_the_bed_is_refused_before_it_reaches_a_machine(
    slicer: Slicer, tmp_path: Path
) -> None:
    wanted = request(tmp_path, box_stl(250, 210, 2), hints=PrintHints(brim_mm=10))
    with pytest.raises((SliceError, Unsafe), match=r"has a brim of 10 mm all around"):
        await slice_safely(slicer, wanted)


async def slice_safely(slicer: Slicer, wanted: SliceRequest) -> None:
    sliced = await slicer.slice(wanted)
    require_safe(sliced.gcode, wanted.profile, wanted.material.name)


async def test_settings_inside_a_3mf_are_not_obeyed(slicer: Slicer, tmp_path: Path) -> None:
    path = tmp_path / "hostile.3mf"
    path.write_bytes(box_3mf(20, 15, 3))
    settings = f"; post_process = touch {tmp_path}/owned\n; temperature = 300\n; start_gcode = M500\\n\n"
    with zipfile.ZipFile(path, "a") as package:
        package.writestr("Metadata/Slic3r_PE.config", settings)
    hostile = path.read_bytes()
    sliced = await slicer.slice(request(tmp_path, hostile, name="model.3mf"))
    plain = replace(request(tmp_path, box_3mf(20, 15, 3), name="model.3mf"), into=tmp_path / "again")
    expected = await slicer.slice(plain)
    assert digest_file(sliced.gcode) == digest_file(expected.gcode)
    assert not (tmp_path / "owned").exists()


async def test_a_slicer_that_is_not_there_says_how_to_get_it() -> None:
    with pytest.raises(SliceError, match="no-such-slicer is not installed") as failed:
        await PrusaSlicer("no-such-slicer").version()
    assert failed.value.here_only


async def test_a_slicing_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    with pytest.raises(SliceError, match="took longer") as failed:
        await PrusaSlicer(seconds=0.01).slice(request(tmp_path, box_stl(100, 100, 100)))
    assert failed.value.problem is SliceProblem.TIME


async def test_a_full_disk_is_not_the_models_fault(tmp_path: Path) -> None:
    there = tmp_path / "bin" / "prusa-slicer"
    there.parent.mkdir()
    there.write_text(
        '#!/bin/sh\ncase "$1" in --help) echo PrusaSlicer-2.5.0;;\n'
        '--info) printf "size_x = 1\\nsize_y = 1\\nsize_z = 1\\nmanifold = yes\\n";;\n'
        '*) echo "Failed writing: Is the disk full?" >&2; exit 1;; esac\n'
    )
    there.chmod(0o755)
    with pytest.raises(SliceError, match="could not write") as failed:
        await PrusaSlicer(str(there)).slice(request(tmp_path, box_stl(1, 1, 1)))
    assert failed.value.here_only
