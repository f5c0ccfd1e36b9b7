"""The `d` of an SVG path, and the transformations of its points. After SVG 2, chapters Paths and Coordinate Systems."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import atan2, ceil, cos, hypot, isclose, isfinite, pi, radians, sin, sqrt, tan, tau

from designs.engines.interface import EngineError
from designs.outlines.curves import Arc, Bezier, Chain, Curve, Point, Straight

_TOKEN = re.compile(r"\s*,?\s*([MmZzLlHhVvCcSsQqTtAa]|[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)")
_FLAG = re.compile(r"\s*,?\s*([01])")
_SKIP = re.compile(r"[\s,]*")
_FUNCTION = re.compile(r"\s*,?\s*(matrix|translate|scale|rotate|skewX|skewY)\s*\(([^)]*)\)")
_ARGUMENTS = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "T": 2, "A": 7}
_PIECE = pi / 16
"""Of an ellipse, for one Bézier curve: it leaves the ellipse by less than a millionth of its radius."""


@dataclass(frozen=True)
class Matrix:
    """x' = a x + c y + e, y' = b x + d y + f."""

    a: float = 1.0
    b: float = 0.0
    c: float = 0.0
    d: float = 1.0
    e: float = 0.0
    f: float = 0.0

    def __matmul__(self, inner: "Matrix") -> "Matrix":
        """What `inner` does, and then this."""
        return Matrix(
            self.a * inner.a + self.c * inner.b,
            self.b * inner.a + self.d * inner.b,
            self.a * inner.c + self.c * inner.d,
            self.b * inner.c + self.d * inner.d,
            self.a * inner.e + self.c * inner.f + self.e,
            self.b * inner.e + self.d * inner.f + self.f,
        )

    def __call__(self, point: Point) -> Point:
        x, y = point
        return self.a * x + self.c * y + self.e, self.b * x + self.d * y + self.f

    @property
    def scale(self) -> float | None:
        """By how much it enlarges everything alike; None where circles become ellipses."""
        along, across = hypot(self.a, self.b), hypot(self.c, self.d)
        square = abs(self.a * self.c + self.b * self.d) <= 1e-9 * max(along * across, 1e-12)
        return along if square and isclose(along, across, rel_tol=1e-9) else None


def read_transform(text: str) -> Matrix:
    """Raises EngineError."""
    matrix, at = Matrix(), 0
    while found := _FUNCTION.match(text, at):
        matrix, at = (
            matrix @ _function(found[1], [_number(word) for word in re.split(r"[\s,]+", found[2].strip())]),
            (found.end()),
        )
    if text[at:].strip():
        raise EngineError("bad_geometry", f"the SVG has a transformation that cannot be read: {text[:60]!r}")
    return matrix


def _function(name: str, given: list[float]) -> Matrix:
    try:
        match name, given:
            case "matrix", [a, b, c, d, e, f]:
                return Matrix(a, b, c, d, e, f)
            case "translate", [x, *rest]:
                return Matrix(e=x, f=rest[0] if rest else 0.0)
            case "scale", [x, *rest]:
                return Matrix(a=x, d=rest[0] if rest else x)
            case "rotate", [angle, *rest]:
                turn = radians(angle)
                about = Matrix(e=rest[0], f=rest[1]) if rest else Matrix()
                back = Matrix(e=-about.e, f=-about.f)
                return about @ Matrix(cos(turn), sin(turn), -sin(turn), cos(turn)) @ back
            case "skewX", [angle]:
                return Matrix(c=tan(radians(angle)))
            case "skewY", [angle]:
                return Matrix(b=tan(radians(angle)))
    except IndexError:
        pass
    raise EngineError("bad_geometry", f"the SVG has a {name}() with {len(given)} numbers")


@dataclass(frozen=True)
class Ellipse:
    """With its first axis turned by `turn`, radians."""

    centre: Point
    radii: Point
    turn: float = 0.0

    def at(self, angle: float) -> Point:
        x, y = self._turned(self.radii[0] * cos(angle), self.radii[1] * sin(angle))
        return self.centre[0] + x, self.centre[1] + y

    def along(self, angle: float) -> Point:
        """How a point on it moves as the angle grows."""
        return self._turned(-self.radii[0] * sin(angle), self.radii[1] * cos(angle))

    def _turned(self, x: float, y: float) -> Point:
        return x * cos(self.turn) - y * sin(self.turn), x * sin(self.turn) + y * cos(self.turn)


def ellipse_arc(ellipse: Ellipse, first: float, sweep: float, matrix: Matrix) -> list[Curve]:
    """An arc of an ellipse, moved by `matrix`: of a circle it stays an arc."""
    scale = matrix.scale
    if scale is not None and isclose(*ellipse.radii, rel_tol=1e-9):
        mirrored = matrix.a * matrix.d - matrix.b * matrix.c < 0
        start, middle = matrix(ellipse.at(first)), matrix(ellipse.centre)
        angle = atan2(start[1] - middle[1], start[0] - middle[0])
        return [Arc(middle, ellipse.radii[0] * scale, angle, -sweep if mirrored else sweep)]
    count = max(ceil(abs(sweep) / _PIECE), 1)
    step = sweep / count
    reach = 4 / 3 * tan(step / 4)
    curves: list[Curve] = []
    for index in range(count):
        here, there = first + index * step, first + (index + 1) * step
        one, other, out, into = ellipse.at(here), ellipse.at(there), ellipse.along(here), ellipse.along(there)
        controls = (
            one, (one[0] + reach * out[0], one[1] + reach * out[1]),
            (other[0] - reach * into[0], other[1] - reach * into[1]), other,
        )  # fmt: skip
        curves.append(Bezier(tuple(matrix(point) for point in controls)))
    return curves


class PathReader:
    """One path's data, command by command. Raises EngineError where it is none."""

    def __init__(self, text: str, matrix: Matrix) -> None:
        self._text = text
        self._at = 0
        self._matrix = matrix
        self._here: Point = (0.0, 0.0)
        self._begin: Point = (0.0, 0.0)
        self._control: Point | None = None
        """The last control point, for commands that go on smoothly."""
        self._control_of = ""
        self._curves: list[Curve] = []

    def chains(self) -> Iterator[Chain]:
        """Its pieces, each without a lift of the pen; what is filled is closed."""
        command = ""
        while self._more():
            token = self._take()
            if token.isalpha():
                command = token
            else:
                self._at -= len(token)
                command = {"M": "L", "m": "l"}.get(command, command)
                if command in {"", "Z", "z"}:
                    raise self._broken()
            if command in {"M", "m"}:
                yield from self._finished()
                self._here = self._begin = self._point(*self._numbers(2), relative=command == "m")
                self._control = None
            elif command in {"Z", "z"}:
                self._straight(self._begin)
                yield from self._finished()
            else:
                self._obey(command.upper(), relative=command.islower())
        yield from self._finished()

    def _finished(self) -> Iterator[Chain]:
        if self._curves:
            yield tuple(self._curves)
        self._curves = []

    def _obey(self, command: str, *, relative: bool) -> None:
        if command == "A":
            self._arc(relative=relative)
            return
        given = self._numbers(_ARGUMENTS[command])
        base = self._here if relative else (0.0, 0.0)
        if command == "H":
            self._straight((given[0] + base[0], self._here[1]))
        elif command == "V":
            self._straight((self._here[0], given[0] + base[1]))
        else:
            points = [self._point(x, y, relative=relative) for x, y in zip(given[::2], given[1::2], strict=True)]
            if command == "L":
                self._straight(points[0])
            elif command in {"C", "S"}:
                first = [self._mirrored("C")] if command == "S" else []
                self._bezier([*first, *points], "C")
            else:
                first = [self._mirrored("Q")] if command == "T" else []
                self._bezier([*first, *points], "Q")

    def _straight(self, end: Point) -> None:
        if end != self._here:
            self._curves.append(Straight(self._matrix(self._here), self._matrix(end)))
        self._here, self._control = end, None

    def _bezier(self, points: list[Point], kind: str) -> None:
        if any(point != self._here for point in points):
            self._curves.append(Bezier(tuple(self._matrix(point) for point in (self._here, *points))))
        self._here, self._control, self._control_of = points[-1], points[-2], kind

    def _mirrored(self, kind: str) -> Point:
        if self._control is None or self._control_of != kind:
            return self._here
        return 2 * self._here[0] - self._control[0], 2 * self._here[1] - self._control[1]

    def _arc(self, *, relative: bool) -> None:
        rx, ry, turn = self._numbers(3)
        large, forward = self._flag(), self._flag()
        end = self._point(*self._numbers(2), relative=relative)
        rx, ry, turn = abs(rx), abs(ry), radians(turn)
        if not rx or not ry or end == self._here:
            self._straight(end)
            return
        ellipse, first, sweep = _by_ends(self._here, end, (rx, ry), turn, large=large, forward=forward)
        self._curves += ellipse_arc(ellipse, first, sweep, self._matrix)
        self._here, self._control = end, None

    def _point(self, x: float, y: float, *, relative: bool) -> Point:
        return (x + self._here[0], y + self._here[1]) if relative else (x, y)

    def _more(self) -> bool:
        skipped = _SKIP.match(self._text, self._at)
        self._at = skipped.end() if skipped else self._at
        return self._at < len(self._text)

    def _take(self) -> str:
        found = _TOKEN.match(self._text, self._at)
        if not found:
            raise self._broken()
        self._at = found.end()
        return found[1]

    def _numbers(self, count: int) -> list[float]:
        numbers = []
        for _ in range(count):
            token = self._take()
            if token.isalpha():
                raise self._broken()
            numbers.append(_number(token))
        return numbers

    def _flag(self) -> bool:
        found = _FLAG.match(self._text, self._at)
        if not found:
            raise self._broken()
        self._at = found.end()
        return found[1] == "1"

    def _broken(self) -> EngineError:
        near = self._text[max(self._at - 10, 0) : self._at + 20]
        return EngineError("bad_geometry", f"a path of the SVG cannot be read near {near!r}")


