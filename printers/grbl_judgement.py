"""The last judgement of a cutting program before it may reach a GRBL machine: an allow-list and a modal simulation.

What it says has nothing to do with how the program was made. Lines are read by the grammar of printers.gcode. Allowed
is what a flat cut needs: absolute millimetres in the XY plane, lines and arcs, dwells, the tool on and off, the end.
Source of the words' meaning: gnea/grbl v1.1, pages Commands and Laser Mode.
"""

from dataclasses import dataclass
from math import hypot
from pathlib import Path

from printers.gcode.arcs import NotAnArc, arc_by_centre, arc_by_radius
from printers.gcode.limits import Box
from printers.gcode.verdict import Objections, Reason
from printers.gcode.words import Command, NotUnderstood, parse_line

SLACK_MM = 0.002
"""Coordinates are written with three decimals."""
LONGEST_DWELL_SECONDS = 60.0

_MOTIONS = {"G0": "XYZ", "G1": "XYZFS", "G2": "XYIJRFS", "G3": "XYIJRFS"}
_OTHER = {
    "G4": "P", "G17": "", "G21": "", "G90": "", "G94": "", "G54": "", "M2": "", "M3": "S", "M4": "S", "M5": "",
    "M8": "", "M9": "", "M30": "",
}  # fmt: skip
_REFUSED = {
    "G20": "inches; make the program in millimetres",
    "G91": "relative moves; make the program with absolute ones",
    "G92": "it shifts the sheet's zero",
    "G10": "it shifts the sheet's zero for good",
    "M0": "it waits for a person in the middle of a cut",
}


@dataclass(frozen=True)
class CutterLimits:
    """What one machine may be asked to do with one sheet."""

    box: Box
    """In the sheet's coordinates, mm; its floor is as deep as the tool may go."""
    max_feed_mm_min: float
    max_s: float
    laser: bool
    """Rapid moves are dark; otherwise the tool is at work wherever it is below Z0."""


@dataclass(frozen=True)
class CutVerdict:
    """Whether a program may run on the machine that it was judged for, and what it would do."""

    reasons: tuple[Reason, ...]
    cut_mm: float
    """Way with the tool on, rapid moves apart."""
    seconds: float
    """All moves at their full feed and all dwells: a lower bound."""

    @property
    def accepted(self) -> bool:
        return not self.reasons


def judge_cut(path: Path, limits: CutterLimits) -> CutVerdict:
    """Read a program and say whether it may run. Raises OSError only."""
    judgement = _Judgement(limits)
    with path.open("rb") as file:
        for number, raw in enumerate(file, 1):
            judgement.read(number, raw.rstrip(b"\n"))
    return judgement.finish()


