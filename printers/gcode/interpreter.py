"""Runs a file in thought: an allow-list, the modal state, and an objection for every line it should not run."""

import re
from collections.abc import Iterable

from printers.gcode.commands import HARMLESS, HARMLESS_TO_KLIPPER, KLIPPER_LACKS, WHY_NOT, Words, tool_change
from printers.gcode.effects import Effects
from printers.gcode.extended import ExtendedCommands
from printers.gcode.klipper import parse_extended
from printers.gcode.limits import Flavour, MachineLimits, MaterialLimits
from printers.gcode.verdict import Figures, Objections
from printers.gcode.words import Command, NotUnderstood, parse_line

_NUMBER = rb"(-?\d{0,7}(?:\.\d{0,9})?)"
_PLAIN_MOVE = re.compile(
    rb"G[01](?: X%s)?(?: Y%s)?(?: Z%s)?(?: E%s)?(?: F%s)? *(?:;[\t\x20-\x7e\x80-\xfe]*)?\r?" % ((_NUMBER,) * 5)
)
"""The form in which slicers write nearly every line; the rest takes the strict and slower way."""
_CURA_MOVE = re.compile(rb"G[01](?: F%s)?(?: X%s)?(?: Y%s)?(?: Z%s)?(?: E%s)?\r?" % ((_NUMBER,) * 5))
"""The same as CuraEngine orders the words."""
_MAX_PLAIN_BYTES = 96


class Interpreter:
    """Feed it lines, then ask for the figures. Objections gather as it goes."""

    def __init__(self, limits: MachineLimits, material: MaterialLimits, objections: Objections) -> None:
        self._objections = objections
        self._effects = Effects(limits, material, objections)
        self._klipper = ExtendedCommands(limits, self._effects) if limits.flavour is Flavour.KLIPPER else None
        self._harmless = HARMLESS_TO_KLIPPER if self._klipper else HARMLESS
        self._handlers = self._effects.table()
        self._commands = 0
        self._plain = False

    def feed(self, lines: Iterable[bytes]) -> None:
        """Read further lines, each without its line feed."""
        plain_move, cura_move = _PLAIN_MOVE.fullmatch, _CURA_MOVE.fullmatch
        effects, objections = self._effects, self._objections
        for raw in lines:
            effects.line += 1
            objections.text = raw
            if self._plain and len(raw) <= _MAX_PLAIN_BYTES:
                if match := plain_move(raw):
                    if self._plain_move(*match.groups()):
                        continue
                elif (match := cura_move(raw)) and self._cura_move(*match.groups()):
                    continue
            self._any_line(raw)

    def finish(self) -> Figures:
        """The end of the file: heaters must be off, and something must have been laid."""
        effects = self._effects
        motion, heaters, axes = effects.motion, effects.heaters, effects.axes
        self._objections.text = b""
        if hot := heaters.still_on():
            effects.object("heaters_on", f"the file ends with {hot}: it must end with M104 S0 and M140 S0")
        if not axes.absolute or axes.unit_mm != 1.0:
            text = "the file leaves the printer in relative coordinates or inches, as the next one would find it"
            effects.object("not_reset", f"{text}: end with G90 and G21")
        if motion.extrusion_box is None:
            self._objections.add(0, "empty", "the file lays no material: nothing would be printed")
        return Figures(
            lines=effects.line,
            commands=self._commands,
            extrusion_box=motion.extrusion_box,
            motion_box=motion.motion_box,
            max_nozzle_c=heaters.max_nozzle_c,
            max_bed_c=heaters.max_bed_c,
            moving_seconds=motion.seconds,
            filament_mm=motion.filament_max,
            layers=len(motion.heights),
        )

    def _cura_move(self, f: bytes | None, x: bytes | None, y: bytes | None, z: bytes | None, e: bytes | None) -> bool:
        return self._plain_move(x, y, z, e, f)

    def _plain_move(self, x: bytes | None, y: bytes | None, z: bytes | None, e: bytes | None, f: bytes | None) -> bool:
        """A move in machine millimetres; False when what stands for a number is none."""
        effects = self._effects
        motion = effects.motion
        try:
            to_x = motion.x if x is None else float(x)
            to_y = motion.y if y is None else float(y)
            to_z = motion.z if z is None else float(z)
            fed = 0.0 if e is None else float(e)
            if f is not None:
                effects.set_feed(float(f))
        except ValueError:
            return False
        self._commands += 1
        if e is not None:
            axes = effects.axes
            if axes.e_absolute:
                fed, axes.e = fed - axes.e, fed
            effects.check_extrusion(fed)
        motion.straight(to_x, to_y, to_z, fed, effects.line)
        return True

    def _any_line(self, raw: bytes) -> None:
        try:
            if self._klipper and (extended := parse_extended(raw)):
                self._commands += 1
                self._klipper.run(extended)
                self._plain = self._effects.axes.plain
                return
            command = parse_line(raw)
        except NotUnderstood as error:
            self._effects.object("not_understood", str(error))
            return
        if command is None:
            return
        self._commands += 1
        known = self._handlers.get(command.name)
        if known and not (self._klipper and command.name in KLIPPER_LACKS):
            words, handler = known
            if self._words_allowed(command, words):
                handler({letter: number or 0.0 for letter, number in command.words.items()})
                self._plain = self._effects.axes.plain
        elif command.name in self._harmless:
            self._words_allowed(command, self._harmless[command.name])
        else:
            self._effects.object("not_allowed", f"{command.name} may not be in a print: {self._why_not(command.name)}")

    def _why_not(self, name: str) -> str:
        if self._klipper and name in KLIPPER_LACKS:
            return "Klipper does not know it"
        return WHY_NOT.get(name) or tool_change(name) or "it is not on the list of commands that a print needs"

    def _words_allowed(self, command: Command, words: Words) -> bool:
        for letter, number in command.words.items():
            if number is None and letter in words.flags:
                continue
            bounds = words.ranges.get(letter)
            if bounds is None or number is None:
                value = "" if number is None else f"{number:g}"
                self._effects.object("not_allowed", f"{command.name} may not carry {letter}{value}")
                return False
            low, high = bounds
            if not low <= number <= high:
                text = f"{command.name} {letter}{number:g} is out of range: {low:g} to {high:g} is allowed"
                self._effects.object("out_of_range", text)
                return False
        return True
