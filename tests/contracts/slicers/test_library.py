"""Designs of the library, sliced by every slicer for the machines they would go to, pass the judge."""

from pathlib import Path

import pytest

from designs.engines import without_vtk
from fabnode.protocol import PrintHints
from fabnode.safety import require_safe
from fabnode.slicers.interface import Slicer
from tests.contracts.slicers.conftest import wanted
from tests.library.models import Library

without_vtk.install()
from cadquery import Compound  # noqa: E402  (needs the line above)


@pytest.fixture(scope="session")
def printed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """STL files of some designs: one body, and several."""
    folder, library = tmp_path_factory.mktemp("printed"), Library()
    for name in DESIGNS:
        body = Compound.makeCompound(list(library.bodies(name).values()))
        body.exportStl(str(folder / f"{name}.stl"), 0.1, 0.3)
    return {name: (folder / f"{name}.stl").read_bytes() for name in DESIGNS}


DESIGNS = ("extrusion-bracket", "spacer-set")


@pytest.mark.parametrize("name", DESIGNS)
async def test_a_design_of_the_library_is_printable(
    slicer: Slicer, tmp_path: Path, printed: dict[str, bytes], name: str
) -> None:
    request = wanted(tmp_path, printed[name], machine="prusa-mk4", hints=PrintHints(layer_height_mm=0.3))
    sliced = await slicer.slice(request)
    verdict = require_safe(sliced.gcode, request.profile, "PLA")
    assert sliced.filament_mm
    assert verdict.figures.filament_mm == pytest.approx(sliced.filament_mm, rel=0.05)
    assert verdict.figures.layers == sliced.layers
