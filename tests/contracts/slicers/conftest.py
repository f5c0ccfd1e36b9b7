"""The slicers that are held to the contract, as they are installed."""

from collections.abc import Callable
from pathlib import Path

import pytest

from fabnode.protocol import PrintHints
from fabnode.slicers.choosing import SLICERS
from fabnode.slicers.interface import Slicer, SliceRequest
from fabnode.slicers.profiles import load_material, load_profile

PROGRAMS = {"prusaslicer": "prusa-slicer", "curaengine": "CuraEngine"}


@pytest.fixture(params=sorted(SLICERS))
def kind(request: pytest.FixtureRequest) -> str:
    """A slicer's name in fabnode.toml."""
    return str(request.param)


@pytest.fixture
def make(kind: str) -> Callable[[str], Slicer]:
    """The slicer with another program."""
    return SLICERS[kind]


@pytest.fixture
def slicer(kind: str) -> Slicer:
    return SLICERS[kind](PROGRAMS[kind])


def wanted(
    folder: Path,
    model: bytes,
    *,
    name: str = "model.stl",
    machine: str = "prusa-mk3s",
    material: str = "PLA",
    hints: PrintHints | None = None,
    copies: int = 1,
) -> SliceRequest:
    """A request for a model that is written into the folder."""
    path = folder / name
    path.write_bytes(model)
    profile, laid = load_profile(machine), load_material(material)
    return SliceRequest(path, profile, laid, hints or PrintHints(), folder / "slice", copies)
