"""The start and the end of a print, with their [placeholders] filled in. Pure."""

import re
from collections.abc import Mapping

from fabnode.slicers.profiles import ProfileError

CLEAR_MM = 20.0
"""How far above the part the nozzle goes at the end, where the machine is that high."""
_PLACEHOLDER = re.compile(r"\[(\w+)\]")


def with_clear_height(sequence: str, height_mm: float, most_mm: float) -> str:
    """`[clear_z]`: a height above a part of `height_mm`, within the machine."""
    return sequence.replace("[clear_z]", f"{min(height_mm + CLEAR_MM, most_mm):.2f}")


def filled_in(sequence: str, values: Mapping[str, str]) -> str:
    """Every [setting] by its value. Raises ProfileError for what only PrusaSlicer can calculate."""
    if "{" in sequence:
        at = sequence.index("{")
        raise ProfileError(
            f"the sequence calculates {sequence[at : at + 40]!r}, which PrusaSlicer alone can: "
            "write [setting] or [clear_z], or put a sequence of its own into [curaengine]"
        )
    missing = [name for name in _PLACEHOLDER.findall(sequence) if name not in values]
    if missing:
        raise ProfileError(f"the sequence names [{missing[0]}], which is no setting")
    return _PLACEHOLDER.sub(lambda match: values[match[1]], sequence)
