"""Which preparation a machine needs: its profile says by which process it works."""

from pathlib import Path

from fabnode.config import ConfigError, MachineSettings
from fabnode.preparation.cutting import Cutting
from fabnode.preparation.interface import Preparation
from fabnode.preparation.printing import Printing
from fabnode.protocol import Process
from fabnode.slicers.choosing import Slicers
from fabnode.slicers.profiles import Profile, ProfileError, load_profile, shipped_machines
from fabnode.toolpaths.cutters import Cutter, is_cutter, load_cutter, shipped_cutters
from printers.machine import Dedicated, Machine


def preparation_for(settings: MachineSettings, slicers: Slicers, own: Path) -> Preparation:
    """By the machine's profile, with its own nozzle or tool and usable volume; the materials that are loaded must have
    settings. Raises FabnodeError."""
    profile = machine_profile(settings, own)
    preparation: Preparation
    if isinstance(profile, Cutter):
        preparation = Cutting(profile, settings.materials, own)
    else:
        preparation = Printing(slicers.of(settings), profile, own)
    for loaded in settings.materials:
        preparation.told(loaded)
    return preparation


def machine_profile(settings: MachineSettings, own: Path) -> Profile | Cutter:
    """Raises ProfileError and ToolpathError."""
    name = settings.profile
    known = (*shipped_machines(), *shipped_cutters())
    if not name.endswith(".ini") and name not in known:
        raise ProfileError(
            f"no machine profile {name!r}: take one of {', '.join(known)}, or the path of an .ini file of your own"
        )
    if is_cutter(name, own):
        cutter = load_cutter(name, own)
        if settings.envelope:
            cutter = cutter.within(settings.envelope)
        return cutter.with_tool(settings.nozzle_mm) if settings.nozzle_mm else cutter
    profile = load_profile(name, own)
    if settings.quality:
        profile = profile.with_quality(settings.quality)
    if settings.envelope:
        profile = profile.within(settings.envelope)
    return profile.with_nozzle(settings.nozzle_mm) if settings.nozzle_mm else profile


def require_of_one_kind(settings: MachineSettings, preparation: Preparation, machine: Machine) -> None:
    """A file for one kind of machine may not reach another, whatever the configuration says. Raises ConfigError."""
    process = preparation.facts.process
    works = Process(machine.process) if isinstance(machine, Dedicated) else Process.FDM
    if process is not works:
        raise ConfigError(
            f"machine {settings.key}: its profile {settings.profile} is for {_WORDS[process]}, and what the driver "
            f"{settings.driver} drives with these options is {_WORDS[works]}: correct `profile` or `options`"
        )


_WORDS = {Process.FDM: "a filament printer", Process.LASER: "a laser", Process.CNC: "a router"}
