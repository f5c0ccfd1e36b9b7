"""Asks the kernel, or the mesh where there is no exact geometry, for the figures of a workpiece."""

import math

import numpy as np

from designs.analysis.topology import topology_of
from designs.checks import Finding, Severity, check, check_closed
from designs.engines.interface import EngineError
from designs.finding import worst_first
from designs.formats import brep
from designs.formats.sheet_findings import sheet_findings
from designs.formats.workpiece import Workpiece
from designs.measure import Measurements, mass_g


def measure(work: Workpiece) -> Measurements:
    """Exact where the geometry is, by the mesh otherwise; raises EngineError where that is no number."""
    found = work.properties
    if not math.isfinite(found.volume):
        raise EngineError("bad_geometry", "the part's volume is not a finite number")
    topology = topology_of(work.meshes)
    first, second, third = np.linalg.eigvalsh(np.array(found.inertia)).tolist()
    return Measurements(
        volume_mm3=found.volume,
        area_mm2=found.area,
        bounding_box=work.box,
        centre_of_mass=found.centre,
        mass_g=mass_g(found.volume, work.order.material),
        bodies=len(work.parts),
        solids=_count(work, "SOLID"),
        faces=_count(work, "FACE"),
        edges=_count(work, "EDGE"),
        triangles=sum(len(mesh.welded[1]) for mesh in work.meshes),
        watertight=not any(mesh.open_edges for mesh in work.meshes),
        shells=_count(work, "SHELL") if work.exact else topology.shells,
        vertices=_count(work, "VERTEX"),
        euler_characteristic=topology.euler_characteristic,
        genus=topology.genus,
        inertia_mm5=found.inertia,
        principal_mm5=(first, second, third),
    )


def findings(work: Workpiece) -> list[Finding]:
    """What a maker should know, as far as it is quickly found."""
    bodies = [(name, mesh) for name, _, mesh in work.named]
    if work.order.making.cut:
        return worst_first(check_closed(bodies) + sheet_findings(work))
    found = check(bodies, work.order.making)
    for part in work.parts:
        solids = len(brep.sub_shapes(part.shape, "SOLID")) if part.shape is not None else 1
        if solids > 1:
            message = f"{part.name} is made of {solids} separate solids"
            found.append(Finding("several_solids", Severity.INFO, message, {"body": part.name, "solids": solids}))
    return found


def _count(work: Workpiece, kind: str) -> int:
    """Of exact sub-shapes; closed meshes count as solids, and have neither faces nor edges of their own."""
    if work.exact:
        return len(brep.sub_shapes(work.whole, kind))
    return sum(not mesh.open_edges for mesh in work.meshes) if kind == "SOLID" else 0
