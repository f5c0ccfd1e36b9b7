"""What GRBL says, in types and in words. Pure. Source: gnea/grbl v1.1, pages Interface, Commands and Configuration."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from printers.machine import MachineConfused, MachineState

MM_PER_INCH = 25.4
LEAST_VERSION = (1, 1)

MESSAGE_RESET_TO_CONTINUE = "[MSG:Reset to continue]"
HOMING, HOMING_PULL_OFF, LASER_MODE, REPORT_INCHES, SOFT_LIMITS, MAX_SPINDLE = 22, 27, 32, 13, 20, 30

ERRORS: Mapping[int, str] = {
    1: "a word without a letter",
    2: "a word without a proper number",
    3: "a $ command that this controller does not know",
    4: "a negative value where only a positive one makes sense",
    5: "homing is switched off ($22=0)",
    7: "the controller's memory was damaged and set to its defaults: check all settings",
    8: "this works only while the machine is idle",
    9: "the machine is locked by an alarm or moved by hand",
    10: "soft limits need homing ($22=1)",
    11: "the line is too long",
    13: "the safety door is open",
    15: "the jog would leave the machine's travel",
    16: "not a proper jog command",
    17: "laser mode needs a PWM output",
    20: "a command that this controller does not know",
    21: "two commands of one group in a line",
    22: "no feed rate was given yet",
    23: "a command whose number must be whole",
    24: "two commands in a line that both need axis words",
    25: "a word given twice in a line",
    26: "axis words are missing",
    27: "a line number out of range",
    28: "a value is missing that the command needs",
    29: "a coordinate system that this controller does not have",
    30: "G53 goes with G0 and G1 only",
    31: "axis words that nothing uses",
    32: "an arc without axis words in its plane",
    33: "an arc or probe with an impossible target",
    34: "an arc whose radius cannot be",
    35: "an arc without its centre",
    36: "words that nothing uses",
    37: "a tool length offset on another axis than Z",
    38: "a tool number that is too high",
}
"""The operator's words for `error:N`."""

ALARMS: Mapping[int, str] = {
    1: "a limit switch was hit and the position is lost: look why, move the tool free, then home",
    2: "a move would have left the machine's travel: check where the work's zero is set, then home",
    3: "it was reset while it moved and the position is lost: home it",
    4: "the probe was already touching, or not touching, before probing: check its wires, then home",
    5: "the probe touched nothing: check it, then home",
    6: "homing was interrupted by a reset: home again",
    7: "the safety door was opened during homing: close it and home again",
    8: "homing could not move off a switch: check the switches and the pull-off distance ($27)",
    9: "homing found no switch: check the switches and the travel ($130 to $132)",
}
"""The operator's words for `ALARM:N`: what happened and what to do."""

PINS = {
    "X": "limit switch X", "Y": "limit switch Y", "Z": "limit switch Z", "P": "probe", "D": "safety door",
    "H": "hold button", "R": "reset button", "S": "start button",
}  # fmt: skip

_BANNER = re.compile(r"Grbl\w* v?(\d+\.\d+\w*)", re.IGNORECASE)
_VERSION = re.compile(r"\[VER:v?(\d+)\.(\d+)([^:\]]*):?")
_SETTING = re.compile(r"\$(\d+)=(-?\d+(?:\.\d+)?)")
_REPORT = re.compile(r"<(\w+)(?::(\d))?((?:\|[^|<>]*)*)>")
_STATES = {
    "Idle": MachineState.IDLE,
    "Run": MachineState.PRINTING,
    "Jog": MachineState.BUSY,
    "Home": MachineState.BUSY,
    "Check": MachineState.BUSY,
    "Door": MachineState.PAUSED,
    "Alarm": MachineState.ERROR,
    "Sleep": MachineState.ERROR,
}


def in_words(kind: Mapping[int, str], code: int) -> str:
    """An error or alarm for the operator, its number included."""
    name = "error" if kind is ERRORS else "ALARM"
    return f"{kind.get(code, 'a code that is not in the manual')} ({name}:{code})"


