"""Runs a file in thought: the modal state of a Marlin printer, and an objection for every line it should not run."""

import re
from collections.abc import Callable, Iterable

from printers.gcode.arcs import Arc, NotAnArc, Point, arc_by_centre, arc_by_radius
from printers.gcode.axes import AXES, INCH_MM, AmbiguousExtruderMode, Axes
from printers.gcode.commands import HARMLESS, HOMING, LEVELLING, NO_LIMIT, WHY_NOT, Words
from printers.gcode.heaters import Heaters
from printers.gcode.limits import MachineLimits, MaterialLimits
from printers.gcode.motion import Motion
from printers.gcode.verdict import Figures, Objections
from printers.gcode.words import Command, NotUnderstood, parse_line

MAX_SINGLE_EXTRUSION_MM = 300.0
"""Filament in one command: a purge line takes some 30 mm; ten times that by one move is a mistake."""

_NUMBER = rb"(-?\d{0,7}(?:\.\d{0,9})?)"
_PLAIN_MOVE = re.compile(
    rb"G[01](?: X%s)?(?: Y%s)?(?: Z%s)?(?: E%s)?(?: F%s)? *(?:;[\t\x20-\x7e\x80-\xff]*)?\r?" % ((_NUMBER,) * 5)
)
"""The form in which slicers write nearly every line; the rest takes the strict and slower way."""
_MAX_PLAIN_BYTES = 96

Numbers = dict[str, float]
Handler = Callable[[Numbers], None]