class _Judgement:
    def __init__(self, limits: CutterLimits) -> None:
        self._limits = limits
        self._objections = Objections()
        self._x = self._y = self._z = 0.0
        self._height_known = limits.laser
        self._feed: float | None = None
        self._on = False
        self._cut_mm = self._seconds = 0.0

    def read(self, number: int, raw: bytes) -> None:
        try:
            self._objections.text = raw
            command = parse_line(raw)
        except NotUnderstood as error:
            self._objections.add(number, "not_understood", str(error))
            return
        if command is None:
            return
        words = _MOTIONS.get(command.name, _OTHER.get(command.name))
        if words is None:
            why = _REFUSED.get(command.name, "it is not among the commands that a cut needs")
            self._objections.add(number, "not_allowed", f"{command.name} is not allowed: {why}")
        elif unknown := [word for word, value in command.words.items() if word not in words or value is None]:
            self._objections.add(number, "not_allowed", f"{command.name} does not go with {', '.join(unknown)}")
        else:
            self._obey(number, command)

    def finish(self) -> CutVerdict:
        if self._on:
            self._objections.add(0, "tool_on", "the tool is still on at the end; switch it off (M5)")
        if not self._cut_mm:
            self._objections.add(0, "empty", "the program cuts nothing")
        return CutVerdict(tuple(self._objections.reasons), self._cut_mm, self._seconds)

    def _obey(self, number: int, command: Command) -> None:
        words = {letter: value for letter, value in command.words.items() if value is not None}
        if words.get("S", 0) > self._limits.max_s or words.get("S", 0) < 0:
            self._objections.add(number, "too_fast", f"S{words['S']:g} is not from 0 to {self._limits.max_s:g}")
        if "F" in words:
            self._feed = words["F"]
            if not 0 < self._feed <= self._limits.max_feed_mm_min:
                most = self._limits.max_feed_mm_min
                self._objections.add(number, "too_fast", f"the feed {self._feed:g} mm/min is not from 0 to {most:g}")
        if command.name in _MOTIONS:
            self._move(number, command.name, words)
        elif command.name in {"M3", "M4"}:
            self._switch_on(number, command.name)
        elif command.name in {"M5", "M2", "M30"}:
            self._on = False
        elif command.name == "G4":
            self._seconds += words.get("P", 0.0)
            if not 0 <= words.get("P", -1) <= LONGEST_DWELL_SECONDS:
                self._objections.add(number, "not_allowed", f"a dwell must be from 0 to {LONGEST_DWELL_SECONDS:g} s")

    def _switch_on(self, number: int, name: str) -> None:
        self._on = True
        if self._limits.laser and name == "M3":
            text = "M3 is not allowed: the beam would burn where the head stands still; switch it on by M4"
            self._objections.add(number, "not_allowed", text)
        elif not self._limits.laser and name == "M4":
            text = "M4 is not allowed: it turns the spindle backwards; switch it on by M3"
            self._objections.add(number, "not_allowed", text)

    def _move(self, number: int, name: str, words: dict[str, float]) -> None:
        if not words.keys() & set("XYZ"):
            return
        x, y, z = words.get("X", self._x), words.get("Y", self._y), words.get("Z", self._z)
        self._require_order(number, name, words, min(z, self._z))
        corners, length = self._way(number, name, words, (x, y))
        for corner_x, corner_y in corners:
            self._require_inside(number, corner_x, corner_y, z)
        length = hypot(length, z - self._z)
        if name != "G0" and self._on:
            self._cut_mm += length
        speed = self._limits.max_feed_mm_min if name == "G0" else self._feed or self._limits.max_feed_mm_min
        self._seconds += length / max(speed, 1.0) * 60
        self._x, self._y, self._z = x, y, z
        self._height_known = self._height_known or "Z" in words

    def _require_order(self, number: int, name: str, words: dict[str, float], lowest: float) -> None:
        """What must have been said before a move."""
        sideways = bool(words.keys() & set("XY"))
        if sideways and not self._height_known:
            self._objections.add(number, "unhomed", "it moves sideways before it has lifted the tool (Z)")
        if name != "G0" and self._feed is None:
            self._objections.add(number, "too_fast", f"{name} before any feed rate (F)")
        if not self._limits.laser and lowest < -SLACK_MM:
            if not self._on:
                self._objections.add(number, "tool_off", f"it goes into the sheet (Z{lowest:g}) with the spindle off")
            if name == "G0" and (sideways or words.get("Z", 0) < self._z):
                self._objections.add(number, "too_fast", f"a rapid move inside the sheet (Z{lowest:g})")

    def _way(
        self, number: int, name: str, words: dict[str, float], end: tuple[float, float]
    ) -> tuple[list[tuple[float, float]], float]:
        """Where a move comes to its outermost in the plane, and its length there."""
        straight = hypot(end[0] - self._x, end[1] - self._y)
        if name in {"G0", "G1"}:
            return [end], straight
        try:
            begin, clockwise = (self._x, self._y), name == "G2"
            if "R" in words:
                arc = arc_by_radius(begin, end, words["R"], clockwise=clockwise)
            else:
                arc = arc_by_centre(begin, end, (words.get("I", 0.0), words.get("J", 0.0)), clockwise=clockwise)
        except NotAnArc as error:
            self._objections.add(number, "not_understood", str(error))
            return [end], straight
        least_x, least_y, most_x, most_y = arc.extremes()
        return [(least_x, least_y), (most_x, most_y)], arc.length

    def _require_inside(self, number: int, x: float, y: float, z: float) -> None:
        box = self._limits.box
        for axis, value, least, most in (
            ("X", x, box.min_x, box.max_x), ("Y", y, box.min_y, box.max_y), ("Z", z, box.min_z, box.max_z),
        ):  # fmt: skip
            if not least - SLACK_MM <= value <= most + SLACK_MM:
                message = f"it moves to {axis}{value:.2f}, outside of {least:g} to {most:g} mm"
                self._objections.add(number, "outside", message)
