"""What a designer asks of the print: the `[print]` table of a manifest."""

import re
from dataclasses import dataclass
from decimal import Decimal

from designs.exact import number_text
from designs.toml_document import Table

PROCESSES = ("fdm", "laser", "cnc")
_MATERIAL = re.compile(r"[A-Za-z0-9][A-Za-z0-9 .+_-]{0,39}")


@dataclass(frozen=True)
class PrintSettings:
    """What the designer asks of the print. What is None is left to the machine's own profile."""

    process: str = "fdm"
    material: str = "PLA"
    nozzle_mm: Decimal | None = None
    layer_height_mm: Decimal | None = None
    infill_percent: int | None = None
    perimeters: int | None = None
    supports: bool | None = None
    brim_mm: Decimal | None = None


def read_print(table: Table) -> PrintSettings:
    process = table.text("process", limit=20) or PROCESSES[0]
    if process not in PROCESSES:
        table.problem("process", f"unknown process {process!r}: one of {', '.join(PROCESSES)}")
    material = table.text("material", limit=80) or "PLA"
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
