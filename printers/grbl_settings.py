"""The settings of a GRBL machine, from text. Pure."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from printers.drivers import BadSettings, Settings
from printers.grbl_serial import SPEEDS

Tool = Literal["laser", "spindle"]


@dataclass(frozen=True)
class GrblSettings:
    port: Path
    folder: Path
    """Of the driver's files and its record of runs."""
    tool: Tool
    baud: int = 115200
    present_seconds: float = 900.0
    """How long an operator's word holds that they are there."""
    presence_file: Path | None = None
    """Where that word is given; in the folder when None."""

    @property
    def operator_mark(self) -> Path:
        return self.presence_file or self.folder / "operator-present"


def parse_settings(name: str, settings: Settings) -> GrblSettings:
    """Raises BadSettings."""
    for setting, what in (
        ("port", "the serial port, best as /dev/serial/by-id/…"),
        ("folder", "a folder for its files"),
    ):
        if not settings.get(setting):
            raise BadSettings(f"machine {name!r}: the setting `{setting}` is missing; name {what}")
    tool, baud = settings.get("tool", ""), settings.get("baud", "115200")
    minutes, presence = settings.get("present_minutes", "15"), settings.get("presence_file")
    if tool not in {"laser", "spindle"}:
        raise BadSettings(f"machine {name!r}: tool must be 'laser' or 'spindle', not {tool!r}")
    if not baud.isdigit() or int(baud) not in SPEEDS:
        raise BadSettings(f"machine {name!r}: baud must be one of {', '.join(map(str, SPEEDS))}, not {baud!r}")
    if not re.fullmatch(r"\d{1,3}(\.\d+)?", minutes) or not 0 < float(minutes) <= 120:
        raise BadSettings(f"machine {name!r}: present_minutes must be more than 0 and at most 120, not {minutes!r}")
    return GrblSettings(
        Path(settings["port"]),
        Path(settings["folder"]),
        "laser" if tool == "laser" else "spindle",
        int(baud),
        float(minutes) * 60,
        Path(presence) if presence else None,
    )
