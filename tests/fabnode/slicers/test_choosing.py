"""Parts are sliced with what fabnode.toml names for a machine, and machines with equal profiles share results."""

import shutil
from pathlib import Path

import pytest

from fabnode.config import Config, ConfigError, parse_config
from fabnode.preparation.choosing import preparation_for
from fabnode.protocol import ClaimedJob
from fabnode.slicers.choosing import Slicers
from tests.fabnode.conftest import box_stl
from tests.fabnode.test_journal import claimed

TOML = """
[agent]
curaengine = "{program}"
[[machines]]
key = "a"
driver = "virtual"
profile = "generic"
slicer = "curaengine"
[[machines]]
key = "b"
driver = "virtual"
profile = "generic"
slicer = "curaengine"
[[machines]]
key = "fine"
driver = "virtual"
profile = "generic"
slicer = "curaengine"
quality = "fine"
[[machines]]
key = "prusa"
driver = "virtual"
profile = "generic"
"""


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    """Where the program below counts its slicings."""
    return tmp_path / "calls"


@pytest.fixture
def config(tmp_path: Path, calls: Path) -> Config:
    program = tmp_path / "counting-engine"
    real = shutil.which("CuraEngine")
    program.write_text(f'#!/bin/sh\ncase "$1" in slice) echo x >>{calls};; esac\nexec {real} "$@"\n')
    program.chmod(0o755)
    return parse_config(TOML.format(program=program), "fabnode.toml")


def job(copies: int = 1) -> ClaimedJob:
    return claimed().model_copy(update={"copies": copies})


async def test_machines_with_equal_profiles_share_what_was_sliced(tmp_path: Path, config: Config, calls: Path) -> None:
    (tmp_path / "model.stl").write_bytes(box_stl(10, 10, 4))
    slicers = Slicers(config.agent, tmp_path / "slices")
    made = {}
    for machine in config.machines:
        preparation = preparation_for(machine, slicers, tmp_path)
        made[machine.key] = await preparation.prepare(tmp_path / "model.stl", job(), tmp_path / machine.key)
    assert calls.read_text().count("x") == 2, "a and b share, fine is another request, prusa has another slicer"
    assert made["a"].gcode.read_bytes() == made["b"].gcode.read_bytes()
    assert made["a"].maker.startswith("CuraEngine 4.")
    assert made["prusa"].maker.startswith("PrusaSlicer 2.")
    assert (made["a"].layers, made["fine"].layers) == (20, 33)
    assert made["b"].filament_g == made["a"].filament_g


async def test_a_plate_is_made_with_its_copies(tmp_path: Path, config: Config) -> None:
    (tmp_path / "model.stl").write_bytes(box_stl(10, 10, 1))
    preparation = preparation_for(config.machines[0], Slicers(config.agent, tmp_path / "slices"), tmp_path)
    one = await preparation.prepare(tmp_path / "model.stl", job(), tmp_path / "one")
    four = await preparation.prepare(tmp_path / "model.stl", job(4), tmp_path / "four")
    assert one.filament_g
    assert four.filament_g
    assert four.filament_g > 3 * one.filament_g


def test_one_slicer_serves_all_machines_that_name_it(config: Config, tmp_path: Path) -> None:
    slicers = Slicers(config.agent, tmp_path)
    a, b, _, prusa = config.machines
    assert slicers.of(a) is slicers.of(b)
    assert slicers.of(a) is not slicers.of(prusa)
    assert slicers.of(b.model_copy(update={"slicer_program": "/opt/CuraEngine"})) is not slicers.of(b)


@pytest.mark.parametrize("line", ['slicer = "slic3r"', 'quality = "best"', "slicer_program = 3"])
def test_what_there_is_not_is_said(line: str) -> None:
    with pytest.raises(ConfigError, match=line.partition(" ")[0]):
        parse_config(f'[[machines]]\nkey = "a"\ndriver = "virtual"\nprofile = "generic"\n{line}\n', "fabnode.toml")