class Interpreter:
    """Feed it lines, then ask for the figures. Objections gather as it goes."""

    def __init__(self, limits: MachineLimits, material: MaterialLimits, objections: Objections) -> None:
        self._limits = limits
        self._objections = objections
        self._motion = Motion(limits, objections)
        self._axes = Axes()
        self._heaters = Heaters(limits, material, objections)
        self._line = 0
        self._commands = 0
        self._plain = False
        self._feed_factor = 1.0
        self._objected: set[str] = set()
        self._handlers = self._table()

    def feed(self, lines: Iterable[bytes]) -> None:
        """Read further lines, each without its line feed."""
        plain_move = _PLAIN_MOVE.fullmatch
        for raw in lines:
            self._line += 1
            match = plain_move(raw) if self._plain and len(raw) <= _MAX_PLAIN_BYTES else None
            if match is None or not self._plain_move(*match.groups()):
                self._any_line(raw)

    def finish(self) -> Figures:
        """The end of the file: heaters must be off, and something must have been laid."""
        motion, heaters = self._motion, self._heaters
        if hot := heaters.still_on():
            self._object("heaters_on", f"the file ends with {hot}: it must end with M104 S0 and M140 S0")
        if not self._axes.absolute or self._axes.unit_mm != 1.0:
            text = "the file leaves the printer in relative coordinates or inches, as the next one would find it"
            self._object("not_reset", f"{text}: end with G90 and G21")
        if motion.extrusion_box is None:
            self._objections.add(0, "empty", "the file lays no material: nothing would be printed")
        return Figures(
            lines=self._line,
            commands=self._commands,
            extrusion_box=motion.extrusion_box,
            motion_box=motion.motion_box,
            max_nozzle_c=heaters.max_nozzle_c,
            max_bed_c=heaters.max_bed_c,
            moving_seconds=motion.seconds,
            filament_mm=motion.filament_max,
            layers=len(motion.heights),
        )

    def _plain_move(self, x: bytes | None, y: bytes | None, z: bytes | None, e: bytes | None, f: bytes | None) -> bool:
        """A move in machine millimetres; False when what stands for a number is none."""
        motion = self._motion
        try:
            to_x = motion.x if x is None else float(x)
            to_y = motion.y if y is None else float(y)
            to_z = motion.z if z is None else float(z)
            fed = 0.0 if e is None else float(e)
            if f is not None:
                self._set_feed(float(f))
        except ValueError:
            return False
        self._commands += 1
        if e is not None:
            axes = self._axes
            if axes.e_absolute:
                fed, axes.e = fed - axes.e, fed
            if fed > 0:
                self._check_extrusion(fed)
        motion.straight(to_x, to_y, to_z, fed, self._line)
        return True

    def _any_line(self, raw: bytes) -> None:
        try:
            command = parse_line(raw)
        except NotUnderstood as error:
            self._object("not_understood", str(error))
            return
        if command is None:
            return
        self._commands += 1
        known = self._handlers.get(command.name)
        if known:
            words, handler = known
            if self._words_allowed(command, words):
                handler({letter: number or 0.0 for letter, number in command.words.items()})
                self._plain = self._axes.plain
        elif command.name in HARMLESS:
            self._words_allowed(command, HARMLESS[command.name])
        else:
            why = WHY_NOT.get(command.name, "it is not on the list of commands that a print needs")
            self._object("not_allowed", f"{command.name} may not be in a print: {why}")

    def _words_allowed(self, command: Command, words: Words) -> bool:
        for letter, number in command.words.items():
            if number is None and letter in words.flags:
                continue
            bounds = words.ranges.get(letter)
            if bounds is None or number is None:
                value = "" if number is None else f"{number:g}"
                self._object("not_allowed", f"{command.name} may not carry {letter}{value}")
                return False
            low, high = bounds
            if not low <= number <= high:
                text = f"{command.name} {letter}{number:g} is out of range: {low:g} to {high:g} is allowed"
                self._object("out_of_range", text)
                return False
        return True

    def _table(self) -> dict[str, tuple[Words, Handler]]:
        """Commands that change the state, with the words they may carry."""
        any_value = (-NO_LIMIT, NO_LIMIT)
        move = Words(dict.fromkeys("XYZEF", any_value))
        arc = Words(dict.fromkeys("XYZEFIJR", any_value))
        speed = Words(dict.fromkeys("XYZE", (0, self._limits.max_feed_mm_s)))
        push = self._limits.max_acceleration_mm_s2
        jerk = self._limits.max_jerk_mm_s
        heat = Words({"S": any_value, "T": (0, 0)})
        heat_and_wait = Words({"S": any_value, "R": any_value, "T": (0, 0)})
        axes = self._axes
        return {
            "G0": (move, self._move),
            "G1": (move, self._move),
            "G2": (arc, lambda words: self._arc(words, clockwise=True)),
            "G3": (arc, lambda words: self._arc(words, clockwise=False)),
            "G4": (HARMLESS["G4"], self._dwell),
            "G20": (Words(), lambda _: axes.use_unit(INCH_MM)),
            "G21": (Words(), lambda _: axes.use_unit(1.0)),
            "G28": (HOMING, self._home),
            "G29": (LEVELLING, lambda _: axes.probed()),
            "G80": (HARMLESS["G80"], lambda _: axes.probed()),
            "G90": (Words(), lambda _: axes.use(absolute=True)),
            "G91": (Words(), lambda _: axes.use(absolute=False)),
            "G92": (Words(dict.fromkeys("XYZE", any_value)), self._rename),
            "M82": (Words(), lambda _: axes.use_extruder(absolute=True)),
            "M83": (Words(), lambda _: axes.use_extruder(absolute=False)),
            "M104": (heat, lambda words: self._set_nozzle(words, wait=False)),
            "M109": (heat_and_wait, lambda words: self._set_nozzle(words, wait=True)),
            "M140": (heat, self._set_bed),
            "M190": (heat_and_wait, self._set_bed),
            "M201": (Words(dict.fromkeys("XYZE", (0, push))), lambda _: None),
            "M203": (speed, lambda _: None),
            "M204": (Words(dict.fromkeys("SPRT", (0, push))), lambda _: None),
            "M205": (Words(dict.fromkeys("XYZESTJ", (0, jerk))), lambda _: None),
            "M220": (Words({"S": (10, 100)}), self._set_feed_factor),
        }

    def _move(self, words: Numbers) -> None:
        self._set_feed_of(words)
        x, y, z = self._target(words)
        self._motion.straight(x, y, z, self._fed(words), self._line)

    def _arc(self, words: Numbers, *, clockwise: bool) -> None:
        self._set_feed_of(words)
        motion = self._motion
        start = (motion.x, motion.y)
        x, y, z = self._target(words)
        fed = self._fed(words)
        try:
            arc = self._arc_between(start, (x, y), words, clockwise=clockwise)
        except NotAnArc as error:
            self._object("not_understood", f"asks for {error}")
            return
        motion.curved(arc, (x, y, z), fed, self._line)

    def _arc_between(self, start: Point, end: Point, words: Numbers, *, clockwise: bool) -> Arc:
        unit = self._axes.unit_mm
        by_centre = "I" in words or "J" in words
        if by_centre == ("R" in words):
            raise NotAnArc("an arc that has not either a centre (I, J) or a radius (R)")
        if by_centre:
            to_centre = (words.get("I", 0.0) * unit, words.get("J", 0.0) * unit)
            return arc_by_centre(start, end, to_centre, clockwise=clockwise)
        return arc_by_radius(start, end, words["R"] * unit, clockwise=clockwise)

    def _target(self, words: Numbers) -> tuple[float, float, float]:
        axes, motion = self._axes, self._motion
        position = {"X": motion.x, "Y": motion.y, "Z": motion.z}
        for axis in AXES:
            if axis not in words:
                continue
            if axis not in axes.homed:
                self._object_once(f"unhomed {axis}", "unhomed", f"moves {axis} before it was homed (G28)")
            elif not axes.absolute and axis not in axes.known:
                text = f"moves {axis} relatively from wherever probing left it; first go to an absolute {axis}"
                self._object_once(f"unknown {axis}", "unhomed", text)
            position[axis] = axes.target(axis, words[axis], position[axis])
        return position["X"], position["Y"], position["Z"]

    def _fed(self, words: Numbers) -> float:
        if "E" not in words:
            return 0.0
        try:
            fed = self._axes.extrusion(words["E"])
        except AmbiguousExtruderMode:
            text = "feeds the extruder after G90/G91 without M82 or M83 in between, which printers read differently"
            self._object_once("extruder mode", "not_understood", text)
            return 0.0
        if fed > 0:
            self._check_extrusion(fed)
        return fed

    def _check_extrusion(self, fed: float) -> None:
        if not self._heaters.may_extrude:
            self._object_once("cold", "cold", self._heaters.cold_reason())
        if fed > MAX_SINGLE_EXTRUSION_MM:
            text = f"feeds {fed:.0f} mm of filament by one move; at most {MAX_SINGLE_EXTRUSION_MM:g} mm is sensible"
            self._object_once("gush", "out_of_range", text)

    def _set_feed_of(self, words: Numbers) -> None:
        if "F" in words:
            self._set_feed(words["F"] * self._axes.unit_mm)

    def _set_feed(self, mm_min: float) -> None:
        limit = self._limits.max_feed_mm_s
        if mm_min <= 0:
            self._object_once("feed", "out_of_range", f"sets a feed rate of F{mm_min:g}; it must be above 0")
            return
        self._motion.feed_mm_s = mm_min / 60 * self._feed_factor
        if mm_min > limit * 60:
            text = (
                f"moves at {mm_min / 60:g} mm/s (F{mm_min:g}); this machine may go at {limit:g} mm/s (F{limit * 60:g})"
            )
            self._object_once("fast", "too_fast", text)

    def _set_feed_factor(self, words: Numbers) -> None:
        factor = words.get("S", 100.0) / 100
        self._motion.feed_mm_s *= factor / self._feed_factor
        self._feed_factor = factor

    def _dwell(self, words: Numbers) -> None:
        self._motion.seconds += words.get("P", 0.0) / 1000 + words.get("S", 0.0)

    def _home(self, words: Numbers) -> None:
        axes = {axis for axis in AXES if axis in words} or set(AXES)
        self._axes.home(axes)
        motion = self._motion
        at = dict(zip(AXES, self._limits.home, strict=True))
        here = {"X": motion.x, "Y": motion.y, "Z": motion.z} | {axis: at[axis] for axis in axes}
        motion.homed(here["X"], here["Y"], here["Z"])

    def _rename(self, words: Numbers) -> None:
        if not words:
            self._object("not_understood", "G92 without an axis, which printers read differently")
        position = {"X": self._motion.x, "Y": self._motion.y, "Z": self._motion.z, "E": 0.0}
        for axis, value in words.items():
            self._axes.rename(axis, value, position[axis])

    def _set_nozzle(self, words: Numbers, *, wait: bool) -> None:
        if self._has_one_target(words):
            self._heaters.set_nozzle(words.get("S", words.get("R", 0.0)), self._line, wait=wait)

    def _set_bed(self, words: Numbers) -> None:
        if self._has_one_target(words):
            self._heaters.set_bed(words.get("S", words.get("R", 0.0)), self._line)

    def _has_one_target(self, words: Numbers) -> bool:
        if ("S" in words) == ("R" in words):
            self._object("not_understood", "sets a heater without exactly one temperature (S or R)")
            return False
        return True

    def _object(self, code: str, message: str) -> None:
        self._objections.add(self._line, code, message)

    def _object_once(self, what: str, code: str, message: str) -> None:
        """For what a file would repeat on every line: the first line tells."""
        if what not in self._objected:
            self._objected.add(what)
            self._object(code, message)
