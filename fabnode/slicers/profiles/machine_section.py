"""What a machine profile's [machine] says, and what follows from it."""

import re
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from fabnode.errors import FabnodeError
from printers.gcode import Flavour, Macro, MacroRole

_MACRO = re.compile(r"[A-Z][A-Z0-9_]{1,47}")


class ProfileError(FabnodeError):
    """A slicer profile cannot be used; the message names file, key and what to do."""


class MachineSection(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    model: str
    bed_x_mm: float = Field(gt=0, le=10_000)
    bed_y_mm: float = Field(gt=0, le=10_000)
    height_mm: float = Field(gt=0, le=10_000)
    nozzle_mm: float = Field(gt=0, le=5)
    max_nozzle_c: float = Field(gt=0, le=500)
    max_bed_c: float = Field(gt=0, le=200)
    max_feed_mm_s: float = Field(gt=0, le=2000, default=300)
    purge_mm: str | None = None
    flavour: Flavour = Flavour.MARLIN
    start_macro: str | None = None
    end_macro: str | None = None
    macros: str = ""
    quality: Literal["draft", "normal", "fine"] | None = None


def measures(about: MachineSection) -> dict[str, str]:
    """What [machine] says already, in the slicer's words."""
    x, y = f"{about.bed_x_mm:g}", f"{about.bed_y_mm:g}"
    return {
        "bed_shape": f"0x0,{x}x0,{x}x{y},0x{y}",
        "max_print_height": f"{about.height_mm:g}",
        "nozzle_diameter": f"{about.nozzle_mm:g}",
    }


def purge(text: str | None, path: Path) -> tuple[float, float, float, float, float] | None:
    if text is None:
        return None
    try:
        x0, y0, x1, y1, z1 = (float(number) for number in text.split())
    except ValueError as error:
        raise ProfileError(
            f"{path}: [machine] purge_mm: five numbers, x and y from, x and y to, up to z; not {text!r}"
        ) from error
    return x0, y0, x1, y1, z1


def macros(about: MachineSection, path: Path) -> tuple[Macro, ...]:
    """`start_macro = PRINT_START EXTRUDER BED` names the macro and the parameters of the two temperatures."""
    given = {
        MacroRole.START: (about.start_macro or "").split(),
        MacroRole.END: (about.end_macro or "").split(),
    }
    words = [*given[MacroRole.START], *given[MacroRole.END], *about.macros.split()]
    if words and about.flavour is not Flavour.KLIPPER:
        raise ProfileError(f"{path}: [machine] macros are Klipper's: say flavour = klipper")
    if odd := [word for word in words if not _MACRO.fullmatch(word)]:
        raise ProfileError(f"{path}: [machine] {odd[0]!r} is no name of a macro: capitals, digits and _")
    if len(given[MacroRole.START]) not in {0, 3} or len(given[MacroRole.END]) > 1:
        raise ProfileError(
            f"{path}: [machine] start_macro names the macro and its parameters for the nozzle's and the bed's "
            "temperature, as in PRINT_START EXTRUDER BED; end_macro names a macro"
        )
    named = [Macro(name, MacroRole.OTHER) for name in about.macros.split()]
    if given[MacroRole.START]:
        name, nozzle, bed = given[MacroRole.START]
        named.append(Macro(name, MacroRole.START, nozzle, bed))
    named += [Macro(name, MacroRole.END) for name in given[MacroRole.END]]
    return tuple(named)
