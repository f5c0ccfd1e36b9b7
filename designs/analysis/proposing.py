"""Which way to lay a body on the bed: what each way costs, the cheapest, and why in words."""

import math
from collections.abc import Sequence

from designs.analysis.poses import Pose, fits, quaternion
from designs.analysis.report import PoseFigures, Proposal
from designs.measure import Vector

SUPPORT_WEIGHT = 1.0
"""Of the support's share of the body's volume: material, time and scars."""
OVERHANG_WEIGHT = 0.5
"""Of the share of the surface that is an underside: it comes out rough."""
HEIGHT_WEIGHT = 0.15
"""Of the height's share of the body's diagonal: layers take time, and a tall print shakes."""
CONTACT_WEIGHT = 0.15
"""Of what is missing to the largest contact of all ways: less holds it on the bed."""
FALLING = 1.0
"""Added where it does not stand by itself, or hardly."""
MIN_TIP_DEGREES = 5.0
"""What can be tilted less than this falls when the nozzle pulls."""
DRAWN_BONUS = 0.1
"""The designer's way counts for more: loads along layers, and the side that is seen, are not known here."""
NOTHING_MM3 = 1.0
"""Less support than this is none: the columns are coarse."""


def figures_of(poses: Sequence[Pose], volume: float, area: float, envelope: Sequence[float]) -> list[PoseFigures]:
    """Each way with its cost, for a body of so many mm³ and mm²."""
    most = max((pose.contact_mm2 for pose in poses), default=0.0)
    return [_figures(pose, _cost(pose, volume, area, most), envelope) for pose in poses]


def propose(poses: Sequence[PoseFigures]) -> Proposal:
    """The cheapest of those that fit the machine, of all where none does; `poses` begins with the way it is drawn.

    Equal ways (a round body has many) are decided by their order, not by the last bits of floats.
    """
    able = [number for number, pose in enumerate(poses) if pose.fits] or list(range(len(poses)))
    best = min(able, key=lambda number: (round(poses[number].cost, 3), number))
    return Proposal(best, best == 0, tuple(_reasons(poses[best], poses[0])))


def _cost(pose: Pose, volume: float, area: float, most_contact: float) -> float:
    diagonal = math.hypot(pose.height_mm, *pose.footprint_mm)
    support = 0.0 if pose.support_mm3 < NOTHING_MM3 else pose.support_mm3
    cost = SUPPORT_WEIGHT * support / max(volume, 1e-9) + OVERHANG_WEIGHT * pose.overhang_mm2 / max(area, 1e-9)
    cost += HEIGHT_WEIGHT * pose.height_mm / max(diagonal, 1e-9)
    cost += CONTACT_WEIGHT * (1 - pose.contact_mm2 / most_contact if most_contact else 1.0)
    cost += FALLING if pose.tip_degrees < MIN_TIP_DEGREES else 0.0
    return cost - (DRAWN_BONUS if pose.name == "as drawn" else 0.0)


def _figures(pose: Pose, cost: float, envelope: Sequence[float]) -> PoseFigures:
    x, y, z = (_row(row) for row in pose.matrix.tolist())
    return PoseFigures(
        name=pose.name,
        up=pose.up,
        matrix=(x, y, z),
        quaternion=quaternion(pose.matrix),
        overhang_mm2=pose.overhang_mm2,
        support_mm3=pose.support_mm3,
        contact_mm2=pose.contact_mm2,
        height_mm=pose.height_mm,
        footprint_mm=pose.footprint_mm,
        tip_degrees=pose.tip_degrees,
        fits=fits(pose, envelope),
        cost=cost,
    )


def _row(row: list[float]) -> Vector:
    return (row[0], row[1], row[2])


def _reasons(best: PoseFigures, drawn: PoseFigures) -> list[str]:
    told = [_support(best, drawn)]
    if not best.fits:
        told.append("fits the machine no better in any other way")
    if not drawn.fits and best.fits:
        told.append("fits the machine, which it does not as drawn")
    told.append(f"stands on {best.contact_mm2:.0f} mm²" + _beside(best.contact_mm2, drawn.contact_mm2, "mm²"))
    told.append(f"is {best.height_mm:.1f} mm high" + _beside(best.height_mm, drawn.height_mm, "mm"))
    if drawn.tip_degrees < MIN_TIP_DEGREES <= best.tip_degrees:
        told.append("stands by itself, which it does not as drawn")
    return told


def _support(best: PoseFigures, drawn: PoseFigures) -> str:
    if best.support_mm3 < NOTHING_MM3:
        return "needs no supports" + _beside(0.0, drawn.support_mm3, "mm³")
    told = f"has at most {best.support_mm3:.0f} mm³ of supports"
    return told + _beside(best.support_mm3, drawn.support_mm3, "mm³")


def _beside(best: float, drawn: float, unit: str) -> str:
    return "" if round(best) == round(drawn) else f" (as drawn {drawn:.0f} {unit})"
