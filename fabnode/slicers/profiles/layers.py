"""Laying profiles over each other. Pure."""

from collections.abc import Mapping

from fabnode.protocol import PrintHints
from fabnode.slicers.profiles.reading import MaterialProfile, Profile, print_settings

MAX_PERIMETERS = 10
MAX_BRIM_MM = 20.0
SLOWEST_LAYER_MM = 0.05
THICKEST_FIRST_LAYER = 0.75
"""Of the nozzle's diameter: more does not stick."""


def layered(profile: Profile, material: MaterialProfile, hints: PrintHints) -> dict[str, str]:
    """All settings of one slicing. What the designer asks is kept within what the machine can do."""
    settings = {**print_settings(), **profile.settings, **material.settings}
    settings |= _hinted(hints)
    least, most = _layer_bounds(profile)
    height = min(max(float(settings["layer_height"]), least), most)
    settings["layer_height"] = f"{height:g}"
    first = min(max(height, float(settings["first_layer_height"])), profile.nozzle_mm * THICKEST_FIRST_LAYER)
    settings["first_layer_height"] = f"{first:g}"
    return settings


def settings_text(settings: Mapping[str, str]) -> str:
    """The settings as PrusaSlicer loads them, in one order, line ends inside a value escaped."""
    lines = (f"{key} = {_one_line(settings[key])}" for key in sorted(settings))
    return "\n".join(lines) + "\n"


def _one_line(value: str) -> str:
    return value.replace("\\", "\\\\").replace("\n", "\\n") if "\n" in value else value


def _layer_bounds(profile: Profile) -> tuple[float, float]:
    least = float(profile.settings.get("min_layer_height", SLOWEST_LAYER_MM))
    most = float(profile.settings.get("max_layer_height", profile.nozzle_mm * 0.7))
    return least, most


def _hinted(hints: PrintHints) -> dict[str, str]:
    settings: dict[str, str] = {}
    if hints.layer_height_mm is not None:
        settings["layer_height"] = f"{hints.layer_height_mm}"
    if hints.infill_percent is not None:
        settings["fill_density"] = f"{hints.infill_percent}%"
        if hints.infill_percent == 100:
            settings["fill_pattern"] = "rectilinear"  # the slicer refuses most sparse patterns at 100 %
    if hints.perimeters is not None:
        settings["perimeters"] = str(min(hints.perimeters, MAX_PERIMETERS))
    if hints.supports is not None:
        settings["support_material"] = "1" if hints.supports else "0"
    if hints.brim_mm is not None:
        settings["brim_width"] = f"{min(hints.brim_mm, MAX_BRIM_MM):g}"
    return settings
