"""How a material is cut: one readable .ini file each, laid over what the machine's profile says for all materials.

[router] material = birch plywood thickness_mm = 6 … Every key must be said by one of the two and has a range: a typing
error is a refusal and not a fire.
"""

import configparser
from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import isfinite
from types import MappingProxyType

from fabnode.protocol import PrintHints, Process
from fabnode.toolpaths.errors import ToolpathError

LASER_TAB_MM = 0.8
ROUTER_TAB_MM = 4.0
"""Of tabs that a designer asks for where the material's settings have none: what a knife parts, and what holds."""


@dataclass(frozen=True)
class LaserCut:
    """For a laser in GRBL's laser mode."""

    material: str
    thickness_mm: float
    kerf_mm: float
    """How wide the beam cuts."""
    feed_mm_min: float
    power_percent: float
    passes: float
    """Whole rounds over the same line."""
    tab_width_mm: float
    """0: the part falls free."""
    tab_spacing_mm: float

    @property
    def process(self) -> Process:
        return Process.LASER

    @property
    def cut_width_mm(self) -> float:
        return self.kerf_mm


@dataclass(frozen=True)
class RouterCut:
    """For a router; Z is 0 at the top of the sheet."""

    material: str
    thickness_mm: float
    tool_diameter_mm: float
    feed_mm_min: float
    plunge_mm_min: float
    pass_depth_mm: float
    through_mm: float
    """How far below the sheet the last pass goes, into the board underneath."""
    spindle_rpm: float
    spin_up_seconds: float
    safe_height_mm: float
    tab_width_mm: float
    """Of what is left; 0: the part falls free."""
    tab_height_mm: float
    tab_spacing_mm: float

    @property
    def process(self) -> Process:
        return Process.CNC

    @property
    def cut_width_mm(self) -> float:
        return self.tool_diameter_mm


Cut = LaserCut | RouterCut

_SECTIONS = {Process.LASER: "laser", Process.CNC: "router"}
_SHEET = {
    "thickness_mm": (0.1, 60.0),
    "feed_mm_min": (10.0, 30_000.0),
    "tab_width_mm": (0.0, 30.0),
    "tab_spacing_mm": (10.0, 5000.0),
}
_RANGES: Mapping[str, Mapping[str, tuple[float, float]]] = {
    "laser": _SHEET | {"kerf_mm": (0.01, 2.0), "power_percent": (1.0, 100.0), "passes": (1.0, 20.0)},
    "router": _SHEET
    | {
        "tool_diameter_mm": (0.2, 25.0), "plunge_mm_min": (10.0, 5000.0), "pass_depth_mm": (0.05, 25.0),
        "through_mm": (0.0, 2.0), "spindle_rpm": (1000.0, 60_000.0), "spin_up_seconds": (0.0, 30.0),
        "safe_height_mm": (1.0, 100.0), "tab_height_mm": (0.0, 20.0),
    },
}  # fmt: skip


def keys_of(process: Process) -> Mapping[str, tuple[float, float]]:
    """What settings of a process may say, each with its least and greatest value."""
    return _RANGES[_SECTIONS[process]]


def parse_cut(text: str, file: str, machine: Mapping[str, str] = MappingProxyType({})) -> Cut:
    """A material's settings over those of the machine. Raises ToolpathError with file, key and what is allowed."""
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(text)
    except configparser.Error as error:
        raise ToolpathError(f"{file}: {error}") from error
    if len(parser.sections()) != 1 or parser.sections()[0] not in _RANGES:
        raise ToolpathError(f"{file}: it must have one section, [laser] or [router]")
    process = parser.sections()[0]
    ranges, given = _RANGES[process], {**machine, **parser[process]}
    material = given.pop("material", "")
    if not material or given.keys() != ranges.keys():
        wrong = sorted(given.keys() ^ ranges.keys()) or ["material"]
        raise ToolpathError(f"{file}: missing or unknown: {', '.join(wrong)}; needed are {', '.join(ranges)}")
    values = {key: checked_value(file, key, given[key], ranges[key]) for key in ranges}
    cut: Cut = LaserCut(material, **values) if process == "laser" else RouterCut(material, **values)
    _require_sense(file, cut)
    return cut


def on_sheet(cut: Cut, thickness_mm: float) -> Cut:
    """The same for a sheet that is really so thick."""
    return replace(cut, thickness_mm=thickness_mm)


def asked(cut: Cut, hints: PrintHints) -> Cut:
    """The settings with what the designer asks on top."""
    if hints.tabs is None or hints.tabs == bool(cut.tab_width_mm):
        return cut
    if not hints.tabs:
        return replace(cut, tab_width_mm=0.0)
    return replace(cut, tab_width_mm=LASER_TAB_MM if isinstance(cut, LaserCut) else ROUTER_TAB_MM)


def checked_value(file: str, key: str, text: str, allowed: tuple[float, float]) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not isfinite(value) or not allowed[0] <= value <= allowed[1]:
        raise ToolpathError(f"{file}: {key} must be from {allowed[0]:g} to {allowed[1]:g}, not {text!r}")
    return value


def _require_sense(file: str, cut: Cut) -> None:
    if isinstance(cut, LaserCut):
        if cut.passes != int(cut.passes):
            raise ToolpathError(f"{file}: passes must be a whole number, not {cut.passes:g}")
    elif cut.tab_height_mm > cut.thickness_mm:
        raise ToolpathError(f"{file}: tab_height_mm {cut.tab_height_mm:g} is more than the thickness")
    if cut.tab_width_mm + cut.cut_width_mm >= cut.tab_spacing_mm:
        raise ToolpathError(f"{file}: tabs {cut.tab_spacing_mm:g} mm apart leave nothing between them")
