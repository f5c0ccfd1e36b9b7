"""Findings about how a body stands on the bed and what hangs over it, lying as it is drawn. Lengths in mm."""

from collections.abc import Iterator

import numpy as np

from designs.analysis.overhangs import MAX_BRIDGE_MM, OVERHANG_DEGREES, Patch, hanging_area, patches
from designs.analysis.places import place
from designs.finding import MAX_PLACES, Finding, Severity
from designs.making import Making
from designs.mesh import Mesh

MIN_OVERHANG_MM2 = 20.0
MIN_OVERHANG_SHARE = 0.01
"""Of the surface; what is less is a detail."""
BRIDGE_TOLD_MM = 15.0
"""Shorter bridges need no attention."""
CONTACT_MM = 0.1
"""Half of a thin first layer: a facet whose middle lies lower is pressed onto the bed."""
MIN_CONTACT_MM2 = 4.0
SLENDER = 8.0
"""A body this many times as high as the side of a square of its contact is easily torn off."""


def bed_findings(name: str, mesh: Mesh, making: Making) -> Iterator[Finding]:
    """Of a closed mesh."""
    yield from _hold(name, mesh)
    area = hanging_area(mesh)
    if area < max(MIN_OVERHANG_MM2, MIN_OVERHANG_SHARE * float(np.linalg.norm(mesh.area_vectors, axis=1).sum())):
        return
    found = patches(mesh)
    yield from _islands(name, [patch for patch in found if patch.island], making)
    yield from _overhangs(name, [patch for patch in found if patch.sagging and not patch.island], making)
    yield from _bridges(name, [patch for patch in found if patch.span >= BRIDGE_TOLD_MM])


def _hold(name: str, mesh: Mesh) -> Iterator[Finding]:
    heights = mesh.corners[:, :, 2].sum(axis=1) / 3 - mesh.bounds[0][2]
    touching = (heights <= CONTACT_MM) & (mesh.area_vectors[:, 2] < 0)
    contact = float(-mesh.area_vectors[touching, 2].sum())
    height = float(mesh.bounds[1][2] - mesh.bounds[0][2])
    if contact >= max(MIN_CONTACT_MM2, (height / SLENDER) ** 2):
        return
    lowest = mesh.nodes[int(mesh.nodes[:, 2].argmin())]
    message = f"{name} stands on only {contact:.1f} mm² and is {height:.4g} mm high: it may come off the bed. "
    message += "Lay it on another side, or print it with a brim"
    data = {"body": name, "contact_mm2": round(contact, 2), "height_mm": round(height, 2), "at": place(lowest)}
    yield Finding("poor_hold", Severity.WARNING, message, data)


def _islands(name: str, found: list[Patch], making: Making) -> Iterator[Finding]:
    if not found:
        return
    message = f"{name} begins in the air at {_count(len(found), 'place')}"
    message += _remedy(making)
    yield Finding("island", _severity(making), message, _data(name, found))


def _overhangs(name: str, found: list[Patch], making: Making) -> Iterator[Finding]:
    if sum(patch.sagging for patch in found) < MIN_OVERHANG_MM2:
        return
    area = sum(patch.area for patch in found)
    message = f"{name} has {area:.0f} mm² of underside flatter than {OVERHANG_DEGREES:g}° away from the bed"
    message += _remedy(making)
    sagging = round(sum(patch.sagging for patch in found), 2)
    yield Finding("overhangs", _severity(making), message, _data(name, found) | {"sagging_mm2": sagging})


def _bridges(name: str, found: list[Patch]) -> Iterator[Finding]:
    if not found:
        return
    longest = max(patch.span for patch in found)
    message = f"{name} has a bridge of {longest:.0f} mm: most machines manage {MAX_BRIDGE_MM:g} mm if well cooled"
    yield Finding("bridges", Severity.INFO, message, _data(name, found) | {"span_mm": round(longest, 1)})


def _severity(making: Making) -> Severity:
    return Severity.INFO if making.supports else Severity.WARNING


def _remedy(making: Making) -> str:
    return ": printed with supports" if making.supports else ": it may need supports, or another orientation"


def _count(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _data(name: str, found: list[Patch]) -> dict[str, object]:
    areas = [patch.area for patch in found]
    at = np.average([patch.centre for patch in found], axis=0, weights=areas)
    shown = found[:MAX_PLACES]
    return {
        "body": name,
        "area_mm2": round(sum(areas), 2),
        "at": place(at),
        "points": [place(patch.centre) for patch in shown],
        "areas_mm2": [round(patch.area, 2) for patch in shown],
    }
