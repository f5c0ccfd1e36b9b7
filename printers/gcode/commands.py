"""The allow-list: which commands a node lets through, and which words each may carry.

Sources: Marlin's G-code index (marlinfw.org/meta/gcode) and Prusa's list of its firmware's own codes. What is not
here is refused; WHY_NOT explains the refusals that an operator is likely to meet.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

NO_LIMIT = 1e7
"""For words whose value cannot harm; the grammar allows seven digits."""


@dataclass(frozen=True, slots=True)
class Words:
    """Letters with the range of their value, and letters that stand alone."""

    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    flags: str = ""


HARMLESS: dict[str, Words] = {
    "G17": Words(),
    "G4": Words({"P": (0, 600_000), "S": (0, 600)}),
    "G80": Words({"N": (0, 9), "R": (0, 9)}),
    "M17": Words(flags="XYZE"),
    "M18": Words({"S": (0, 86_400)}, flags="XYZE"),
    "M73": Words(dict.fromkeys("PRQSCD", (0, NO_LIMIT))),
    "M75": Words(),
    "M77": Words(),
    "M84": Words({"S": (0, 86_400)}, flags="XYZE"),
    "M105": Words({"T": (0, 0)}),
    "M106": Words({"S": (0, 255), "P": (0, 3)}),
    "M107": Words({"P": (0, 3)}),
    "M114": Words(),
    "M115": Words(),
    "M117": Words(),
    "M221": Words({"S": (80, 120), "T": (0, 0)}),
    "M300": Words({"S": (0, 20_000), "P": (0, 10_000)}),
    "M400": Words(),
    "M412": Words({"S": (0, 1)}),
    "M413": Words({"S": (0, 1)}),
    "M420": Words({"S": (0, 1), "Z": (0, 50)}),
    "M486": Words({"S": (-1, 9999), "T": (0, 9999)}),
    "M555": Words(dict.fromkeys("XYWH", (-1000, 10000))),
    "M572": Words({"S": (0, 2), "D": (0, 0), "W": (0, 1)}),
    "M862.1": Words(),
    "M862.2": Words(),
    "M862.3": Words(),
    "M862.4": Words(),
    "M862.5": Words(),
    "M862.6": Words(),
    "T0": Words(),
    "M900": Words({"K": (0, 2), "L": (0, 2)}),
}
"""Commands whose effect on the judgement is none: only their words are checked."""

KLIPPER_LACKS = frozenset(
    {"G29", "G80", "M17", "M75", "M77", "M201", "M203", "M205", "M300", "M412", "M413", "M420", "M486", "M555", "M572"}
) | {"M900", *(f"M862.{n}" for n in range(1, 7))}
"""Marlin's and Prusa's own: a Klipper machine would pass over them, or run a macro that somebody gave that name."""

HARMLESS_TO_KLIPPER = {name: words for name, words in HARMLESS.items() if name not in KLIPPER_LACKS}

HOMING = Words(dict.fromkeys("XYZ", (0, 0)), flags="XYZWO")
"""G28, for all axes or for those named; Prusa's `W` leaves the mesh out, Marlin's `O` homes only when needed."""

LEVELLING = Words(dict.fromkeys("XYWH", (-1000, 10000)) | {"P": (0, 9)}, flags="ACI")
"""G29 in Marlin's and Prusa's forms; not `S`, which writes the mesh to the printer's memory."""

_EEPROM = "it changes settings that the printer keeps"
_HOST = "it belongs to the print server or the SD card, not into a print"
WHY_NOT: dict[str, str] = {
    "M500": _EEPROM,
    "M501": _EEPROM,
    "M502": _EEPROM,
    "M504": _EEPROM,
    "M92": "it changes how far the axes move for a millimetre",
    "M206": "it shifts the home position",
    "M428": "it shifts the home position",
    "M851": "it shifts the probe's height",
    "M211": "it switches off the limits of the axes",
    "M301": "it changes the regulation of the nozzle's heater",
    "M303": "it starts a calibration that heats by itself",
    "M304": "it changes the regulation of the bed's heater",
    "M302": "it allows extrusion with a cold nozzle",
    "M997": "it replaces the printer's firmware",
    "M112": "it is the emergency stop",
    "M999": "it restarts a printer that stopped for a reason",
    "M20": _HOST,
    "M23": _HOST,
    "M24": _HOST,
    "M28": _HOST,
    "M29": _HOST,
    "M30": _HOST,
    "M32": _HOST,
    "M928": _HOST,
    "M118": "it can send commands to the print server",
    "M42": "it switches pins of the printer's board",
    "M280": "it moves a servo",
    "M80": "it switches the power supply",
    "M81": "it switches the power supply",
    "M0": "it waits for a person at the printer",
    "M1": "it waits for a person at the printer",
    "M25": "it waits for a person at the printer",
    "M600": "it waits for a person at the printer",
    "M601": "it waits for a person at the printer",
    "M141": "it heats the chamber, which the profile says nothing of",
    "M191": "it heats the chamber, which the profile says nothing of",
    "M116": "it waits for whatever is being heated",
    "M218": "it shifts the coordinates of a tool",
    "M665": "it changes the machine's geometry",
    "M666": "it changes the machine's geometry",
    "M503": "it belongs to the print server or the SD card, not into a print",
    "M860": "it changes settings that the printer keeps",
    "M906": "it changes the current of the motors",
    "M907": "it changes the current of the motors",
    "G10": "the firmware's own retraction hides how much filament is fed",
    "G11": "the firmware's own retraction hides how much filament is fed",
    "G18": "arcs are judged in the XY plane only",
    "G19": "arcs are judged in the XY plane only",
    "G20": "Klipper knows no inches",
    "G53": "it leaves the coordinates in which the print is judged",
    "G54": "it leaves the coordinates in which the print is judged",
}


def tool_change(name: str) -> str | None:
    """Why a command that names a tool is refused."""
    return "it changes the tool; a job is printed with the one that is there (T0)" if name.startswith("T") else None
