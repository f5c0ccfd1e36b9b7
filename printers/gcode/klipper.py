"""Klipper's own commands (NAME KEY=VALUE …): which a node lets through, and what each may carry.

Source: Klipper's "G-Codes" and "Config checks" pages (klipper3d.org). Only commands that every Klipper knows and whose
effect can be judged are here; macros of the machine's own are let through when its profile names them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from printers.gcode.limits import MachineLimits
from printers.gcode.words import NotUnderstood

MAX_EXTENDED_BYTES = 8 * 1024
"""The outline of a part (EXCLUDE_OBJECT_DEFINE) may take some thousand characters."""

_EXTENDED = re.compile(rb"([A-Z][A-Z0-9_]{2,47})((?:[ \t]+[A-Z][A-Z0-9_]*=[A-Za-z0-9_.,:+\[\]-]+)*)[ \t]*")
_PARAMETER = re.compile(rb"([A-Z][A-Z0-9_]*)=(\S+)")
_NAME_OF_A_COMMAND = re.compile(rb"[A-Z]+_[A-Z0-9_]+|[A-Z]{3,}")
_NUMBER = re.compile(r"-?(?:\d{1,7}(?:\.\d{0,9})?|\.\d{1,9})")
_LABEL = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_POINTS = re.compile(r"[\[\]0-9.,-]{1,8000}")

Range = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Extended:
    """A Klipper command as it stands in a file."""

    name: str
    parameters: Mapping[str, str]

    def number(self, key: str) -> float:
        """A parameter that is a number. Raises NotUnderstood when it is missing or none."""
        text = self.parameters.get(key)
        if text is None:
            raise NotUnderstood(f"{self.name} without {key}=…")
        if not _NUMBER.fullmatch(text):
            raise NotUnderstood(f"{self.name} {key}={text} is no number")
        return float(text)


@dataclass(frozen=True, slots=True)
class Parameters:
    """Numbers with their range, labels, and lists of points that a command may carry."""

    ranges: Mapping[str, Range] = field(default_factory=dict)
    labels: Mapping[str, re.Pattern[str]] = field(default_factory=dict)

    def objection(self, command: Extended) -> str | None:
        """Why the command may not carry what it carries; None when it may."""
        for key, text in command.parameters.items():
            if key in self.labels:
                if not self.labels[key].fullmatch(text):
                    return f"{command.name} may not carry {key}={text[:40]}"
                continue
            if key not in self.ranges:
                return f"{command.name} may not carry {key}"
            low, high = self.ranges[key]
            if not low <= command.number(key) <= high:
                return f"{command.name} {key}={text} is out of range: {low:g} to {high:g} is allowed"
        return None


_EXTRUDER = re.compile("extruder")
_HEATER = re.compile("extruder|heater_bed")
_PART = {"NAME": _LABEL}

PROBING = {
    "BED_MESH_CALIBRATE": Parameters(labels={"PROFILE": _LABEL, "METHOD": _LABEL}, ranges={"ADAPTIVE": (0, 1)}),
    "QUAD_GANTRY_LEVEL": Parameters(),
    "Z_TILT_ADJUST": Parameters(),
}
"""They move by themselves, within the machine's own settings, and leave the nozzle somewhere."""


def harmless(limits: MachineLimits) -> dict[str, Parameters]:
    """Commands that leave the judgement as it is, with what they may set on a machine of these limits."""
    return {
        "SET_VELOCITY_LIMIT": Parameters({
            "VELOCITY": (1, limits.max_feed_mm_s),
            "ACCEL": (1, limits.max_acceleration_mm_s2),
            "ACCEL_TO_DECEL": (1, limits.max_acceleration_mm_s2),
            "MINIMUM_CRUISE_RATIO": (0, 0.99),
            "SQUARE_CORNER_VELOCITY": (0, limits.max_jerk_mm_s),
        }),
        "SET_PRESSURE_ADVANCE": Parameters({"ADVANCE": (0, 2), "SMOOTH_TIME": (0, 0.2)}, {"EXTRUDER": _EXTRUDER}),
        "SET_PRINT_STATS_INFO": Parameters({"TOTAL_LAYER": (0, 1e6), "CURRENT_LAYER": (0, 1e6)}),
        "EXCLUDE_OBJECT_DEFINE": Parameters({"RESET": (0, 1)}, {**_PART, "CENTER": _POINTS, "POLYGON": _POINTS}),
        "EXCLUDE_OBJECT_START": Parameters(labels=_PART),
        "EXCLUDE_OBJECT_END": Parameters(labels=_PART),
        "BED_MESH_CLEAR": Parameters(),
        "BED_MESH_PROFILE": Parameters(labels={"LOAD": _LABEL}),
    }  # fmt: skip


