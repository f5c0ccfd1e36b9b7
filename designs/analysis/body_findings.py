"""Findings about how a part is put together: shells inside of shells, bodies in each other, a better way to lie."""

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np

from designs.analysis.columns import shared_volume
from designs.analysis.places import place
from designs.analysis.proposing import NOTHING_MM3
from designs.analysis.report import BodyAnalysis
from designs.analysis.shells import Shell, shells
from designs.finding import MAX_PLACES, Finding, Severity
from designs.mesh import Mesh

SHARED_SHARE = 0.05
"""Of the smaller body: less may be the facets of a pin in its hole, which reach into each other."""
MAX_PAIRS = 64
"""Of bodies that are looked at for what they share."""
MAX_TRIANGLES = 2_000_000
"""Of all pairs: some seconds."""
MIN_SAVED_MM3 = 500.0
MIN_SAVED_SHARE = 0.5
"""Another way to lie is only spoken of when it saves half of the supports, and half a cubic centimetre: the designer
chose this one, maybe for its strength."""


def shell_findings(name: str, mesh: Mesh) -> Iterator[Finding]:
    """Of a closed mesh: cavities, shells turned inside out, and shells drawn inside a body."""
    found = shells(mesh)
    if len(found) == 1:
        return
    cavities = [shell for shell in found if shell.volume < 0 and shell.inside > 0]
    inverted = [shell for shell in found if shell.volume < 0 and shell.inside <= 0]
    nested = [shell for shell in found if shell.volume > 0 and shell.inside > 0]
    if cavities:
        message = (
            f"{name} has a closed cavity of {-sum(shell.volume for shell in cavities):.4g} mm³: nothing inside can be "
        )
        message += "reached, and supports stay there"
        yield _of_shells("cavity", Severity.INFO, name, message, cavities)
    if inverted:
        message = f"{name} has a surface that is turned inside out: it may be printed as a hole, or not at all. "
        message += "Turn its faces round"
        yield _of_shells("inside_out", Severity.WARNING, name, message, inverted)
    if nested:
        message = (
            f"{name} has a closed surface inside its material, turned outward: it was to be united with the rest, or "
        )
        message += "to be cut from it"
        yield _of_shells("nested", Severity.WARNING, name, message, nested)


def _of_shells(code: str, severity: Severity, name: str, message: str, found: Sequence[Shell]) -> Finding:
    volume = round(sum(abs(shell.volume) for shell in found), 3)
    points = [place(shell.middle) for shell in found[:MAX_PLACES]]
    return Finding(code, severity, message, {"body": name, "volume_mm3": volume, "at": points[0], "points": points})


def overlap_findings(bodies: Sequence[tuple[str, Mesh]]) -> Iterator[Finding]:
    """Bodies that are drawn into each other; closed meshes only."""
    boxes = [mesh.bounds for _, mesh in bodies]
    meeting = (
        (a, b)
        for a, b in combinations(range(len(bodies)), 2)
        if (np.minimum(boxes[a][1], boxes[b][1]) > np.maximum(boxes[a][0], boxes[b][0])).all()
    )
    spent = 0
    for (a, b), _ in zip(meeting, range(MAX_PAIRS), strict=False):
        (first, mesh), (second, other) = bodies[a], bodies[b]
        spent += len(mesh.triangles) + len(other.triangles)
        if spent > MAX_TRIANGLES:
            return
        volume, middle = shared_volume(mesh, other)
        if volume < SHARED_SHARE * min(mesh.volume, other.volume):
            continue
        message = f"{first} and {second} are drawn into each other: {volume:.4g} mm³ belong to both. "
        message += "Unite them, cut one from the other, or move them apart"
        data: dict[str, object] = {"body": first, "other": second, "volume_mm3": round(volume, 2), "at": place(middle)}
        yield Finding("overlapping", Severity.WARNING, message, data)


def way_findings(body: BodyAnalysis) -> Iterator[Finding]:
    """Whether it should lie in another way."""
    if body.proposal is None or body.proposal.as_drawn:
        return
    drawn, better = body.poses[0], body.poses[body.proposal.pose]
    saved = drawn.support_mm3 - better.support_mm3
    if better.fits == drawn.fits and (saved < MIN_SAVED_MM3 or saved < MIN_SAVED_SHARE * drawn.support_mm3):
        return
    supports = "no supports" if better.support_mm3 < NOTHING_MM3 else f"{better.support_mm3:.0f} mm³ of supports"
    message = f"{body.name} would print with {supports} instead of {drawn.support_mm3:.0f} mm³ if it lay {better.name}"
    if better.fits and not drawn.fits:
        message = f"{body.name} would fit the machine if it lay {better.name}"
    data: dict[str, object] = {
        "body": body.name,
        "up": [round(value, 7) for value in better.up],
        "support_mm3": round(better.support_mm3, 1),
        "support_as_drawn_mm3": round(drawn.support_mm3, 1),
    }
    yield Finding("lay_otherwise", Severity.INFO, message, data)
