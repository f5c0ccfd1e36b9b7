"""What a laser or router tells of itself, and what it cuts from which sheet."""

from dataclasses import replace
from pathlib import Path

import pytest

from fabnode.preparation.cutting import Cutting
from fabnode.preparation.interface import Unprepared
from fabnode.protocol import ClaimedJob, LoadedMaterial, PrintHints, Process
from fabnode.toolpaths.cutters import load_cutter
from tests.fabnode.toolpaths.drawing import circle, cuts_of, drawing, polygon, rectangle

SHEETS = (
    LoadedMaterial(material="HDPE", thickness_mm=5.2),
    LoadedMaterial(material="birch plywood", thickness_mm=5.8),
)


def router(folder: Path, *sheets: LoadedMaterial) -> Cutting:
    return Cutting(load_cutter("router-6040", folder), sheets or SHEETS, folder)


def job(thickness_mm: float | None = 6, material: str = "birch plywood", tabs: bool | None = None) -> ClaimedJob:
    return ClaimedJob(
        job="j", attempt="a", epoch=1, lease_seconds=60, machine="router", order="o", design="ada/plate@1.0.0",
        snapshot="0" * 64, recipe="1" * 64, artifacts=(), process=Process.CNC, material=material,
        thickness_mm=thickness_mm, hints=PrintHints(tabs=tabs),
    )  # fmt: skip


def test_a_router_tells_its_tool_and_its_room(tmp_path: Path) -> None:
    facts = router(tmp_path).facts
    assert (facts.process, facts.nozzle_mm, facts.most_copies) == (Process.CNC, 3.175, 100)
    assert facts.envelope.x == 600 - 2 * (2 + 3.175)
    thick = replace(router(tmp_path), cutter=load_cutter("router-6040", tmp_path).with_tool(8))
    assert thick.facts.most_copies == 1, "copies stand closer together than its cut is wide"


async def test_it_cuts_as_deep_as_the_sheet_that_lies_there(tmp_path: Path) -> None:
    dxf = drawing(tmp_path, polygon(rectangle(0, 0, 80, 60)), circle((40, 30), 10))
    made = await router(tmp_path).prepare(dxf, job(), tmp_path / "making")
    assert made.maker.endswith("toolpaths")
    assert made.print_seconds is not None
    deepest = min(height for cut in cuts_of(made.gcode) for height in cut.heights)
    assert deepest == pytest.approx(-(5.8 + 0.3))


async def test_the_designer_may_do_without_tabs(tmp_path: Path) -> None:
    dxf = drawing(tmp_path, polygon(rectangle(0, 0, 80, 60)))
    held = await router(tmp_path).prepare(dxf, job(), tmp_path / "held")
    free = await router(tmp_path).prepare(dxf, job(tabs=False), tmp_path / "free")
    (with_tabs,), (without,) = cuts_of(held.gcode), cuts_of(free.gcode)
    assert len(set(with_tabs.heights)) > len(set(without.heights))


@pytest.mark.parametrize(
    ("wanted", "says", "retry"),
    [
        (job(None), "does not say how thick the sheet is", False),
        (job(9), "birch plywood of 9 mm does not lie ready at Router 6040.*there is HDPE of 5.2 mm, birch", True),
        (job(6, "MDF"), "MDF of 6 mm does not lie ready", True),
    ],
)
async def test_another_sheet_is_not_cut(tmp_path: Path, wanted: ClaimedJob, says: str, *, retry: bool) -> None:
    dxf = drawing(tmp_path, polygon(rectangle(0, 0, 80, 60)))
    with pytest.raises(Unprepared, match=says) as refused:
        await router(tmp_path).prepare(dxf, wanted, tmp_path / "making")
    assert refused.value.retry is retry


async def test_a_sheet_without_settings_is_named(tmp_path: Path) -> None:
    dxf = drawing(tmp_path, polygon(rectangle(0, 0, 80, 60)))
    cutting = router(tmp_path, LoadedMaterial(material="oak", thickness_mm=6))
    with pytest.raises(Unprepared, match=r"nothing tells how Router 6040.* cuts oak of 6 mm; there are HDPE 5 mm"):
        await cutting.prepare(dxf, job(6, "oak"), tmp_path / "making")
