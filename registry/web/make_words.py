"""An analysis as the page's Make panel tells it: how thick the walls are, and how to lay each body on the bed. Pure."""

import json
import re
from dataclasses import dataclass

from designs.analysis.proposing import MIN_TIP_DEGREES, NOTHING_MM3
from designs.analysis.report import Analysis, BodyAnalysis, PoseFigures, WallFigures
from registry.web import formatting
from registry.web.languages import _, noted
from registry.web.places import Mark
from registry.web.wall_chart import WallChart, draw_walls

MOST_BODIES = 12
"""With a part of the panel each; of more, the rest is in the file."""
MOST_WAYS = 6
"""Ways to lie that are shown at once: as drawn, the proposal, and the best of the others."""
_FLAT = re.compile(r"on a flat side of (?P<area>\d+) mm²")
_NAMES = {
    "as drawn": noted("As drawn"),
    "upside down": noted("Upside down"),
    "on its back": noted("On its back"),
    "on its front": noted("On its front"),
    "on its left side": noted("On its left side"),
    "on its right side": noted("On its right side"),
}
_ADVICE = {
    "as drawn": noted("Print it as it is drawn"),
    "upside down": noted("Turn it upside down"),
    "on its back": noted("Lay it on its back"),
    "on its front": noted("Lay it on its front"),
    "on its left side": noted("Lay it on its left side"),
    "on its right side": noted("Lay it on its right side"),
}


@dataclass(frozen=True)
class Way:
    """One way to lie on the bed."""

    name: str
    turn: str
    """For the page's script: the body and the rotation (w, x, y, z) in the model's own directions."""
    support: str
    overhang: str
    contact: str
    height: str
    tip: str
    stands: bool
    fits: bool
    proposed: bool


@dataclass(frozen=True)
class BodyMake:
    """One body."""

    name: str
    chart: WallChart | None
    walls: tuple[tuple[str, str], ...]
    thinnest: Mark | None
    advice: str
    """The proposal in a sentence; empty where there is none."""
    as_drawn: bool
    """The proposal is to leave it as it is."""
    reasons: tuple[str, ...]
    ways: tuple[Way, ...]
    """The proposal first."""

    @property
    def brief(self) -> str:
        """The advice and the thinnest wall on a line, to be unfolded."""
        told = [self.advice, *(f"{label[:1].lower()}{label[1:]} {value}" for label, value in self.walls[:1])]
        return ", ".join(each for each in told if each) or _("not analysed")

    @property
    def proposal(self) -> Way | None:
        return next((way for way in self.ways if way.proposed), None)


@dataclass(frozen=True)
class MakeWords:
    bodies: tuple[BodyMake, ...]
    more_bodies: int
    notes: tuple[str, ...]


def make_words(analysis: Analysis, nozzle_mm: float) -> MakeWords:
    """For the nozzle that the design asks for."""
    shown = analysis.bodies[:MOST_BODIES]
    bodies = tuple(_body(body, nozzle_mm) for body in shown)
    notes = tuple(formatting.capitalise(note) for note in analysis.notes)
    return MakeWords(bodies, len(analysis.bodies) - len(shown), notes)


def _body(body: BodyAnalysis, nozzle_mm: float) -> BodyMake:
    walls, proposal = body.walls, body.proposal
    return BodyMake(
        name=body.name,
        chart=draw_walls(walls.edges_mm, walls.shares, nozzle_mm) if walls else None,
        walls=_wall_facts(walls) if walls else (),
        thinnest=_thinnest(body.name, walls) if walls else None,
        advice=_advice(body.poses[proposal.pose]) if proposal else "",
        as_drawn=proposal is not None and proposal.as_drawn,
        reasons=tuple(formatting.capitalise(reason) for reason in proposal.reasons) if proposal else (),
        ways=_ways(body),
    )


def _wall_facts(walls: WallFigures) -> tuple[tuple[str, str], ...]:
    facts = (
        (_("Thinnest wall"), walls.least_mm),
        (_("5 %% is under, edges too") % {}, walls.p5_mm),
        (_("Half is under"), walls.median_mm),
    )
    return tuple((label, f"{formatting.figure(value)} mm") for label, value in facts if value is not None)


def _thinnest(body: str, walls: WallFigures) -> Mark | None:
    """The thinnest place, and those that are hardly thicker."""
    if not walls.thinnest:
        return None
    least = walls.thinnest[0]
    near = [(x, y, z) for x, y, z, thickness in walls.thinnest if thickness <= least[3] * 1.1]
    words = _("%(width)s mm thick") % {"width": formatting.figure(least[3])}
    return Mark(words, "measure", (least[0], least[1], least[2]), tuple(near), body=body)


def _advice(pose: PoseFigures) -> str:
    if pose.name in _ADVICE:
        return _(_ADVICE[pose.name])
    side = _FLAT.fullmatch(pose.name)
    if side is not None:
        return _("Lay it on a flat side of %(area)s mm²") % {"area": side["area"]}
    return _("Lay it %(side)s") % {"side": pose.name}


def _name(pose: PoseFigures) -> str:
    if pose.name in _NAMES:
        return _(_NAMES[pose.name])
    side = _FLAT.fullmatch(pose.name)
    return _("On a flat side of %(area)s mm²") % {"area": side["area"]} if side else formatting.capitalise(pose.name)


def _ways(body: BodyAnalysis) -> tuple[Way, ...]:
    """The proposal, the way it is drawn, and the best of the others; one of those with the same name."""
    best = body.proposal.pose if body.proposal else 0
    order = sorted(
        range(len(body.poses)),
        key=lambda number: (number != best, number != 0, round(body.poses[number].cost, 3), number),
    )
    chosen: list[Way] = []
    for number in order:
        way = _way(body.name, body.poses[number], proposed=body.proposal is not None and number == best)
        if all(way.name != each.name for each in chosen):
            chosen.append(way)
    return tuple(chosen[:MOST_WAYS])


def _way(body: str, pose: PoseFigures, *, proposed: bool) -> Way:
    return Way(
        name=_name(pose),
        turn=json.dumps({"body": body, "quaternion": pose.quaternion}),
        support=_("none") if pose.support_mm3 < NOTHING_MM3 else f"{_whole(_rough(pose.support_mm3))} mm³",
        overhang=f"{_whole(pose.overhang_mm2)} mm²",
        contact=f"{_whole(pose.contact_mm2)} mm²",
        height=f"{formatting.figure(round(pose.height_mm, 1))} mm",
        tip=f"{pose.tip_degrees:.0f}°" if pose.tip_degrees > 0 else _("falls over"),
        stands=pose.tip_degrees >= MIN_TIP_DEGREES,
        fits=pose.fits,
        proposed=proposed,
    )


def _rough(value: float) -> float:
    """Supports are an upper bound: more than three figures would be pretence."""
    return float(f"{value:.3g}")


def _whole(value: float) -> str:
    return formatting.figure(round(value))
