"""Which slicer a machine's parts are sliced with: what its configuration names, its results kept for all of them."""

from collections.abc import Callable, Mapping
from pathlib import Path

from fabnode.config import AgentSettings, MachineSettings
from fabnode.slicers.curaengine import CuraEngine
from fabnode.slicers.interface import Slicer
from fabnode.slicers.kept import KeptSlicer, SliceCache
from fabnode.slicers.prusaslicer import PrusaSlicer

SLICERS: Mapping[str, Callable[[str], Slicer]] = {"prusaslicer": PrusaSlicer, "curaengine": CuraEngine}


class Slicers:
    """One slicer for each program that a machine names."""

    def __init__(self, settings: AgentSettings, folder: Path) -> None:
        self._programs = {"prusaslicer": settings.slicer, "curaengine": settings.curaengine}
        self._cache = SliceCache(folder, settings.slices_mib << 20)
        self._slicers: dict[tuple[str, str], Slicer] = {}

    def of(self, machine: MachineSettings) -> Slicer:
        return self.named(machine.slicer, machine.slicer_program)

    def named(self, slicer: str, program: str | None = None) -> Slicer:
        """A slicer by its name, from the program that the agent's settings give where none is named."""
        key = (slicer, program or self._programs[slicer])
        if key not in self._slicers:
            self._slicers[key] = KeptSlicer(SLICERS[slicer](key[1]), self._cache)
        return self._slicers[key]
