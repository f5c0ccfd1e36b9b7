"""What was judged is not simulated again, and nothing else is taken for it."""

from dataclasses import replace
from pathlib import Path

import pytest

from fabnode.safety import Judgements, Unsafe, machine_limits, require_safe
from fabnode.slicers.profiles import load_profile
from printers.gcode import material_limits

SOUND = "M104 S210\nM109 S210\nG28\nG90\nM83\nG1 X50 Y50 Z0.2 F3000\nG1 X60 E1 F1200\nM104 S0\nM140 S0\n"
MACHINE = machine_limits(load_profile("prusa-mk3s"))
PLA, PETG = material_limits("PLA"), material_limits("PETG")


@pytest.fixture
def gcode(tmp_path: Path) -> Path:
    file = tmp_path / "a.gcode"
    file.write_text(SOUND)
    return file


def test_the_same_bytes_are_judged_once_wherever_they_lie(gcode: Path, tmp_path: Path) -> None:
    judgements = Judgements()
    verdict = judgements.judge(gcode, MACHINE, PLA)
    assert verdict.accepted, verdict.explain()
    copy = tmp_path / "b.gcode"
    copy.write_text(SOUND)
    assert judgements.judge(copy, MACHINE, PLA) is verdict


def test_other_bytes_another_machine_and_another_material_are_judged_anew(gcode: Path) -> None:
    judgements = Judgements()
    assert judgements.judge(gcode, MACHINE, PLA).accepted
    assert not judgements.judge(gcode, replace(MACHINE, max_nozzle_c=200), PLA).accepted
    assert not judgements.judge(gcode, MACHINE, PETG).accepted
    gcode.write_text(SOUND.replace("X60", "X600"))
    assert not judgements.judge(gcode, MACHINE, PLA).accepted


def test_a_refusal_is_not_kept(gcode: Path) -> None:
    judgements = Judgements()
    first, second = (judgements.judge(gcode, MACHINE, PETG) for _ in range(2))
    assert first == second
    assert first is not second


def test_only_so_many_are_kept(gcode: Path, tmp_path: Path) -> None:
    judgements = Judgements(most=1)
    first = judgements.judge(gcode, MACHINE, PLA)
    other = tmp_path / "b.gcode"
    other.write_text(SOUND + "; another\n")
    judgements.judge(other, MACHINE, PLA)
    again = judgements.judge(gcode, MACHINE, PLA)
    assert again == first
    assert again is not first


def test_a_refusal_names_the_machine_the_material_and_the_reason(gcode: Path) -> None:
    profile = load_profile("prusa-mk3s")
    assert require_safe(gcode, profile, "PLA").accepted
    with pytest.raises(Unsafe, match=f"{profile.title} with PETG: line 7 .* 210 °C"):
        require_safe(gcode, profile, "PETG")
