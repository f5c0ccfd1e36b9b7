"""A model is read by a process of its own, and what a slicer sees is written anew."""

import json
import zipfile
from pathlib import Path

import pytest

from fabnode.protocol import Envelope, PrintHints
from fabnode.slicers.examine import examined, read
from fabnode.slicers.interface import SliceError, SliceProblem, SliceRequest
from fabnode.slicers.model import laid_out
from fabnode.slicers.package import write_package
from fabnode.slicers.profiles import load_material, load_profile
from fabnode.slicers.threemf import read_3mf
from tests.fabnode.conftest import box_3mf, box_stl
from tests.fabnode.slicers.solids import box, stl

ROOM = load_profile("generic").usable


def wanted(folder: Path, model: bytes, copies: int = 1, hints: PrintHints | None = None) -> SliceRequest:
    (folder / "model.3mf").write_bytes(model)
    profile = load_profile("generic")
    return SliceRequest(
        folder / "model.3mf", profile, load_material("PLA"), hints or PrintHints(), folder / "slice", copies
    )


@pytest.mark.parametrize("model", [box_stl(30, 20, 10), box_3mf(30, 20, 10)])
async def test_a_body_stands_in_the_middle_whatever_its_file_says(tmp_path: Path, model: bytes) -> None:
    layout = await laid_out(wanted(tmp_path, model))
    assert layout.body.size == (30, 20, 10)
    assert read(layout.body.stl).bounds() == ((-15, -10, 0), (15, 10, 10))
    (place,) = layout.plate.places
    assert (place.x, place.y) == (ROOM.x / 2, ROOM.y / 2)


@pytest.mark.parametrize(
    ("up", "size"),
    [
        ((0.0, -1.0, 0.0), (30, 10, 20)),
        ((1.0, 0.0, 0.0), (10, 20, 30)),
        ((0.0, 0.0, -1.0), (30, 20, 10)),
        ((0.0, 0.0, 1.0), (30, 20, 10)),
    ],
)
async def test_a_part_lies_on_the_side_that_is_asked_for(
    tmp_path: Path, up: tuple[float, float, float], size: tuple[float, float, float]
) -> None:
    layout = await laid_out(wanted(tmp_path, box_3mf(30, 20, 10), hints=PrintHints(up=up)))
    assert layout.body.size == size
    low, high = read(layout.body.stl).bounds()
    assert (low, high) == ((-size[0] / 2, -size[1] / 2, 0), (size[0] / 2, size[1] / 2, size[2]))


async def test_a_part_far_from_the_origin_loses_nothing(tmp_path: Path) -> None:
    layout = await laid_out(wanted(tmp_path, stl(box((5000, -300, 70), (5030, -280, 80)))))
    assert layout.body.size == (30, 20, 10)
    assert read(layout.body.stl).bounds()[1] == (15, 10, 10)


@pytest.mark.parametrize("size", [(10, 190), (190, 10), (40, 120)])
async def test_the_package_holds_the_copies_where_they_stand(tmp_path: Path, size: tuple[int, int]) -> None:
    layout = await laid_out(wanted(tmp_path, box_stl(*size, 5), copies=3))
    write_package(layout, tmp_path / "plate.3mf")
    x, y = reversed(size) if layout.plate.turned else size
    places = layout.plate.places
    low = (min(place.x for place in places) - x / 2, min(place.y for place in places) - y / 2, 0)
    high = (max(place.x for place in places) + x / 2, max(place.y for place in places) + y / 2, 5)
    assert read_3mf(tmp_path / "plate.3mf").bounds() == (pytest.approx(low), pytest.approx(high))
    with zipfile.ZipFile(tmp_path / "plate.3mf") as package:
        assert package.namelist() == ["[Content_Types].xml", "_rels/.rels", "3D/3dmodel.model"]
        assert {entry.date_time for entry in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}


async def test_a_skirt_is_laid_only_where_it_has_room(tmp_path: Path) -> None:
    roomy = await laid_out(wanted(tmp_path, box_stl(30, 20, 5)))
    assert roomy.settings.settings["skirts"].value == "1"
    tight = await laid_out(wanted(tmp_path, box_stl(ROOM.x, 20, 5)))
    assert tight.settings.settings["skirts"].value == "0"
    assert "no room for a skirt" in tight.settings.settings["skirts"].source


async def test_a_brim_takes_room(tmp_path: Path) -> None:
    fits = wanted(tmp_path, box_stl(ROOM.x - 10, 20, 5), hints=PrintHints(brim_mm=5))
    assert (await laid_out(fits)).plate.places
    with pytest.raises(SliceError, match="has a brim of 6 mm all around"):
        await laid_out(wanted(tmp_path, box_stl(ROOM.x - 10, 20, 5), hints=PrintHints(brim_mm=6)))


async def test_a_model_that_exhausts_its_reader_ends_the_reader_alone(tmp_path: Path) -> None:
    text = b"solid x\n" + b"vertex 1 2 " + b"9" * 100_000
    with pytest.raises(SliceError, match="cannot be read") as failed:
        await laid_out(wanted(tmp_path, text))
    assert failed.value.problem is SliceProblem.UNREADABLE


async def test_a_model_that_is_gone_is_not_the_designers_fault(tmp_path: Path) -> None:
    request = wanted(tmp_path, b"")
    request.model.unlink()
    with pytest.raises(SliceError, match="No such file") as failed:
        await laid_out(request)
    assert failed.value.problem is SliceProblem.CRASHED
    assert failed.value.here_only


def test_the_same_body_gives_the_same_files(tmp_path: Path) -> None:
    (tmp_path / "model.stl").write_bytes(box_stl(3, 4, 5))
    seen = set()
    for number in range(2):
        folder = tmp_path / str(number)
        folder.mkdir()
        facts = examined(read(tmp_path / "model.stl"), folder)
        files = tuple(path.read_bytes() for path in sorted(folder.iterdir()))
        seen.add((json.dumps(facts), files))
    assert len(seen) == 1


def test_room_is_what_fabnode_toml_leaves(tmp_path: Path) -> None:
    profile = load_profile("generic").within(Envelope(x=50, y=60, z=70))
    assert (profile.usable.x, profile.usable.y, profile.usable.z) == (50, 60, 70)
    assert profile.envelope == ROOM
