"""A second reader of G-code, written for nothing but to check the first: slow, without an allow-list, in small steps.

It takes lines apart letter by letter, keeps a dictionary, and walks every move in pieces, arcs by rotating the start
about the centre. It shares no code with printers.gcode.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_WORD = re.compile(r"([A-Z])\s*(-?[\d.]*)")

Place = tuple[float, float, float]


@dataclass
class Walk:
    """Where the nozzle has been, mm, and where it laid material."""

    visited: list[Place] = field(default_factory=list)
    laid: list[Place] = field(default_factory=list)
    fed_cold: bool = False
    nozzle_c: float = 0.0
    bed_c: float = 0.0
    hottest_c: float = 0.0


def walk(program: str, home: Place, coldest_c: float) -> Walk:
    """Run a program on a machine whose switches are at `home`."""
    reader = _Reader(home, coldest_c)
    for line in program.splitlines():
        (letter, number), *words = _WORD.findall(line.split(";")[0]) or [("", "")]
        if letter:
            reader.obey(letter + number, {name: float(value) if value else None for name, value in words})
    return reader.seen


Words = dict[str, float | None]


class _Reader:
    def __init__(self, home: Place, coldest_c: float) -> None:
        self.seen = Walk()
        self.home, self.coldest_c = home, coldest_c
        self.at, self.shift = list(home), [0.0, 0.0, 0.0]
        self.relative = self.e_relative = self.was_hot = False
        self.unit, self.e_at = 1.0, 0.0

    def obey(self, name: str, words: Words) -> None:
        if name in {"G20", "G21"}:
            self.unit = 25.4 if name == "G20" else 1.0
        elif name in {"G90", "G91"}:
            self.relative = self.e_relative = name == "G91"
        elif name in {"M82", "M83"}:
            self.e_relative = name == "M83"
        elif name == "G28":
            for index, axis in enumerate("XYZ"):
                if axis in words or not set("XYZ") & set(words):
                    self.at[index], self.shift[index] = self.home[index], 0.0
        elif name == "G92":
            self.rename(words)
        elif name in {"M104", "M109", "M140", "M190"}:
            self.heat(name, words.get("S") or 0.0)
        elif name in {"G0", "G1", "G2", "G3"}:
            self.move(name, words)

    def rename(self, words: Words) -> None:
        for letter, value in words.items():
            if letter == "E":
                self.e_at = (value or 0.0) * self.unit
            else:
                index = "XYZ".index(letter)
                self.shift[index] = self.at[index] - (value or 0.0) * self.unit

    def heat(self, name: str, target: float) -> None:
        if name in {"M140", "M190"}:
            self.seen.bed_c = target
            return
        self.seen.nozzle_c = target
        self.seen.hottest_c = max(self.seen.hottest_c, target)
        self.was_hot = target >= self.coldest_c and (self.was_hot or name == "M109")

    def move(self, name: str, words: Words) -> None:
        to = list(self.at)
        for index, axis in enumerate("XYZ"):
            value = words.get(axis)
            if value is not None:
                to[index] = self.at[index] + value * self.unit
                if not self.relative:
                    to[index] = value * self.unit + self.shift[index]
        fed = self.feed(words.get("E"))
        straight = name in {"G0", "G1"}
        path = list(_straight(self.at, to) if straight else _round(self.at, to, words, self.unit, name == "G2"))
        self.seen.visited += path
        if fed > 0 and len(path) > 1:
            self.seen.laid += path
        self.at = to

    def feed(self, value: float | None) -> float:
        if value is None:
            return 0.0
        value *= self.unit
        fed = value if self.e_relative else value - self.e_at
        if not self.e_relative:
            self.e_at = value
        if fed > 0 and not self.was_hot:
            self.seen.fed_cold = True
        return fed


def _straight(begin: list[float], end: list[float]) -> Iterator[Place]:
    steps = 0 if begin == end else 4
    for step in range(steps + 1):
        part = step / 4
        x, y, z = (a + (b - a) * part for a, b in zip(begin, end, strict=True))
        yield x, y, z


def _round(
    begin: list[float], end: list[float], words: dict[str, float | None], unit: float, clockwise: bool
) -> Iterator[Place]:
    if words.get("R") is not None:
        centre = _centre_by_radius(begin, end, (words["R"] or 0.0) * unit, clockwise)
    else:
        centre = complex(begin[0] + (words.get("I") or 0.0) * unit, begin[1] + (words.get("J") or 0.0) * unit)
    arm = complex(begin[0], begin[1]) - centre
    goal = complex(end[0], end[1]) - centre
    turn = math.atan2((goal * arm.conjugate()).imag, (goal * arm.conjugate()).real)
    if abs(complex(end[0], end[1]) - complex(begin[0], begin[1])) < 1e-6:
        turn = -2 * math.pi if clockwise else 2 * math.pi
    elif clockwise and turn > 0:
        turn -= 2 * math.pi
    elif not clockwise and turn < 0:
        turn += 2 * math.pi
    steps = 64
    for step in range(steps + 1):
        part = step / steps
        here = centre + arm * complex(math.cos(turn * part), math.sin(turn * part))
        yield here.real, here.imag, begin[2] + (end[2] - begin[2]) * part


def _centre_by_radius(begin: list[float], end: list[float], radius: float, clockwise: bool) -> complex:
    """Of the two circles through both ends, the one on the side that the sign and the direction choose."""
    a, b = complex(begin[0], begin[1]), complex(end[0], end[1])
    half = abs(b - a) / 2
    rise = math.sqrt(max(radius * radius - half * half, 0.0))
    left = (b - a) / abs(b - a) * 1j
    on_the_left = (radius > 0) != clockwise
    return (a + b) / 2 + left * (rise if on_the_left else -rise)
