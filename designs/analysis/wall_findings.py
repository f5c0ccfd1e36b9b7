"""Findings about walls that are too thin for a nozzle, and gaps too narrow. Lengths in mm."""

from collections.abc import Iterator

import numpy as np

from designs.analysis.places import place, spread_out
from designs.analysis.rays import RayTree
from designs.analysis.sampling import Samples
from designs.analysis.walls import Thickness, feel_within
from designs.finding import MAX_PLACES, Finding, JsonObject, Severity
from designs.mesh import Floats, Mesh

FACET_SLACK_MM = 0.05
"""The facets of a curved wall come nearer to each other than the wall itself by about this."""
MIN_THIN_MM2 = 1.0
"""A smaller thin patch is an edge, or a slip of the sampling."""
FUSING_SHARE = 0.5
"""Of the nozzle's width: what is filled by the threads on both sides, which come out wider than drawn. Wider gaps are
often meant: hinges that are printed in one piece have them."""
_APART_MM = 1.0
"""Between places that are marked."""


def wall_findings(name: str, mesh: Mesh, nozzle_mm: float, samples: Samples) -> Iterator[Finding]:
    """What is thinner than the nozzle, as far as the samples of a closed mesh tell."""
    return thin_findings(name, feel_within(nozzle_mm, RayTree.over(mesh), mesh, samples), nozzle_mm)


def thin_findings(name: str, felt: Thickness, nozzle_mm: float) -> Iterator[Finding]:
    """The same, of walls that were felt already."""
    thin = felt.walls & (felt.thickness < nozzle_mm - FACET_SLACK_MM)
    if float(felt.areas[thin].sum()) < MIN_THIN_MM2:
        return
    middle, data = _told(name, felt, thin)
    message = f"{name} has walls of {middle:.2f} mm, thinner than the {nozzle_mm:g} mm nozzle: they will not be printed"
    message += ". Make them thicker, or choose a finer nozzle"
    yield Finding("too_thin", Severity.WARNING, message, data | {"nozzle_mm": nozzle_mm})


def gap_findings(name: str, mesh: Mesh, nozzle_mm: float, samples: Samples) -> Iterator[Finding]:
    """Gaps and holes that will be closed: as walls, but of the air around the body."""
    air = Mesh(mesh.nodes, -mesh.normals, mesh.triangles[:, ::-1], mesh.faces)
    around = Samples(samples.triangles, samples.places, -samples.normals, samples.areas)
    limit = FUSING_SHARE * nozzle_mm
    felt = feel_within(limit, RayTree.over(air), air, around)
    narrow = felt.walls & (felt.thickness < limit)
    if float(felt.areas[narrow].sum()) < MIN_THIN_MM2:
        return
    middle, data = _told(name, felt, narrow)
    message = f"{name} has gaps or holes of {middle:.2f} mm: printed with a {nozzle_mm:g} mm nozzle they will close. "
    message += "Make them wider, or leave them out"
    yield Finding("narrow_gap", Severity.WARNING, message, data | {"nozzle_mm": nozzle_mm})


def _told(name: str, felt: Thickness, chosen: np.typing.NDArray[np.bool_]) -> tuple[float, JsonObject]:
    """The middle thickness of those chosen, and all figures with up to MAX_PLACES places, thinnest first."""
    order = np.flatnonzero(chosen)[np.argsort(np.round(felt.thickness[chosen], 6), kind="stable")]
    middle = order[len(order) // 2]
    shown = order[spread_out(felt.places[order], _APART_MM, MAX_PLACES)]
    thickness: Floats = felt.thickness
    return float(thickness[middle]), {
        "body": name,
        "thickness_mm": round(float(thickness[middle]), 3),
        "area_mm2": round(float(felt.areas[chosen].sum()), 2),
        "at": place(felt.places[middle]),
        "points": [place(felt.places[number]) for number in shown],
        "thicknesses_mm": [round(float(thickness[number]), 3) for number in shown],
    }
