"""Laying profiles over each other: print ∘ machine ∘ material ∘ quality ∘ the designer's hints. Pure.

Each value keeps where it comes from. Settings have PrusaSlicer's names, whatever slicer will obey them; a layer may
beside that say something to CuraEngine alone.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from fabnode.protocol import PrintHints
from fabnode.slicers.profiles.machine_section import ProfileError
from fabnode.slicers.profiles.reading import (
    NORMAL,
    MaterialProfile,
    Profile,
    QualityProfile,
    Settings,
    load_quality,
    print_profile,
)

MAX_PERIMETERS = 10
MAX_BRIM_MM = 20.0
SLOWEST_LAYER_MM = 0.05
THICKEST_FIRST_LAYER = 0.75
"""Of the nozzle's diameter: more does not stick."""
SAME_MM = 1e-6
DRAFT_FROM, FINE_UP_TO = 0.6, 0.4
"""Layer height by nozzle diameter: from here a part is made as a draft, and up to here finely."""


@dataclass(frozen=True)
class Setting:
    """A value that is in force, and who says so."""

    value: str
    layer: str
    """print, machine, here (fabnode.toml), material, quality, hints, bounds or curaengine."""
    source: str
    """The layer's file, or what else it is."""


@dataclass(frozen=True)
class Layer:
    """One of the profiles that lie over each other; the later ones win."""

    name: str
    source: str
    settings: Settings
    curaengine: Settings = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True)
class Effective:
    """What one slicing is done with, each value with its origin."""

    settings: Mapping[str, Setting]
    curaengine: Mapping[str, Setting]
    """What the layers say to CuraEngine alone."""

    def values(self) -> dict[str, str]:
        return {key: setting.value for key, setting in self.settings.items()}

    def replaced(self, key: str, setting: Setting) -> "Effective":
        return Effective({**self.settings, key: setting}, self.curaengine)


def quality_for(profile: Profile, hints: PrintHints) -> str:
    """The quality level that the designer's layer height asks for, or the machine's own."""
    if hints.layer_height_mm is None:
        return profile.quality or NORMAL
    share = hints.layer_height_mm / profile.nozzle_mm
    if share >= DRAFT_FROM:
        return "draft"
    return "fine" if share <= FINE_UP_TO else NORMAL


def effective(
    profile: Profile, material: MaterialProfile, hints: PrintHints, quality: QualityProfile | None = None
) -> Effective:
    """All settings of one slicing. What the designer asks is kept within what the machine can do.

    Raises ProfileError.
    """
    quality = quality or load_quality(quality_for(profile, hints))
    settings = _merged(_layers(profile, material, quality, hints))
    settings |= _bounded(profile, settings)
    own = [Layer(layer.name, layer.source, layer.curaengine) for layer in _layers(profile, material, quality, hints)]
    return Effective(settings, _merged(own))


def layered(profile: Profile, material: MaterialProfile, hints: PrintHints) -> dict[str, str]:
    """The values alone."""
    return effective(profile, material, hints).values()


def settings_text(settings: Mapping[str, str]) -> str:
    """The settings as PrusaSlicer loads them, in one order, line ends inside a value escaped."""
    lines = (f"{key} = {_one_line(settings[key])}" for key in sorted(settings))
    return "\n".join(lines) + "\n"


def _one_line(value: str) -> str:
    return value.replace("\\", "\\\\").replace("\n", "\\n") if "\n" in value else value


def _layers(
    profile: Profile, material: MaterialProfile, quality: QualityProfile, hints: PrintHints
) -> tuple[Layer, ...]:
    base = print_profile()
    return (
        Layer("print", base.source, base.settings, base.curaengine),
        Layer("machine", profile.source, profile.settings, profile.curaengine),
        Layer("here", "the machine's own nozzle and room in fabnode.toml", profile.here),
        Layer("material", material.source, material.settings, material.curaengine),
        Layer("quality", quality.source, quality.settings, quality.curaengine),
        Layer("hints", "the design's print hints", MappingProxyType(_hinted(hints))),
    )


def _merged(layers: Iterable[Layer]) -> dict[str, Setting]:
    merged: dict[str, Setting] = {}
    for layer in layers:
        merged |= {key: Setting(value, layer.name, layer.source) for key, value in layer.settings.items()}
    return merged


def _bounded(profile: Profile, settings: Mapping[str, Setting]) -> dict[str, Setting]:
    """The heights in millimetres, within what nozzle and machine can lay."""
    least, most = _layer_bounds(profile)
    wanted = _height(settings["layer_height"], profile)
    wanted_first = _height(settings["first_layer_height"], profile)
    height = min(max(wanted, least), most)
    first = min(max(height, wanted_first), profile.nozzle_mm * THICKEST_FIRST_LAYER)
    heights = {"layer_height": (wanted, height), "first_layer_height": (wanted_first, first)}
    return {key: _within(settings[key], asked, given) for key, (asked, given) in heights.items()}


def _within(setting: Setting, asked: float, given: float) -> Setting:
    value = f"{given:g}"
    if abs(asked - given) < SAME_MM:
        return Setting(value, setting.layer, setting.source)
    return Setting(value, "bounds", f"the machine cannot lay the {asked:g} mm of {setting.source}")


def _height(setting: Setting, profile: Profile) -> float:
    """A height in mm, which may be given in % of the nozzle's diameter."""
    text = setting.value
    try:
        return float(text.removesuffix("%")) * (profile.nozzle_mm / 100 if text.endswith("%") else 1)
    except ValueError as error:
        raise ProfileError(
            f"{setting.source}: a layer height is given in mm or % of the nozzle, not {text!r}"
        ) from error


def _layer_bounds(profile: Profile) -> tuple[float, float]:
    values = {**profile.settings, **profile.here}
    least = float(values.get("min_layer_height", SLOWEST_LAYER_MM))
    most = float(values.get("max_layer_height", profile.nozzle_mm * 0.7))
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
