"""Findings: what a maker should know about a part before it is made, as far as that is quickly found. Pure, on meshes.

What takes longer is found by designs/analysis. Findings that keep a part from being ordered (errors) are all here.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from designs.analysis.bed_findings import bed_findings
from designs.analysis.places import place
from designs.analysis.sampling import surface_samples
from designs.analysis.wall_findings import wall_findings
from designs.finding import MAX_PLACES, BadFinding, Finding, Severity, worst_first
from designs.making import DEFAULT_ENVELOPE_MM, DEFAULT_NOZZLE_MM, Making
from designs.mesh import Mesh

__all__ = ["DEFAULT_ENVELOPE_MM", "DEFAULT_NOZZLE_MM", "BadFinding", "Finding", "Making", "Severity", "check"]

TINY_MM = 1.0
"""A part smaller than this in every direction was probably drawn in another unit."""
FLOATING_MM = 0.3
"""A body that begins this far above the lowest one is not on the bed: about a first layer's height."""
WALL_SAMPLES = 512
"""Over all bodies: a glance at their walls; the analysis feels more of them."""
MIN_WALL_SAMPLES = 64
"""Of each body."""
MAX_LOOKED_AT = 24
"""Bodies whose walls and undersides are looked at, the first ones; the time for thousands would be felt."""


def check(bodies: Sequence[tuple[str, Mesh]], making: Making) -> list[Finding]:
    """All findings over the named bodies, which are printed, worst first."""
    samples = max(WALL_SAMPLES // len(bodies), MIN_WALL_SAMPLES)
    found: list[Finding] = []
    for number, (name, mesh) in enumerate(bodies):
        broken = list(_broken(name, mesh))
        found += broken
        if not broken and number < MAX_LOOKED_AT:
            found += wall_findings(name, mesh, making.nozzle_mm, surface_samples(mesh, samples))
            found += bed_findings(name, mesh, making)
    found += [*_size(bodies, making), *_floating(bodies)]
    return worst_first(found)


def check_closed(bodies: Sequence[tuple[str, Mesh]]) -> list[Finding]:
    """What is wrong with the named bodies by whatever process they are made."""
    return [finding for name, mesh in bodies for finding in _broken(name, mesh)] + list(_tiny(_extents(bodies)))


def _broken(name: str, mesh: Mesh) -> Iterator[Finding]:
    if mesh.open_edges:
        message = f"{name} is not watertight: {mesh.open_edges} open edges. It has no inside to fill"
        segments = [[place(end) for end in segment] for segment in mesh.open_segments[:MAX_PLACES]]
        data = {"body": name, "open_edges": mesh.open_edges, "at": segments[0][0], "segments": segments}
        yield Finding("not_watertight", Severity.ERROR, message, data)
    elif mesh.volume <= 0:
        message = f"{name} has no volume, or is inside out"
        yield Finding("no_volume", Severity.ERROR, message, {"body": name, "volume_mm3": round(mesh.volume, 6)})


def _size(bodies: Sequence[tuple[str, Mesh]], making: Making) -> Iterator[Finding]:
    size = _extents(bodies)
    yield from _tiny(size)
    words = _words(size)
    room = making.envelope_mm
    if not _fits(size, room):
        message = f"{words} mm does not fit a machine of {' × '.join(f'{extent:g}' for extent in room)} mm as it lies"
        message += _way_out([np.subtract(*mesh.bounds[::-1]).tolist() for _, mesh in bodies], size, room)
        yield Finding("does_not_fit", Severity.WARNING, message, {"size_mm": size, "envelope_mm": list(room)})


def _extents(bodies: Sequence[tuple[str, Mesh]]) -> list[float]:
    least = np.min([mesh.bounds[0] for _, mesh in bodies], axis=0)
    greatest = np.max([mesh.bounds[1] for _, mesh in bodies], axis=0)
    return [round(float(extent), 4) for extent in greatest - least]


def _tiny(size: list[float]) -> Iterator[Finding]:
    if max(size) < TINY_MM:
        message = f"the part is only {_words(size)} mm: was it drawn in another unit?"
        yield Finding("tiny", Severity.WARNING, message, {"size_mm": size})


def _words(size: Sequence[float]) -> str:
    return " × ".join(f"{extent:.4g}" for extent in size)


def _fits(size: Sequence[float], room: Sequence[float]) -> bool:
    across = (size[0] <= room[0] and size[1] <= room[1]) or (size[1] <= room[0] and size[0] <= room[1])
    return across and size[2] <= room[2]


def _way_out(sizes: Sequence[Sequence[float]], size: Sequence[float], room: Sequence[float]) -> str:
    if len(sizes) > 1 and all(_fits(each, room) for each in sizes):
        return ": each of its bodies alone does"
    if all(extent <= space for extent, space in zip(sorted(size), sorted(room), strict=True)):
        return ": lay it on another side"
    return ""


def _floating(bodies: Sequence[tuple[str, Mesh]]) -> Iterator[Finding]:
    bottoms = [float(mesh.bounds[0][2]) for _, mesh in bodies]
    for (name, mesh), bottom in list(zip(bodies, bottoms, strict=True))[:MAX_PLACES]:
        if (height := bottom - min(bottoms)) > FLOATING_MM:
            message = f"{name} begins {height:.4g} mm above the lowest body: slicers put each body down on the bed, "
            message += "or leave it in the air if they take all as one"
            at = place(mesh.nodes[int(mesh.nodes[:, 2].argmin())])
            yield Finding("floating", Severity.INFO, message, {"body": name, "height_mm": round(height, 3), "at": at})
