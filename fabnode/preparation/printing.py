"""Filament printers: slice, and judge what the slicer gave."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from designs.digest import digest_bytes
from fabnode.preparation.interface import Facts, Prepared, Unprepared
from fabnode.protocol import ClaimedJob, LoadedMaterial, Process
from fabnode.safety import Unsafe, require_safe
from fabnode.slicers.interface import SliceError, Slicer, SliceRequest
from fabnode.slicers.profiles import Profile, ProfileError, load_material, load_quality, quality_for

MOST_COPIES = 100


@dataclass(frozen=True)
class Printing:
    """One printer's preparation."""

    slicer: Slicer
    profile: Profile
    own_profiles: Path

    @property
    def models(self) -> tuple[str, ...]:
        return ("model.3mf", "model.stl")

    @property
    def facts(self) -> Facts:
        profile = self.profile
        return Facts(
            Process.FDM, profile.title, profile.model, profile.name, profile.usable, profile.nozzle_mm, MOST_COPIES
        )

    @property
    def yardstick(self) -> str:
        return digest_bytes(repr(self.profile).encode())

    def told(self, loaded: LoadedMaterial) -> LoadedMaterial:
        load_material(loaded.material, self.own_profiles)
        return loaded.model_copy(update={"material": loaded.material.upper(), "thickness_mm": None})

    async def version(self) -> str:
        return await self.slicer.version()

    async def prepare(self, model: Path, job: ClaimedJob, into: Path) -> Prepared:
        try:
            material = load_material(job.material, self.own_profiles)
            quality = load_quality(quality_for(self.profile, job.hints), self.own_profiles)
            request = SliceRequest(model, self.profile, material, job.hints, into, job.copies, quality)
            sliced = await self.slicer.slice(request)
            verdict = await asyncio.to_thread(require_safe, sliced.gcode, self.profile, material.name)
        except SliceError as error:
            raise Unprepared(str(error), retry=error.here_only) from error
        except (Unsafe, ProfileError) as error:
            raise Unprepared(str(error), retry=False) from error
        return Prepared(
            sliced.gcode, sliced.slicer, sliced.print_seconds, sliced.filament_g, sliced.filament_mm,
            sliced.layers or verdict.figures.layers,
        )  # fmt: skip
