"""A sheet's settings are found by what files say of themselves, the facility's own first, in layers."""

from pathlib import Path

import pytest

from fabnode.protocol import Envelope, PrintHints, Process
from fabnode.toolpaths.cut_files import FOLDER, find_cut
from fabnode.toolpaths.cutters import Cutter, is_cutter, load_cutter, shipped_cutters
from fabnode.toolpaths.cutting import LaserCut, RouterCut
from fabnode.toolpaths.errors import ToolpathError
from tests.fabnode.toolpaths.test_cutting import GOOD

NO_HINTS = PrintHints()


def laser(folder: Path) -> Cutter:
    return load_cutter("diode-laser-400", folder)


def test_every_shipped_file_can_be_used_by_a_shipped_machine(tmp_path: Path) -> None:
    cutters = [load_cutter(name, tmp_path) for name in shipped_cutters()]
    found = set()
    for cutter in cutters:
        for path in (FOLDER / cutter.cuts).glob("*.ini"):
            material, thickness = path.stem.rsplit("-", 1)
            cut = find_cut(cutter, material.replace("-", " "), float(thickness), tmp_path, NO_HINTS)
            assert cut.thickness_mm == float(thickness)
            assert cut.feed_mm_min <= cutter.max_feed_mm_min
            found.add(path)
    assert found == set(FOLDER.glob("*/*.ini"))
    assert {cutter.process for cutter in cutters} == {Process.LASER, Process.CNC}


def test_material_machine_and_hints_lie_over_each_other(tmp_path: Path) -> None:
    cut = find_cut(laser(tmp_path), "Birch  PLYWOOD", 3.2, tmp_path, PrintHints(tabs=True))
    assert isinstance(cut, LaserCut)
    assert (cut.feed_mm_min, cut.tab_spacing_mm, cut.tab_width_mm) == (900, 150, 0.8)


def test_the_facilitys_own_files_go_first(tmp_path: Path) -> None:
    shared, own = tmp_path / "cuts" / "diode-40w", tmp_path / "cuts" / "diode-laser-400"
    for folder, feed in ((shared, 700), (own, 650)):
        folder.mkdir(parents=True)
        text = GOOD.replace("card", "birch plywood").replace("= 1\n", "= 3\n").replace("600", str(feed))
        (folder / "mine.ini").write_text(text)
        assert find_cut(laser(tmp_path), "birch plywood", 3, tmp_path, NO_HINTS).feed_mm_min == feed
    assert find_cut(laser(tmp_path), "birch plywood", 6, tmp_path, NO_HINTS).feed_mm_min == 600


def test_what_is_not_there_names_what_is_and_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(
        ToolpathError, match=r"cuts MDF of 9 mm; there are birch plywood 3 mm.*Write a file of your own"
    ):
        find_cut(laser(tmp_path), "MDF", 9, tmp_path, NO_HINTS)
    with pytest.raises(ToolpathError, match="cuts birch plywood of 4 mm"):
        find_cut(laser(tmp_path), "birch plywood", 4, tmp_path, NO_HINTS)


def test_a_router_cuts_by_settings_for_its_tool(tmp_path: Path) -> None:
    router = load_cutter("router-6040", tmp_path)
    assert isinstance(find_cut(router, "hdpe", 5, tmp_path, NO_HINTS), RouterCut)
    with pytest.raises(ToolpathError, match=r"with a tool of 3.175 mm, and Router 6040.* holds one of 6 mm"):
        find_cut(router.with_tool(6), "hdpe", 5, tmp_path, NO_HINTS)


def test_a_file_that_is_wrong_is_named_instead_of_passed_over(tmp_path: Path) -> None:
    folder = tmp_path / "cuts" / "diode-40w"
    folder.mkdir(parents=True)
    (folder / "typing-error.ini").write_text(GOOD.replace("600", "6OO"))
    with pytest.raises(ToolpathError, match=r"typing-error\.ini: feed_mm_min must be"):
        find_cut(laser(tmp_path), "birch plywood", 3, tmp_path, NO_HINTS)
    (folder / "typing-error.ini").write_text(GOOD.replace("kerf_mm = 0.2", "kerf_mm = 0.9"))
    with pytest.raises(ToolpathError, match=r"cuts 0\.5 mm wide at most, and its settings for card say 0\.9 mm"):
        find_cut(laser(tmp_path), "card", 1, tmp_path, NO_HINTS)


def test_parts_are_smaller_than_their_sheet(tmp_path: Path) -> None:
    assert laser(tmp_path).room == Envelope(x=395, y=395, z=20)
    assert laser(tmp_path).within(Envelope(x=300, y=900, z=900)).room == Envelope(x=295, y=395, z=20)
    with pytest.raises(ToolpathError, match="nothing can be cut from a sheet of 4 × 400 mm"):
        laser(tmp_path).within(Envelope(x=4, y=400, z=5))
    with pytest.raises(ToolpathError, match="no nozzle or tool to change"):
        laser(tmp_path).with_tool(0.4)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("process = laser", "process = plasma", r"\[machine\] process: "),
        ("bed_x_mm = 400", "bed_x_mm = wide", r"\[machine\] bed_x_mm: "),
        ("max_s = 1000\n", "", r"\[machine\] max_s: "),
        ("[cut]", "[slicer]", r"has \[machine\] and \[cut\], this has"),
        ("tab_spacing_mm = 150", "tab_spacing_mm = 1", r"tab_spacing_mm must be from 10 to 5000, not '1'"),
        ("tab_spacing_mm = 150", "feed_mm_min = 150", r"\[cut\] feed_mm_min: a machine may say kerf_mm, passes"),
    ],
)
def test_a_profile_of_ones_own_is_read_strictly(tmp_path: Path, old: str, new: str, says: str) -> None:
    text = (FOLDER.parent / "machines" / "diode-laser-400.ini").read_text()
    (tmp_path / "mine.ini").write_text(text)
    assert is_cutter("mine.ini", tmp_path)
    assert load_cutter("mine.ini", tmp_path).name == "mine"
    (tmp_path / "mine.ini").write_text(text.replace(old, new))
    with pytest.raises(ToolpathError, match=says):
        load_cutter("mine.ini", tmp_path)


def test_a_profile_that_cannot_be_read_is_no_cutters(tmp_path: Path) -> None:
    assert not is_cutter("absent.ini", tmp_path)
    assert not is_cutter("prusa-mk4", tmp_path)
    (tmp_path / "broken.ini").write_bytes(b"\xff\xfe[")
    assert not is_cutter("broken.ini", tmp_path)
    with pytest.raises(ToolpathError, match=r"absent\.ini cannot be read"):
        load_cutter("absent.ini", tmp_path)
