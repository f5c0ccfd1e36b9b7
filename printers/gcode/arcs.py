"""Arcs in the XY plane (G2, G3): length and exact bounding box. mm and radians."""

from dataclasses import dataclass
from math import atan2, cos, hypot, isclose, pi, sin, sqrt, tau

FULL_CIRCLE_MM = 1e-6
"""Start and end closer than this: a full circle, as firmwares read it."""
RADIUS_MISMATCH_MM = 0.1
"""Rounding of four decimals in a slicer gives far less; more means that the arc is not what it seems."""
MAX_RADIUS_MM = 10_000.0
"""Firmwares count in numbers of seven digits: about a centre farther away they are off by more than that resolves."""
DOUBTFUL_CHORD_MM = 0.01
DOUBTFUL_SWEEP = 1e-4
"""So little apart, start and end may be one place for a firmware, and next to nothing the whole way round."""


Point = tuple[float, float]


class NotAnArc(Exception):
    """The words do not describe an arc; the message says why."""


@dataclass(frozen=True, slots=True)
class Arc:
    """A circular arc: centre, radius, start angle, and sweep (positive counter-clockwise)."""

    cx: float
    cy: float
    radius: float
    start: float
    sweep: float
    doubtful: bool = False
    """A firmware may take the whole circle for it, or the other way about."""

    @property
    def length(self) -> float:
        return self.radius * abs(self.sweep)

    def extremes(self) -> tuple[float, float, float, float]:
        """(min_x, min_y, max_x, max_y) of the curve, its ends included; of the whole circle where that is doubtful."""
        if self.doubtful:
            return self.cx - self.radius, self.cy - self.radius, self.cx + self.radius, self.cy + self.radius
        low, high = sorted((self.start, self.start + self.sweep))
        angles = [low, high]
        quarter = pi / 2
        step = int(low // quarter) + 1
        while step * quarter < high:
            angles.append(step * quarter)
            step += 1
        xs = [self.cx + self.radius * cos(angle) for angle in angles]
        ys = [self.cy + self.radius * sin(angle) for angle in angles]
        return min(xs), min(ys), max(xs), max(ys)


def arc_by_centre(begin: Point, end: Point, to_centre: Point, *, clockwise: bool) -> Arc:
    """Arc from `begin` to `end` about the centre begin + to_centre (words I and J)."""
    (x0, y0), (x1, y1) = begin, end
    radius = hypot(*to_centre)
    cx, cy = x0 + to_centre[0], y0 + to_centre[1]
    end_radius = hypot(x1 - cx, y1 - cy)
    if radius == 0:
        raise NotAnArc("an arc of radius 0")
    if radius > MAX_RADIUS_MM:
        raise NotAnArc(f"an arc of radius {radius:.0f} mm; at most {MAX_RADIUS_MM:.0f} mm is drawn exactly")
    if not isclose(radius, end_radius, abs_tol=RADIUS_MISMATCH_MM):
        raise NotAnArc(f"an arc that starts {radius:.3f} mm and ends {end_radius:.3f} mm from its centre")
    start = atan2(y0 - cy, x0 - cx)
    chord = hypot(x1 - x0, y1 - y0)
    if chord < FULL_CIRCLE_MM:
        return Arc(cx, cy, radius, start, -tau if clockwise else tau)
    turn = (atan2(y1 - cy, x1 - cx) - start) % tau
    sweep = turn - tau if clockwise else turn
    doubtful = chord < DOUBTFUL_CHORD_MM or not DOUBTFUL_SWEEP < abs(sweep) < tau - DOUBTFUL_SWEEP
    return Arc(cx, cy, max(radius, end_radius), start, sweep, doubtful)


def arc_by_radius(begin: Point, end: Point, r: float, *, clockwise: bool) -> Arc:
    """Arc of radius |r| from `begin` to `end` (word R); a negative r takes the longer way round."""
    dx, dy = end[0] - begin[0], end[1] - begin[1]
    chord = hypot(dx, dy)
    if chord < FULL_CIRCLE_MM:
        raise NotAnArc("an arc by radius that ends where it starts")
    if abs(r) < chord / 2 - RADIUS_MISMATCH_MM:
        raise NotAnArc(f"an arc of radius {abs(r):.3f} mm across {chord:.3f} mm")
    rise = sqrt(max(r * r - chord * chord / 4, 0.0)) / chord
    side = -rise if clockwise != (r < 0) else rise
    to_centre = (dx / 2 - dy * side, dy / 2 + dx * side)
    return arc_by_centre(begin, end, to_centre, clockwise=clockwise)
