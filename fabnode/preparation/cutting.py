"""Lasers and routers: a way of the tool around a flat part's outlines, judged for machine and sheet."""

import asyncio
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from designs.digest import digest_bytes
from fabnode.client import SOFTWARE
from fabnode.plates import PLATE_GAP_MM
from fabnode.preparation.interface import Facts, Prepared, Unprepared
from fabnode.protocol import ClaimedJob, LoadedMaterial, PrintHints, Process
from fabnode.toolpaths.cut_files import find_cut, is_same_sheet
from fabnode.toolpaths.cutters import Cutter
from fabnode.toolpaths.cutting import on_sheet
from fabnode.toolpaths.errors import ToolpathError
from fabnode.toolpaths.program import Bed, make_program

MOST_COPIES = 100


@dataclass(frozen=True)
class Cutting:
    """One laser's or router's preparation."""

    cutter: Cutter
    loaded: Sequence[LoadedMaterial]
    """The sheets that lie ready."""
    own_files: Path

    @property
    def models(self) -> tuple[str, ...]:
        return ("model.dxf",)

    @property
    def facts(self) -> Facts:
        cutter = self.cutter
        tool = cutter.cut_mm if cutter.process is Process.CNC else None
        most = MOST_COPIES if cutter.cut_mm <= PLATE_GAP_MM else 1
        return Facts(cutter.process, cutter.title, cutter.model, cutter.name, cutter.room, tool, most)

    @property
    def yardstick(self) -> str:
        sheets = [(one.material, one.thickness_mm) for one in self.loaded]
        return digest_bytes(repr((self.cutter, sheets)).encode())

    def told(self, loaded: LoadedMaterial) -> LoadedMaterial:
        if loaded.thickness_mm is None:
            raise ToolpathError(
                f"{self.cutter.title} cuts sheets: say how thick the {loaded.material} is, "
                f'as in {{ material = "{loaded.material}", thickness_mm = 3 }}'
            )
        if loaded.thickness_mm > self.cutter.usable.z:
            raise ToolpathError(
                f"{loaded.material} of {loaded.thickness_mm:g} mm is too thick for {self.cutter.title}, "
                f"which takes {self.cutter.usable.z:g} mm"
            )
        find_cut(self.cutter, loaded.material, loaded.thickness_mm, self.own_files, PrintHints())
        return loaded.model_copy(update={"remaining_g": None})

    async def version(self) -> str:
        return f"{SOFTWARE} toolpaths"

    async def prepare(self, model: Path, job: ClaimedJob, into: Path) -> Prepared:
        return await asyncio.to_thread(self._prepare, model, job, into)

    def _prepare(self, model: Path, job: ClaimedJob, into: Path) -> Prepared:
        shutil.rmtree(into, ignore_errors=True)
        into.mkdir(parents=True)
        cutter = self.cutter
        bed = Bed(cutter.usable.x, cutter.usable.y, cutter.max_feed_mm_min, cutter.max_s)
        sheet = self._sheet(job)
        try:
            cut = find_cut(cutter, job.material, sheet, self.own_files, job.hints)
            made = make_program(model, on_sheet(cut, sheet), bed, into / "out.gcode", job.copies)
        except ToolpathError as error:
            raise Unprepared(str(error), retry=False) from error
        return Prepared(made.gcode, f"{SOFTWARE} toolpaths", print_seconds=made.seconds)

    def _sheet(self, job: ClaimedJob) -> float:
        """How thick the sheet really is that the job is cut from. It may have been taken away since the job came."""
        if job.thickness_mm is None:
            raise Unprepared("the job does not say how thick the sheet is that it is cut from", retry=False)
        wanted, material = job.thickness_mm, " ".join(job.material.split()).casefold()
        sheets = [one for one in self.loaded if " ".join(one.material.split()).casefold() == material]
        thick = [sheet for one in sheets if (sheet := one.thickness_mm) and is_same_sheet(sheet, wanted)]
        if not thick:
            there = ", ".join(f"{one.material} of {one.thickness_mm:g} mm" for one in self.loaded if one.thickness_mm)
            raise Unprepared(
                f"{job.material} of {wanted:g} mm does not lie ready at {self.cutter.title}; "
                f"there is {there or 'no sheet'}",
                retry=True,
            )
        return min(thick, key=lambda sheet: abs(sheet - wanted))
