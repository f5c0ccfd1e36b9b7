"""What a slicing would be done with, and who says so: for people who tune a machine."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fabnode.config import Config, ConfigError, MachineSettings
from fabnode.protocol import PrintHints
from fabnode.slicers.cura_settings import cura_settings
from fabnode.slicers.profiles import (
    Profile,
    Setting,
    effective,
    load_material,
    load_profile,
    load_quality,
    quality_for,
    shipped_machines,
)

CURAENGINE = "curaengine"


@dataclass(frozen=True)
class Shown:
    """The settings in force, in the words of the slicer that will be told them."""

    machine: str
    profile: str
    slicer: str
    material: str
    quality: str
    settings: Mapping[str, Setting]

    def to_json(self) -> dict[str, object]:
        settings = {key: vars(self.settings[key]) for key in sorted(self.settings)}
        return {**vars(self), "settings": settings}


def shown(
    named: str, config: Config, folder: Path, hints: PrintHints, *,
    material: str | None, quality: str | None, slicer: str | None,
) -> Shown:  # fmt: skip
    """For a machine of fabnode.toml, or a shipped profile. Raises ConfigError and ProfileError."""
    settings = next((machine for machine in config.machines if machine.key == named), None)
    if settings is None and named not in shipped_machines():
        machines = ", ".join(machine.key for machine in config.machines) or "none"
        raise ConfigError(
            f"no machine and no shipped profile {named!r}: fabnode.toml has {machines}; "
            f"shipped are {', '.join(shipped_machines())}"
        )
    profile = _profile(settings, folder) if settings else load_profile(named)
    slicer = slicer or (settings.slicer if settings else "prusaslicer")
    loaded = material or (settings.materials[0].material if settings and settings.materials else "PLA")
    level = quality or quality_for(profile, hints)
    layers = effective(profile, load_material(loaded, folder), hints, load_quality(level, folder))
    force = cura_settings(layers, profile, height_mm=0) if slicer == CURAENGINE else layers.settings
    return Shown(named, profile.name, slicer, loaded.upper(), level, force)


def _profile(settings: MachineSettings, folder: Path) -> Profile:
    from fabnode.preparation.choosing import machine_profile

    profile = machine_profile(settings, folder)
    if not isinstance(profile, Profile):
        raise ConfigError(f"the machine {settings.key} cuts: its profile {settings.profile} has no slicer settings")
    return profile
