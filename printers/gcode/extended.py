"""Klipper's own commands and the machine's own macros, run in thought."""

from printers.gcode.axes import AXES
from printers.gcode.effects import Effects
from printers.gcode.klipper import HEATING, PROBING, WHY_NOT, Extended, harmless
from printers.gcode.limits import MachineLimits, Macro, MacroRole
from printers.gcode.words import NotUnderstood

NOZZLE = "extruder"


class ExtendedCommands:
    """Runs what `klipper.parse_extended` reads."""

    def __init__(self, limits: MachineLimits, effects: Effects) -> None:
        self._effects = effects
        self._macros = {macro.name: macro for macro in limits.macros}
        self._harmless = harmless(limits)

    def run(self, command: Extended) -> None:
        """Raises NotUnderstood."""
        name = command.name
        if macro := self._macros.get(name):
            self._run_macro(macro, command)
            return
        known = self._harmless.get(name) or PROBING.get(name) or HEATING.get(name)
        if known is None:
            why = WHY_NOT.get(name, "it is neither a command that a print needs nor a macro that the profile names")
            self._effects.object("not_allowed", f"{name} may not be in a print: {why}")
        elif objection := known.objection(command):
            self._effects.object("out_of_range" if "out of range" in objection else "not_allowed", objection)
        elif name in PROBING:
            self._effects.probe(name)
        elif name in HEATING:
            self._heat(command)

    def _heat(self, command: Extended) -> None:
        heaters, line = self._effects.heaters, self._effects.line
        if command.name == "TURN_OFF_HEATERS":
            heaters.off(line)
        elif command.name == "TEMPERATURE_WAIT":
            if command.parameters.get("SENSOR") == NOZZLE and "MINIMUM" in command.parameters:
                heaters.waited_for_nozzle(command.number("MINIMUM"))
        elif command.parameters.get("HEATER") == NOZZLE:
            heaters.set_nozzle(command.number("TARGET"), line, wait=False)
        elif "HEATER" in command.parameters:
            heaters.set_bed(command.number("TARGET"), line)
        else:
            raise NotUnderstood(f"{command.name} without HEATER=…")

    def _run_macro(self, macro: Macro, command: Extended) -> None:
        effects = self._effects
        known = {key for key in (macro.nozzle, macro.bed) if key}
        if stray := sorted(command.parameters.keys() - known):
            effects.object("not_allowed", f"{macro.name} may not carry {stray[0]}: the profile does not name it")
            return
        effects.axes.after_macro()
        if macro.role is MacroRole.START:
            effects.axes.home(set(AXES), at_known_place=False)
            if macro.nozzle:
                effects.heaters.set_nozzle(command.number(macro.nozzle), effects.line, wait=True)
            if macro.bed:
                effects.heaters.set_bed(command.number(macro.bed), effects.line)
        elif macro.role is MacroRole.END:
            effects.heaters.off(effects.line)
            effects.axes.released(set(AXES))
