"""The whole analysis of a part: boxes, walls, ways to lie on the bed, and what a maker should know of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from designs.analysis.body_findings import overlap_findings, shell_findings, way_findings
from designs.analysis.boxes import smallest_box
from designs.analysis.descriptor import Descriptor, describe
from designs.analysis.hulls import Hull, hull_of
from designs.analysis.mass import mass_properties, together
from designs.analysis.poses import MAX_COLUMN_TRIANGLES, MAX_POSES, Surface, poses
from designs.analysis.proposing import figures_of, propose
from designs.analysis.rays import RayTree
from designs.analysis.report import Analysis, BodyAnalysis, BoxFigures
from designs.analysis.sampling import Samples, surface_samples
from designs.analysis.topology import topology_of
from designs.analysis.wall_findings import gap_findings, thin_findings
from designs.analysis.walls import Thickness, feel_at, wall_figures
from designs.finding import Finding, worst_first
from designs.making import Making
from designs.measure import Vector
from designs.mesh import Floats, Mesh

MAX_BODIES = 24
"""That are looked into, the largest ones; a part of more is an assembly, whose parts are looked into by themselves."""
WALL_SAMPLES = 3000
"""Over all bodies."""
MIN_WALL_SAMPLES = 200
"""Of each body."""
FEW_BODIES = 4
"""Of more, fewer ways to lie are tried."""
FEW_POSES = 2


@dataclass(frozen=True)
class _Subject:
    """One body, and what several figures of it are made of."""

    name: str
    mesh: Mesh
    samples_wanted: int

    @cached_property
    def hull(self) -> Hull | None:
        return hull_of(self.mesh.welded[0])

    @cached_property
    def box(self) -> BoxFigures | None:
        return _box(self.hull)

    @cached_property
    def closed(self) -> bool:
        return self.mesh.open_edges == 0 and self.mesh.volume > 0

    @cached_property
    def samples(self) -> Samples:
        return surface_samples(self.mesh, self.samples_wanted)

    @cached_property
    def felt(self) -> Thickness:
        return feel_at(RayTree.over(self.mesh), self.mesh, self.samples)


def analyse(bodies: Sequence[tuple[str, Mesh]], making: Making, material: str) -> Analysis:
    """Of the named bodies as they lie in the model. The same bodies give the same analysis: nothing is drawn by lot."""
    del material  # no figure depends on it yet; what a part weighs is among the measurements
    chosen = _largest(bodies)
    samples = max(WALL_SAMPLES // max(len(chosen), 1), MIN_WALL_SAMPLES)
    subjects = [_Subject(name, mesh, samples) for name, mesh in chosen]
    more_poses = MAX_POSES if len(subjects) <= FEW_BODIES else FEW_POSES
    analysed = [_analyse_body(subject, making, more_poses) for subject in subjects]
    whole = subjects[0].hull if len(bodies) == 1 else hull_of(np.concatenate([mesh.nodes for _, mesh in bodies]))
    box = subjects[0].box if len(bodies) == 1 else _box(whole)
    return Analysis(
        bodies=tuple(analysed),
        box=box,
        descriptor=_descriptor(bodies, whole, box),
        hull_mm3=None if whole is None else whole.volume,
        notes=tuple(_notes(bodies, chosen)),
        findings=tuple(worst_first(list(_findings(subjects, analysed, making)))),
    )


def _analyse_body(subject: _Subject, making: Making, more_poses: int) -> BodyAnalysis:
    mesh, hull, box, closed = subject.mesh, subject.hull, subject.box, subject.closed
    mass = mass_properties(mesh)
    lying = poses(Surface.of(mesh, hull), mass.centre, hull, more_poses) if closed else []
    ways = figures_of(lying, mass.volume, mass.area, making.envelope_mm)
    return BodyAnalysis(
        name=subject.name,
        triangles=len(mesh.triangles),
        box=box,
        hull_mm3=None if hull is None else hull.volume,
        hull_fill=mass.volume / hull.volume if closed and hull is not None else None,
        box_fill=mass.volume / box.volume_mm3 if closed and box is not None else None,
        walls=wall_figures(subject.felt) if closed else None,
        poses=tuple(ways),
        proposal=propose(ways) if closed else None,
    )


def _descriptor(bodies: Sequence[tuple[str, Mesh]], hull: Hull | None, box: BoxFigures | None) -> Descriptor | None:
    meshes = [mesh for _, mesh in bodies]
    if hull is None or box is None or any(mesh.open_edges for mesh in meshes):
        return None
    return describe(together([mass_properties(mesh) for mesh in meshes]), hull, box.size, topology_of(meshes))


def _findings(subjects: Sequence[_Subject], analysed: Sequence[BodyAnalysis], making: Making) -> Iterator[Finding]:
    for subject, body in zip(subjects, analysed, strict=True):
        if not subject.closed:
            continue
        yield from shell_findings(subject.name, subject.mesh)
        if making.cut:
            continue
        yield from thin_findings(subject.name, subject.felt, making.nozzle_mm)
        yield from gap_findings(subject.name, subject.mesh, making.nozzle_mm, subject.samples)
        yield from way_findings(body)
    yield from overlap_findings([(subject.name, subject.mesh) for subject in subjects if subject.closed])


def _largest(bodies: Sequence[tuple[str, Mesh]]) -> list[tuple[str, Mesh]]:
    if len(bodies) <= MAX_BODIES:
        return list(bodies)
    sizes = np.array([float(np.linalg.norm(np.subtract(*mesh.bounds))) for _, mesh in bodies])
    kept = np.sort(np.argsort(-np.round(sizes, 6), kind="stable")[:MAX_BODIES])
    return [bodies[number] for number in kept]


def _notes(bodies: Sequence[tuple[str, Mesh]], chosen: Sequence[tuple[str, Mesh]]) -> Iterator[str]:
    if len(chosen) < len(bodies):
        yield f"only the {MAX_BODIES} largest of {len(bodies)} bodies are analysed"
    for name, mesh in chosen:
        if mesh.open_edges:
            yield f"{name} is not watertight: walls and ways to lie are not analysed"
        elif len(mesh.triangles) > MAX_COLUMN_TRIANGLES:
            yield f"supports of {name} are estimated from a coarser mesh: it has {len(mesh.triangles)} triangles"


def _box(hull: Hull | None) -> BoxFigures | None:
    if hull is None:
        return None
    found = smallest_box(hull)
    first, second, third = (_vector(axis) for axis in found.axes)
    return BoxFigures(_vector(found.centre), (first, second, third), _vector(found.size), found.volume)


def _vector(values: Floats) -> Vector:
    return (float(values[0]), float(values[1]), float(values[2]))