@dataclass(frozen=True)
class Report:
    """One status report."""

    state: str
    """Idle, Run, Hold, Jog, Alarm, Door, Check, Home or Sleep."""
    sub: int = 0
    machine_position: tuple[float, ...] | None = None
    """As reported: mm, or inches with $13=1."""
    work_position: tuple[float, ...] | None = None
    work_offset: tuple[float, ...] | None = None
    """Told only now and then."""
    free_blocks: int | None = None
    free_bytes: int | None = None
    overrides_percent: tuple[int, int, int] | None = None
    """Feed, rapid moves, spindle or laser. Told only now and then."""
    feed: float | None = None
    speed: float | None = None
    pins: str = ""
    """Letters of the inputs that are triggered; see PINS."""
    accessories: str = ""

    @property
    def held(self) -> bool:
        """Stopped in the middle, so that a reset loses no position."""
        return self.state in {"Hold", "Door"} and self.sub in {0, 1 if self.state == "Door" else 0}

    @property
    def moving(self) -> bool:
        return self.state in {"Run", "Jog", "Home"} or (self.state in {"Hold", "Door"} and not self.held)

    @property
    def machine_state(self) -> MachineState:
        if self.state == "Hold":
            return MachineState.PAUSED if self.held else MachineState.BUSY
        return _STATES[self.state]

    def remarks(self) -> list[str]:
        """What an operator should know beside the state."""
        said = [f"{PINS[pin]} triggered" for pin in self.pins if pin in PINS]
        if self.overrides_percent and self.overrides_percent != (100, 100, 100):
            said.append("overrides: feed {} %, rapid {} %, tool {} %".format(*self.overrides_percent))
        return said


def read_report(line: str) -> Report:
    """Raises MachineConfused."""
    match = _REPORT.fullmatch(line)
    if not match or (match[1] not in _STATES and match[1] != "Hold"):
        raise MachineConfused(f"a status report that is not one of GRBL 1.1: {line[:120]!r}")
    fields = dict(part.split(":", 1) for part in match[3].split("|") if ":" in part)
    try:
        blocks, free = _numbers(fields.get("Bf")) or (None, None)
        feed, *speed = _numbers(fields.get("FS") or fields.get("F")) or (None,)
        overrides = _numbers(fields.get("Ov"))
        return Report(
            match[1], int(match[2] or 0), _numbers(fields.get("MPos")), _numbers(fields.get("WPos")),
            _numbers(fields.get("WCO")), _whole(blocks), _whole(free),
            (int(overrides[0]), int(overrides[1]), int(overrides[2])) if overrides else None,
            feed, speed[0] if speed else None, fields.get("Pn", ""), fields.get("A", ""),
        )  # fmt: skip
    except (ValueError, IndexError) as error:
        raise MachineConfused(f"a status report with values that are no numbers: {line[:120]!r}") from error


def _numbers(text: str | None) -> tuple[float, ...] | None:
    return tuple(float(part) for part in text.split(",")) if text else None


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)


def is_banner(line: str) -> bool:
    """Whether the line is what GRBL says when it starts or was reset."""
    return bool(_BANNER.match(line))


@dataclass(frozen=True)
class Firmware:
    """What `$I` and `$$` tell."""

    version: tuple[int, int]
    name: str
    """The version with its letter and date."""
    settings: Mapping[int, float] = field(default_factory=dict)

    def on(self, setting: int) -> bool:
        return self.settings.get(setting, 0) != 0


def read_firmware(build: Iterable[str], settings: Iterable[str]) -> Firmware:
    """From the answers to `$I` and `$$`. Raises MachineConfused."""
    version = next((match for line in build if (match := _VERSION.match(line))), None)
    values = {int(match[1]): float(match[2]) for line in settings if (match := _SETTING.match(line))}
    if version is None or HOMING not in values:
        raise MachineConfused("the controller does not tell its version and settings as GRBL 1.1 does ($I, $$)")
    return Firmware((int(version[1]), int(version[2])), f"{version[1]}.{version[2]}{version[3]}".strip("."), values)
