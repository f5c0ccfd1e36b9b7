"""What a designer asks of the making: the `[print]` table of a manifest."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from designs.exact import number_text
from designs.toml_document import Document, DocumentError, Table

PROCESSES = ("fdm", "laser", "cnc")
SHEET_PROCESSES = ("laser", "cnc")
"""Those that cut a part out of a sheet."""
_OF_PRINTERS = ("layer_height_mm", "infill_percent", "perimeters", "supports", "brim_mm", "any_side")
_OF_CUTTERS = ("thickness_mm", "tabs")
_FOREIGN = {"fdm": _OF_CUTTERS} | dict.fromkeys(SHEET_PROCESSES, _OF_PRINTERS)
"""What means nothing for a process."""
_MATERIAL = re.compile(r"[A-Za-z0-9][A-Za-z0-9 .+_-]{0,39}")


@dataclass(frozen=True)
class PrintSettings:
    """What the designer asks of the making. What is None is left to the machine's own profile."""

    process: str = "fdm"
    material: str = "PLA"
    nozzle_mm: Decimal | None = None
    """The widest nozzle, or the widest tool of a router, by which it can be made."""
    layer_height_mm: Decimal | None = None
    infill_percent: int | None = None
    perimeters: int | None = None
    supports: bool | None = None
    brim_mm: Decimal | None = None
    thickness_mm: Decimal | None = None
    """Of the sheet, where no parameter changes it; a built part says for itself how thick it is."""
    tabs: bool | None = None
    """Whether narrow bridges hold the part in its sheet."""
    any_side: bool | None = None
    """It may be laid on another side where it has no room as drawn: it is as strong, and looks as well, that way."""


CUT_DRAWING = PrintSettings(process="laser", material="birch plywood")
"""Of a drawing that comes without a manifest: the sheet that most is cut from. An order may name another one."""


def print_from_json(value: Mapping[str, object]) -> PrintSettings:
    """Read the `print` part of a manifest's JSON form; raises DocumentError when it is not one."""
    document = Document("manifest", dict(value), numbers_are_text=True)
    settings = read_print(Table.at_root(document))
    if document.problems:
        raise DocumentError(document.problems)
    return settings


def read_print(table: Table) -> PrintSettings:
    process = table.text("process", limit=20) or PROCESSES[0]
    if process not in PROCESSES:
        table.problem("process", f"unknown process {process!r}: one of {', '.join(PROCESSES)}")
    for name in _FOREIGN.get(process, ()):
        if table.has(name):
            table.problem(name, f"means nothing for the process {process!r}: leave it out")
    material = table.text("material", limit=80, required=process in SHEET_PROCESSES) or "PLA"
    if not _MATERIAL.fullmatch(material):
        table.problem(
            "material", f"{material!r} is not a material's name, like PLA or PETG: at most 40 letters and digits"
        )
    settings = PrintSettings(
        process=process,
        material=material,
        nozzle_mm=_read_setting(table, "nozzle_mm", "0.05", "5"),
        layer_height_mm=_read_setting(table, "layer_height_mm", "0.01", "2"),
        infill_percent=_read_whole_setting(table, "infill_percent", "0", "100"),
        perimeters=_read_whole_setting(table, "perimeters", "1", "20"),
        supports=table.flag("supports"),
        brim_mm=_read_setting(table, "brim_mm", "0", "50"),
        thickness_mm=_read_setting(table, "thickness_mm", "0.1", "60"),
        tabs=table.flag("tabs"),
        any_side=table.flag("any_side"),
    )
    table.finish()
    return settings


def _read_setting(table: Table, name: str, least: str, most: str) -> Decimal | None:
    number = table.number(name)
    if number is not None and not Decimal(least) <= number <= Decimal(most):
        table.problem(name, f"{number_text(number)} is out of range: {least} to {most}")
        return None
    return number


def _read_whole_setting(table: Table, name: str, least: str, most: str) -> int | None:
    number = _read_setting(table, name, least, most)
    if number is not None and number != int(number):
        table.problem(name, f"{number_text(number)} is not a whole number")
    return None if number is None else int(number)
