"""How the GRBL simulator reads a block: modal groups, targets and durations, with the firmware's error numbers."""

import re
from dataclasses import dataclass, replace
from math import dist, pi

RAPID_MM_MIN = 6000.0
LEAST_SECONDS = 0.0005
"""A block takes some time, however short."""

_WORD = re.compile(r"([A-Z])([+-]?(?:\d+\.?\d*|\.\d+))")
_MOTIONS = {"G0", "G1", "G2", "G3", "G80"}
_GROUPS = {
    "motion": _MOTIONS,
    "units": {"G20", "G21"},
    "distance": {"G90", "G91"},
    "plane": {"G17", "G18", "G19"},
    "feed": {"G93", "G94"},
    "other": {"G4", "G10", "G28", "G30", "G53", "G92"},
    "system": {"G54", "G55", "G56", "G57", "G58", "G59"},
    "length": {"G49"},
    "cutter": {"G40"},
    "arc": {"G91.1"},
    "program": {"M0", "M1", "M2", "M30"},
    "tool": {"M3", "M4", "M5"},
    "coolant": {"M7", "M8", "M9"},
}
Point = tuple[float, float, float]


class BlockError(Exception):
    """The firmware's `error:code`."""

    def __init__(self, code: int) -> None:
        super().__init__(f"error:{code}")
        self.code = code


@dataclass(frozen=True)
class Modes:
    """What lasts from block to block; the defaults are those at power-up."""

    motion: str = "G0"
    millimetres: bool = True
    absolute: bool = True
    feed_mm_min: float = 0.0
    tool: str = "M5"


@dataclass(frozen=True)
class Block:
    text: str
    modes: Modes
    """After it."""
    target: Point | None
    seconds: float
    synchronises: bool
    """Waits until everything planned is done, and is acknowledged only then."""
    rapid: bool = False
    pauses: bool = False
    ends: bool = False


def read_block(text: str, modes: Modes, at: Point) -> Block:
    """Raises BlockError."""
    pairs = _WORD.findall(text)
    if "".join(letter + number for letter, number in pairs) != text:
        raise BlockError(1 if not text[:1].isalpha() else 2)
    codes = [letter + f"{float(number):g}" for letter, number in pairs if letter in "GM"]
    values = {letter: float(number) for letter, number in pairs if letter not in "GM"}
    if len(values) + len(codes) < len(pairs):
        raise BlockError(25)
    groups = _in_groups(codes)
    after = _modes_after(modes, groups, values)
    target = _target(values, after, at)
    if target and "motion" not in groups and modes.motion == "G80":
        raise BlockError(31)
    moves = target is not None and groups.get("other") not in {"G92", "G10"}
    _require_sense(groups, values, after, moves=moves)
    seconds = values.get("P", 0.0) if groups.get("other") == "G4" else 0.0
    if target and moves:
        seconds = (
            _length(values, after, at, target) / (RAPID_MM_MIN if after.motion == "G0" else after.feed_mm_min) * 60
        )
    return Block(
        text,
        after,
        target if moves else None,
        max(seconds, LEAST_SECONDS),
        synchronises=groups.get("other") == "G4" or after.tool != modes.tool or "program" in groups or not moves,
        rapid=moves and after.motion == "G0",
        pauses=groups.get("program") in {"M0", "M1"},
        ends=groups.get("program") in {"M2", "M30"},
    )


def _in_groups(codes: list[str]) -> dict[str, str]:
    groups: dict[str, str] = {}
    for code in codes:
        name = next((name for name, members in _GROUPS.items() if code in members), None)
        if name is None:
            raise BlockError(20)
        if name in groups:
            raise BlockError(21)
        groups[name] = code
    return groups


def _modes_after(modes: Modes, groups: dict[str, str], values: dict[str, float]) -> Modes:
    ended = groups.get("program") in {"M2", "M30"}
    millimetres = groups.get("units", "G21" if modes.millimetres else "G20") == "G21"
    feed = values["F"] * (1 if millimetres else 25.4) if "F" in values else modes.feed_mm_min
    return replace(
        modes,
        motion=groups.get("motion", "G1" if ended else modes.motion),
        millimetres=millimetres,
        absolute=groups.get("distance", "G90" if modes.absolute else "G91") == "G90",
        feed_mm_min=feed,
        tool="M5" if ended else groups.get("tool", modes.tool),
    )


def _target(values: dict[str, float], modes: Modes, at: Point) -> Point | None:
    if not values.keys() & set("XYZ"):
        return None
    unit = 1.0 if modes.millimetres else 25.4

    def coordinate(axis: str, now: float) -> float:
        if axis not in values:
            return now
        return values[axis] * unit + (0.0 if modes.absolute else now)

    return (coordinate("X", at[0]), coordinate("Y", at[1]), coordinate("Z", at[2]))


def _require_sense(groups: dict[str, str], values: dict[str, float], modes: Modes, *, moves: bool) -> None:
    if groups.get("other") == "G4" and "P" not in values:
        raise BlockError(28)
    if any(number < 0 for letter, number in values.items() if letter in "FSNT"):
        raise BlockError(4)
    if moves and modes.motion in {"G1", "G2", "G3"} and not modes.feed_mm_min:
        raise BlockError(22)
    arc = modes.motion in {"G2", "G3"}
    if moves and arc and not values.keys() & set("IJR"):
        raise BlockError(35)
    if not (moves and arc) and values.keys() & set("IJKR"):
        raise BlockError(36)
    if groups.get("motion") in {"G2", "G3"} and not moves:
        raise BlockError(26)


def _length(values: dict[str, float], modes: Modes, at: Point, target: Point) -> float:
    """Of a line; of an arc an upper bound, which is all that its time needs."""
    if modes.motion in {"G2", "G3"}:
        radius = abs(values["R"]) if "R" in values else dist((0, 0), (values.get("I", 0), values.get("J", 0)))
        return max(dist(at, target), 2 * pi * radius)
    return dist(at, target)
