"""What a build says of the part that is to be made: its room on a machine, and about how much it takes."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import sqlalchemy as sa

from designs.manifest import Manifest
from designs.measure import density_of
from registry.actions.builds import BuildView
from registry.core.asking import Asks
from registry.core.capability import Size, normal
from registry.core.estimates import NOT_ESTIMATED, Body, Estimate, Printing, estimate_print
from registry.core.lying import Way, as_drawn, ways_to_lie
from registry.store.standings import sliced_figures

FILAMENT = "fdm"
SHEETS = frozenset({"laser", "cnc"})
"""Processes that cut a part out of a sheet, whose thickness is the part's height."""


@dataclass(frozen=True)
class BuiltPart:
    """A part with what is asked of it, once its geometry is there."""

    size: Size
    """As drawn, its brim included."""
    thickness_mm: float | None
    """Of the sheet that it is cut from."""
    asks: Asks
    """With the ways to lie and the estimate."""


def built_part(
    connection: sa.Connection, build: BuildView, manifest: Manifest, asks: Asks, material: str
) -> BuiltPart | None:
    """None when the build does not say how large the part is."""
    size = part_size(build)
    if size is None:
        return None
    process = manifest.print.process
    room = with_brim(size, manifest)
    ways: tuple[Way, ...] = ()
    if asks.lay and process == FILAMENT:
        margin = float(manifest.print.brim_mm or 0)
        ways = tuple(way.with_margin(margin) for way in ways_to_lie(size))
    estimate = NOT_ESTIMATED
    if process == FILAMENT:
        sliced = _sliced(sliced_figures(connection, build.id, normal(material)))
        estimate = sliced or _rough(build, manifest, material, size)
    thickness = (asks.thickness_mm or size.z) if process in SHEETS else None
    return BuiltPart(room, thickness, replace(asks, ways=ways, estimate=estimate))


def part_size(build: BuildView) -> Size | None:
    """The bounding box of a built part, mm, as it lies: of one that is cut, in its sheet, its thickness last. None when
    the build does not say."""
    if (sheet := _sheet(build)) is not None:
        return sheet
    measured = build.measurements
    box = measured.get("bounding_box") if isinstance(measured, dict) else None
    if not isinstance(box, dict):
        return None
    low, high = box.get("min"), box.get("max")
    if not isinstance(low, list) or not isinstance(high, list):
        return None
    return Size(*(float(str(end)) - float(str(begin)) for begin, end in zip(low, high, strict=True)))


def _sheet(build: BuildView) -> Size | None:
    """By the finding that tells of a part that is cut from a sheet, however its model stands."""
    findings = build.findings if isinstance(build.findings, list) else []
    told = [one.get("data") for one in findings if isinstance(one, dict) and one.get("code") == "sheet"]
    if not told or not isinstance(told[0], dict):
        return None
    along, thickness = told[0].get("size_mm"), told[0].get("thickness_mm")
    if not isinstance(along, list):
        return None
    return Size(*(float(str(length)) for length in (*along, thickness)))


def with_brim(size: Size, manifest: Manifest) -> Size:
    """What a part takes on the bed."""
    return as_drawn(size).with_margin(float(manifest.print.brim_mm or 0)).size


def _rough(build: BuildView, manifest: Manifest, material: str, size: Size) -> Estimate:
    measured = build.measurements if isinstance(build.measurements, dict) else {}
    volume, area = _number(measured, "volume_mm3"), _number(measured, "area_mm2")
    if volume is None or area is None:
        return NOT_ESTIMATED
    asked = manifest.print
    printing = Printing(
        density_g_cm3=density_of(material),
        infill_percent=asked.infill_percent,
        perimeters=asked.perimeters,
        nozzle_mm=None if asked.nozzle_mm is None else float(asked.nozzle_mm),
        layer_mm=None if asked.layer_height_mm is None else float(asked.layer_height_mm),
    )
    return estimate_print(Body(volume, area, size.z), printing)


def _sliced(figures: Mapping[str, object] | None) -> Estimate | None:
    seconds = _number(figures or {}, "print_seconds")
    return None if seconds is None else Estimate(_number(figures or {}, "filament_g"), seconds, sliced=True)


def _number(values: Mapping[str, object], name: str) -> float | None:
    value = values.get(name)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
