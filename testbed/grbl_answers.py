"""What the GRBL simulator is set to, what it answers when asked for it, and what it remembers for tests."""

from collections.abc import Mapping
from dataclasses import dataclass, field

DEFAULTS: dict[int, float] = {
    0: 10, 1: 25, 10: 3, 11: 0.01, 12: 0.002, 13: 0, 20: 0, 21: 0, 22: 0, 27: 1, 30: 1000, 31: 0, 32: 1,
    110: 6000, 111: 6000, 112: 600, 130: 300, 131: 200, 132: 50,
}  # fmt: skip


@dataclass
class Witness:
    """What really happened, by another account than the driver's."""

    executed: list[str] = field(default_factory=list)
    """Blocks that were begun in earnest, check mode apart."""
    checked: list[str] = field(default_factory=list)
    dropped_bytes: int = 0
    most_in_buffer: int = 0
    resets: int = 0
    unlocks: int = 0
    homings: int = 0


def told(question: str, settings: Mapping[int, float], version: str) -> list[str]:
    """The lines before the `ok` of `$$`, `$I` and `$#`."""
    if question == "$$":
        return [f"${number}={value:g}" for number, value in sorted(settings.items())]
    if question == "$I":
        return [f"[VER:{version}:]", "[OPT:V,15,128]"]
    systems = ("G54", "G55", "G56", "G57", "G58", "G59", "G28", "G30", "G92")
    return [*(f"[{name}:0.000,0.000,0.000]" for name in systems), "[TLO:0.000]", "[PRB:0.000,0.000,0.000:0]"]
