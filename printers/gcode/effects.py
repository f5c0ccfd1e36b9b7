"""What each command does to the printer in thought, and what is wrong with it there."""

from collections.abc import Callable

from printers.gcode.arcs import Arc, NotAnArc, Point, arc_by_centre, arc_by_radius
from printers.gcode.axes import AXES, INCH_MM, AmbiguousExtruderMode, Axes
from printers.gcode.commands import HARMLESS, HOMING, LEVELLING, NO_LIMIT, Words
from printers.gcode.heaters import Heaters
from printers.gcode.limits import Flavour, MachineLimits, MaterialLimits
from printers.gcode.motion import Motion
from printers.gcode.verdict import Objections

MAX_SINGLE_EXTRUSION_MM = 300.0
"""Filament in one command, fed or drawn back: a purge line takes some 30 mm; ten times that is a mistake."""

Numbers = dict[str, float]
Handler = Callable[[Numbers], None]


class Effects:
    """The printer's modal state, changed by one command after the other. `line` is the one that is being run."""

    def __init__(self, limits: MachineLimits, material: MaterialLimits, objections: Objections) -> None:
        self.line = 0
        self.motion = Motion(limits, objections)
        self.axes = Axes()
        self.heaters = Heaters(limits, material, objections)
        self._limits = limits
        self._objections = objections
        self._feed_factor = 1.0
        self._objected: set[str] = set()

    def table(self) -> dict[str, tuple[Words, Handler]]:
        """Commands that change the state, with the words they may carry."""
        any_value = (-NO_LIMIT, NO_LIMIT)
        move = Words(dict.fromkeys("XYZEF", any_value))
        axes = self.axes
        return {
            "G0": (move, self._move),
            "G1": (move, self._move),
            **self._arcs(),
            "G4": (HARMLESS["G4"], self._dwell),
            **self._units(),
            "G28": (HOMING, self._home),
            "G29": (LEVELLING, lambda _: self.probe("G29")),
            "G80": (HARMLESS["G80"], lambda _: self.probe("G80")),
            "G90": (Words(), lambda _: axes.use(absolute=True)),
            "G91": (Words(), lambda _: axes.use(absolute=False)),
            "G92": (Words(dict.fromkeys("XYZE", any_value)), self._rename),
            "M18": (HARMLESS["M18"], self._release),
            "M82": (Words(), lambda _: axes.use_extruder(absolute=True)),
            "M83": (Words(), lambda _: axes.use_extruder(absolute=False)),
            "M84": (HARMLESS["M84"], self._release),
            **self._heating(),
            **self._speeds(),
        }

    def _arcs(self) -> dict[str, tuple[Words, Handler]]:
        letters = "XYZEFIJ" if self._limits.flavour is Flavour.KLIPPER else "XYZEFIJR"
        words = Words(dict.fromkeys(letters, (-NO_LIMIT, NO_LIMIT)))
        return {
            "G2": (words, lambda numbers: self._arc(numbers, clockwise=True)),
            "G3": (words, lambda numbers: self._arc(numbers, clockwise=False)),
        }

    def _units(self) -> dict[str, tuple[Words, Handler]]:
        millimetres: dict[str, tuple[Words, Handler]] = {"G21": (Words(), lambda _: self.axes.use_unit(1.0))}
        if self._limits.flavour is Flavour.KLIPPER:
            return millimetres
        return {**millimetres, "G20": (Words(), lambda _: self.axes.use_unit(INCH_MM))}

    def _heating(self) -> dict[str, tuple[Words, Handler]]:
        any_value = (-NO_LIMIT, NO_LIMIT)
        heat = Words({"S": any_value, "T": (0, 0)})
        # Klipper reads M109 R210 as M109 S0: it knows no R.
        waiting = heat if self._limits.flavour is Flavour.KLIPPER else Words({**heat.ranges, "R": any_value})
        return {
            "M104": (heat, lambda words: self._set_nozzle(words, wait=False)),
            "M109": (waiting, lambda words: self._set_nozzle(words, wait=True)),
            "M140": (heat, self._set_bed),
            "M190": (waiting, self._set_bed),
        }

    def _speeds(self) -> dict[str, tuple[Words, Handler]]:
        push, jerk = self._limits.max_acceleration_mm_s2, self._limits.max_jerk_mm_s
        slowing: dict[str, tuple[Words, Handler]] = {
            "M204": (Words(dict.fromkeys("SPRT", (0, push))), lambda _: None),
            "M220": (Words({"S": (10, 100)}), self._set_feed_factor),
        }
        if self._limits.flavour is Flavour.KLIPPER:
            return slowing
        return {
            **slowing,
            "M201": (Words(dict.fromkeys("XYZE", (0, push))), lambda _: None),
            "M203": (Words(dict.fromkeys("XYZE", (0, self._limits.max_feed_mm_s))), lambda _: None),
            "M205": (Words(dict.fromkeys("XYZESTJ", (0, jerk))), lambda _: None),
        }

    def set_feed(self, mm_min: float) -> None:
        """An F word."""
        limit = self._limits.max_feed_mm_s
        if mm_min <= 0:
            self.object_once("feed", "out_of_range", f"sets a feed rate of F{mm_min:g}; it must be above 0")
            return
        self.motion.feed_mm_s = mm_min / 60 * self._feed_factor
        if mm_min > limit * 60:
            text = (
                f"moves at {mm_min / 60:g} mm/s (F{mm_min:g}); this machine may go at {limit:g} mm/s (F{limit * 60:g})"
            )
            self.object_once("fast", "too_fast", text)

    def check_extrusion(self, fed: float) -> None:
        """What an E word feeds, mm; negative for a retraction."""
        if fed > 0 and not self.heaters.may_extrude:
            self.object_once("cold", "cold", self.heaters.cold_reason())
        if abs(fed) > MAX_SINGLE_EXTRUSION_MM:
            how = "feeds" if fed > 0 else "draws back"
            text = (
                f"{how} {abs(fed):.0f} mm of filament by one move; at most {MAX_SINGLE_EXTRUSION_MM:g} mm is sensible"
            )
            self.object_once("gush", "out_of_range", text)

    def probe(self, name: str) -> None:
        """A command that moves by itself, from point to point."""
        if missing := [axis for axis in AXES if axis not in self.axes.homed]:
            self.object_once(name, "unhomed", f"{name} before {', '.join(missing)} was homed (G28)")
        self.axes.probed()

    def object(self, code: str, message: str) -> None:
        self._objections.add(self.line, code, message)

    def object_once(self, what: str, code: str, message: str) -> None:
        """For what a file would repeat on every line: the first line tells."""
        if what not in self._objected:
            self._objected.add(what)
            self.object(code, message)

    def _move(self, words: Numbers) -> None:
        self._set_feed_of(words)
        blind = self._blind_axes()
        x, y, z = self._target(words)
        fed = self._fed(words)
        if fed > 0 and blind and not words.keys().isdisjoint(AXES):
            self._object_blind(blind)
        self.motion.straight(x, y, z, fed, self.line)

    def _arc(self, words: Numbers, *, clockwise: bool) -> None:
        self._set_feed_of(words)
        motion = self.motion
        if blind := self._blind_axes():
            self._object_blind(blind)
        start = (motion.x, motion.y)
        x, y, z = self._target(words)
        fed = self._fed(words)
        try:
            arc = self._arc_between(start, (x, y), words, clockwise=clockwise)
        except NotAnArc as error:
            self.object("not_understood", f"asks for {error}")
            return
        motion.curved(arc, (x, y, z), fed, self.line)

    def _arc_between(self, start: Point, end: Point, words: Numbers, *, clockwise: bool) -> Arc:
        unit = self.axes.unit_mm
        by_centre = "I" in words or "J" in words
        if by_centre == ("R" in words):
            raise NotAnArc("an arc that has not either a centre (I, J) or a radius (R)")
        if not self.axes.absolute and self._limits.flavour is Flavour.KLIPPER:
            raise NotAnArc("an arc in relative coordinates (G91), which Klipper does not draw")
        if by_centre:
            to_centre = (words.get("I", 0.0) * unit, words.get("J", 0.0) * unit)
            return arc_by_centre(start, end, to_centre, clockwise=clockwise)
        return arc_by_radius(start, end, words["R"] * unit, clockwise=clockwise)

    def _blind_axes(self) -> list[str]:
        known = self.axes.known
        return [] if len(known) == len(AXES) else [axis for axis in AXES if axis not in known]

    def _object_blind(self, axes: list[str]) -> None:
        text = f"lays material or draws an arc from wherever homing, probing or a macro left {', '.join(axes)}"
        self.object_once("blind", "unhomed", f"{text}; first travel to a place by G90 and G1")

    def _target(self, words: Numbers) -> tuple[float, float, float]:
        axes, motion = self.axes, self.motion
        position = {"X": motion.x, "Y": motion.y, "Z": motion.z}
        for axis in AXES:
            if axis not in words:
                continue
            if axis not in axes.homed:
                self.object_once(f"unhomed {axis}", "unhomed", f"moves {axis} before it was homed (G28)")
            elif not axes.said:
                text = "moves after a macro without G90 or G91 in between: the macro may have left either"
                self.object_once("unsaid", "not_understood", text)
            elif not axes.absolute and axis not in axes.known:
                text = (
                    f"moves {axis} relatively from wherever homing or probing left it; first go to an absolute {axis}"
                )
                self.object_once(f"unknown {axis}", "unhomed", text)
            position[axis] = axes.target(axis, words[axis], position[axis])
        return position["X"], position["Y"], position["Z"]

    def _fed(self, words: Numbers) -> float:
        if "E" not in words:
            return 0.0
        try:
            fed = self.axes.extrusion(words["E"])
        except AmbiguousExtruderMode as error:
            self.object_once("extruder mode", "not_understood", f"{error}, which printers read differently")
            return 0.0
        self.check_extrusion(fed)
        return fed

    def _set_feed_of(self, words: Numbers) -> None:
        if "F" in words:
            self.set_feed(words["F"] * self.axes.unit_mm)

    def _set_feed_factor(self, words: Numbers) -> None:
        factor = words.get("S", 100.0) / 100
        self.motion.feed_mm_s *= factor / self._feed_factor
        self._feed_factor = factor

    def _dwell(self, words: Numbers) -> None:
        self.motion.seconds += words.get("P", 0.0) / 1000 + words.get("S", 0.0)

    def _home(self, words: Numbers) -> None:
        axes = {axis for axis in AXES if axis in words} or set(AXES)
        home = self._limits.home
        self.axes.home(axes, at_known_place=home is not None)
        motion = self.motion
        at = dict(zip(AXES, home or self._limits.corner, strict=True))
        here = {"X": motion.x, "Y": motion.y, "Z": motion.z} | {axis: at[axis] for axis in axes}
        motion.jumped(here["X"], here["Y"], here["Z"])

    def _release(self, words: Numbers) -> None:
        if self._limits.flavour is Flavour.KLIPPER:  # it lets go of all at once, whatever the line says
            self.axes.released(set(AXES))
            return
        named = {axis for axis in AXES if axis in words}
        if "S" in words and not words.keys() & {*AXES, "E"}:
            return  # after so many seconds of rest, of which a print has none
        if named or "E" not in words:
            self.axes.released(named or set(AXES))

    def _rename(self, words: Numbers) -> None:
        if not words:
            self.object("not_understood", "G92 without an axis, which printers read differently")
        position = {"X": self.motion.x, "Y": self.motion.y, "Z": self.motion.z, "E": 0.0}
        for axis, value in words.items():
            if axis != "E" and axis not in self.axes.known:
                text = f"names {axis} wherever homing or probing left it; first go to an absolute {axis}"
                self.object_once(f"unknown {axis}", "unhomed", text)
            self.axes.rename(axis, value, position[axis])

    def _set_nozzle(self, words: Numbers, *, wait: bool) -> None:
        if self._has_one_target(words):
            self.heaters.set_nozzle(words.get("S", words.get("R", 0.0)), self.line, wait=wait)

    def _set_bed(self, words: Numbers) -> None:
        if self._has_one_target(words):
            self.heaters.set_bed(words.get("S", words.get("R", 0.0)), self.line)

    def _has_one_target(self, words: Numbers) -> bool:
        if ("S" in words) == ("R" in words):
            self.object("not_understood", "sets a heater without exactly one temperature (S or R)")
            return False
        return True