def _by_ends(
    begin: Point, end: Point, radii: Point, turn: float, *, large: bool, forward: bool
) -> tuple[Ellipse, float, float]:
    """The ellipse, first angle and sweep of an arc between two points (SVG 2, implementation notes on arcs)."""
    rx, ry = radii
    half_x, half_y = (begin[0] - end[0]) / 2, (begin[1] - end[1]) / 2
    x, y = half_x * cos(turn) + half_y * sin(turn), half_y * cos(turn) - half_x * sin(turn)
    grown = (x / rx) ** 2 + (y / ry) ** 2
    if grown > 1:  # the radii are too small to reach: they are enlarged
        rx, ry = rx * sqrt(grown), ry * sqrt(grown)
    below = (rx * y) ** 2 + (ry * x) ** 2
    factor = sqrt(max((rx * ry) ** 2 - below, 0.0) / below) * (-1 if large == forward else 1)
    off_x, off_y = factor * rx * y / ry, -factor * ry * x / rx
    centre = (
        off_x * cos(turn) - off_y * sin(turn) + (begin[0] + end[0]) / 2,
        off_x * sin(turn) + off_y * cos(turn) + (begin[1] + end[1]) / 2,
    )
    first = atan2((y - off_y) / ry, (x - off_x) / rx)
    last = atan2((-y - off_y) / ry, (-x - off_x) / rx)
    sweep = (last - first) % tau
    return Ellipse(centre, (rx, ry), turn), first, sweep if forward else sweep - tau


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not isfinite(value) or abs(value) > 1e9:
        raise EngineError("bad_geometry", f"the SVG holds {text[:30]!r} where a number should be")
    return value