HEATING = {
    "SET_HEATER_TEMPERATURE": Parameters({"TARGET": (-1e4, 1e4)}, {"HEATER": _HEATER}),
    "TEMPERATURE_WAIT": Parameters({"MINIMUM": (-1e4, 1e4), "MAXIMUM": (-1e4, 1e4)}, {"SENSOR": _HEATER}),
    "TURN_OFF_HEATERS": Parameters(),
}

_STOPS = "it stops or restarts the firmware"
_PRINT = "it steers the print from inside of the print"
_BLIND = "it moves motors past the limits of the axes"
_SETTINGS = "it changes settings of the machine that a print has no business with"
WHY_NOT: dict[str, str] = {
    "SAVE_CONFIG": "it changes settings that the printer keeps",
    "RESTART": _STOPS,
    "FIRMWARE_RESTART": _STOPS,
    "SET_PIN": "it switches pins of the printer's board",
    "SET_SERVO": "it moves a servo",
    "RUN_SHELL_COMMAND": "it runs programs on the print server",
    "FORCE_MOVE": _BLIND,
    "STEPPER_BUZZ": _BLIND,
    "MANUAL_STEPPER": _BLIND,
    "SET_KINEMATIC_POSITION": "it lets the machine believe that it is elsewhere",
    "SET_GCODE_OFFSET": "it shifts the coordinates, past the end of the print",
    "SAVE_GCODE_STATE": "it hides which coordinates are in force later on",
    "RESTORE_GCODE_STATE": "it moves to a place and into coordinates that the line does not say",
    "SET_STEPPER_ENABLE": "it lets go of motors",
    "SET_TMC_CURRENT": "it changes the current of the motors",
    "PID_CALIBRATE": "it starts a calibration that heats by itself",
    "ACTIVATE_EXTRUDER": "it changes the tool; a job has one",
    "EXCLUDE_OBJECT": "it leaves a part of the plate out; the operator does that",
    "PAUSE": _PRINT,
    "RESUME": _PRINT,
    "CANCEL_PRINT": _PRINT,
    "SDCARD_PRINT_FILE": _PRINT,
    "SDCARD_RESET_FILE": _PRINT,
    "SET_GCODE_VARIABLE": _SETTINGS,
    "SET_INPUT_SHAPER": _SETTINGS,
    "UPDATE_DELAYED_GCODE": _SETTINGS,
    "SET_EXTRUDER_ROTATION_DISTANCE": "it changes how much filament is fed for a millimetre",
}


def parse_extended(raw: bytes) -> Extended | None:
    """Read a line as one of Klipper's own commands; None when it is none of that form.

    Raises NotUnderstood for what has the name of one but not its form.
    """
    code = raw.removesuffix(b"\r").partition(b";")[0].strip(b" \t")
    if not _NAME_OF_A_COMMAND.match(code):
        return None
    if len(code) > MAX_EXTENDED_BYTES:
        raise NotUnderstood(f"a command of {len(code)} bytes; at most {MAX_EXTENDED_BYTES} are read")
    match = _EXTENDED.fullmatch(code)
    if not match:
        raise NotUnderstood("not a Klipper command of the form NAME KEY=VALUE, in capitals and without quotes")
    parameters: dict[str, str] = {}
    for key, value in _PARAMETER.findall(match[2]):
        name = key.decode("ascii")
        if name in parameters:
            raise NotUnderstood(f"{name} is given twice")
        parameters[name] = value.decode("ascii")
    return Extended(match[1].decode("ascii"), parameters)
