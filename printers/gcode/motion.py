"""Where the nozzle is and where it has been, in the machine's own mm from its origin, whatever the file calls them."""

from math import inf, sqrt

from printers.gcode.arcs import Arc
from printers.gcode.limits import Box, MachineLimits
from printers.gcode.verdict import Objections

TOLERANCE_MM = 0.01
"""Rounding of a slicer's three decimals, and more than a printer can resolve."""
CROSSING = "lays material on the way between the purge zone and the printable area"
SAME_LAYER_DIGITS = 2
"""Heights equal to 0.01 mm are one layer."""


class Extent:
    """A box that grows to hold the points it is shown."""

    __slots__ = ("max_x", "max_y", "max_z", "min_x", "min_y", "min_z")

    def __init__(self) -> None:
        self.min_x = self.min_y = self.min_z = inf
        self.max_x = self.max_y = self.max_z = -inf

    def add(self, x: float, y: float, z: float) -> bool:
        """Hold the point; whether the box grew."""
        grew = False
        if x < self.min_x:
            self.min_x, grew = x, True
        if x > self.max_x:
            self.max_x, grew = x, True
        if y < self.min_y:
            self.min_y, grew = y, True
        if y > self.max_y:
            self.max_y, grew = y, True
        if z < self.min_z:
            self.min_z, grew = z, True
        if z > self.max_z:
            self.max_z, grew = z, True
        return grew

    def box(self) -> Box | None:
        if self.min_x > self.max_x:
            return None
        return Box(self.min_x, self.min_y, self.min_z, self.max_x, self.max_y, self.max_z)


class Motion:
    """The nozzle's position, and the traces that moves leave: extents, time, filament, layers, objections."""

    __slots__ = (
        "_extruded",
        "_height",
        "_laying",
        "_limits",
        "_moved",
        "_objected",
        "_objections",
        "_purging",
        "feed_mm_s",
        "filament_max",
        "filament_now",
        "heights",
        "seconds",
        "x",
        "y",
        "z",
    )

    def __init__(self, limits: MachineLimits, objections: Objections) -> None:
        self.x, self.y, self.z = limits.home or limits.corner
        self.feed_mm_s = 0.0
        self.seconds = 0.0
        self.filament_now = 0.0
        self.filament_max = 0.0
        self.heights: set[float] = set()
        self._height: float | None = None
        self._laying = False
        self._purging = False
        """The last point that was laid is in the purge zone, beside the printable area."""
        self._limits = limits
        self._objections = objections
        self._objected: set[str] = set()
        self._moved = Extent()
        self._extruded = Extent()

    @property
    def extrusion_box(self) -> Box | None:
        return self._extruded.box()

    @property
    def motion_box(self) -> Box | None:
        return self._moved.box()

    def straight(self, x: float, y: float, z: float, e: float, line: int) -> None:
        """Go to (x, y, z) while feeding `e` mm of filament (negative: retract)."""
        dx, dy, dz = x - self.x, y - self.y, z - self.z
        distance = sqrt(dx * dx + dy * dy + dz * dz)
        if distance:
            if self._moved.add(x, y, z):
                self._check_reach(x, y, z, line)
            if e > 0:
                if not self._laying:
                    self._lay(self.x, self.y, self.z, line)
                purging = self._purging
                self._lay(x, y, z, line)
                if purging is not self._purging:
                    self._check_crossing(x, y, z, line)
            self._laying = e > 0
            self.x, self.y, self.z = x, y, z
        if self.feed_mm_s > 0:
            self.seconds += (distance or abs(e)) / self.feed_mm_s
        if e:
            self.filament_now += e
            if self.filament_now > self.filament_max:  # noqa: PLR1730  on every move, half the time of max()
                self.filament_max = self.filament_now

    def curved(self, arc: Arc, end: tuple[float, float, float], e: float, line: int) -> None:
        """Follow an arc in the XY plane to its end, climbing evenly."""
        x, y, z = end
        min_x, min_y, max_x, max_y = arc.extremes()
        low, high = min(z, self.z), max(z, self.z)
        corners = ((min_x, min_y, low), (max_x, max_y, high))
        for corner in corners:
            if self._moved.add(*corner):
                self._check_reach(*corner, line)
        if e > 0:
            self._lay(*corners[0], line)
            purging = self._purging
            self._lay(*corners[1], line)
            if purging is not self._purging:
                self._object("crossed", line, CROSSING)
        rise = z - self.z
        self.x, self.y, self.z = x, y, z
        self._laying = e > 0
        if self.feed_mm_s > 0:
            self.seconds += sqrt(arc.length * arc.length + rise * rise) / self.feed_mm_s
        self.filament_now += e
        self.filament_max = max(self.filament_max, self.filament_now)

    def jumped(self, x: float, y: float, z: float) -> None:
        """The machine has found its switches: the nozzle is here, without any move of the file's own."""
        self.x, self.y, self.z = x, y, z
        self._laying = False

    def _lay(self, x: float, y: float, z: float, line: int) -> None:
        self._extruded.add(x, y, z)
        self._purging = False
        if contains(self._limits.printable, x, y, z):
            if z != self._height:
                self._height = z
                self.heights.add(round(z, SAME_LAYER_DIGITS))
        else:
            purge = self._limits.purge
            self._purging = purge is not None and contains(purge, x, y, z)
            if not self._purging:
                self._object("laid", line, f"lays material at X{x:.2f} Y{y:.2f} Z{z:.2f}, outside the printable area")

    def _check_crossing(self, x: float, y: float, z: float, line: int) -> None:
        """Between the purge zone and the bed a line may leave both."""
        purge = self._limits.purge
        if purge and not (contains(purge, x, y, z) and contains(purge, self.x, self.y, self.z)):
            self._object("crossed", line, CROSSING)

    def _check_reach(self, x: float, y: float, z: float, line: int) -> None:
        motion = self._limits.motion
        for axis, value, low, high in (
            ("X", x, motion.min_x, motion.max_x),
            ("Y", y, motion.min_y, motion.max_y),
            ("Z", z, motion.min_z, motion.max_z),
        ):
            if value < low - TOLERANCE_MM:
                self._object(
                    f"{axis}-", line, f"moves to {axis}{value:.2f}; the machine reaches {axis}{low:g} at least"
                )
            elif value > high + TOLERANCE_MM:
                self._object(
                    f"{axis}+", line, f"moves to {axis}{value:.2f}; the machine reaches {axis}{high:g} at most"
                )

    def _object(self, what: str, line: int, message: str) -> None:
        """Once for each thing that can be outside: the first line tells, the extents tell how far."""
        if what not in self._objected:
            self._objected.add(what)
            self._objections.add(line, "outside", message)


def contains(box: Box, x: float, y: float, z: float) -> bool:
    """Whether the point is inside the box, but for rounding."""
    return (
        box.min_x - TOLERANCE_MM <= x <= box.max_x + TOLERANCE_MM
        and box.min_y - TOLERANCE_MM <= y <= box.max_y + TOLERANCE_MM
        and box.min_z - TOLERANCE_MM <= z <= box.max_z + TOLERANCE_MM
    )
