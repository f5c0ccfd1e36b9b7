"""Open Know-Where, the description of a place that makes things: read strictly from JSON or YAML, and written.

    name location{address, gps_coordinates "lat, lon"} facility_status access_type opening_hours description
    equipment[]  equipment_type make model manufacturing_process materials_worked[] tolerance_class axes nozzle_size
                 laser_power x_travel y_travel z_travel build_volume
    manufacturing_processes[] typical_materials[] certifications[]

Lengths are mm, powers W. The specification has one number for the build volume, which cannot say what fits: the three
travels are always written, and are what counts. Keys that are not read are passed over: the specification has over a
hundred, and Cofab asks of a place only what these say.
https://standards.internetofproduction.org/pub/okw (version 1)
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from designs.digest import JsonValue
from designs.exact import number_text
from designs.toml_document import MAX_CHARACTERS, Document, DocumentError, NumberText, Problem, Table
from designs.yaml_document import read_yaml

ACCESS = {"public": "public", "restricted": "restricted", "private": "private", "membership": "restricted",
          "shared": "public", "public with restrictions": "restricted", "restricted public": "restricted"}  # fmt: skip
"""What people write of who may come in, and what it is in Cofab."""
_NUMBER = re.compile(r'("?(?:[xyz]_travel|build_volume|nozzle_size|laser_power)"?: )"([0-9.]+)"(?=,?$)', re.MULTILINE)
"""A number as `okw_json` has it, on a line of its own: written without quotes."""
MOST = 200
LINE = 200


@dataclass(frozen=True)
class Equipment:
    """A machine of a place."""

    kind: str
    make: str = ""
    model: str = ""
    process: str = ""
    materials: tuple[str, ...] = ()
    tolerance_class: str = ""
    axes: int | None = None
    nozzle_mm: Decimal | None = None
    laser_w: Decimal | None = None
    travel_mm: tuple[Decimal, Decimal, Decimal] | None = None
    """X, Y and Z: the largest part that it takes."""


@dataclass(frozen=True)
class Workplace:
    """A place that makes things."""

    name: str
    address: str = ""
    latitude: Decimal | None = None
    longitude: Decimal | None = None
    status: str = ""
    access: str = "public"
    """public, restricted or private."""
    opening_hours: str = ""
    description: str = ""
    equipment: tuple[Equipment, ...] = ()
    processes: tuple[str, ...] = ()
    materials: tuple[str, ...] = ()
    certifications: tuple[str, ...] = ()


def read_okw(text: str, *, file: str) -> Workplace:
    """Read a description, as JSON where the file's name ends so, else as YAML. Raises DocumentError."""
    document = _read_json(text, file) if file.endswith(".json") else read_yaml(text, file)
    document.numbers_are_text = True
    root = Table.at_root(document)
    location = root.table("location")
    latitude, longitude = _place(location)
    found = Workplace(
        name=root.text("name", limit=120, required=True),
        address=location.text("address", limit=LINE) if not isinstance(location.values.get("address"), dict)
        else _address(location.table("address")),
        latitude=latitude,
        longitude=longitude,
        status=root.text("facility_status", limit=LINE),
        access=_access(root),
        opening_hours=root.text("opening_hours", limit=LINE),
        description=root.text("description", limit=4000, lines=True),
        equipment=tuple(_equipment(table) for table in root.tables("equipment", most=MOST)),
        processes=root.texts("manufacturing_processes", limit=LINE, most=MOST),
        materials=root.texts("typical_materials", limit=LINE, most=MOST),
        certifications=root.texts("certifications", limit=LINE, most=MOST),
    )  # fmt: skip
    if document.problems:
        raise DocumentError(document.problems)
    return found


def _read_json(text: str, file: str) -> Document:
    if len(text) > MAX_CHARACTERS:
        raise DocumentError([Problem(file, None, "", f"too large: {len(text)} characters, at most {MAX_CHARACTERS}")])

    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        twice = [name for number, (name, _) in enumerate(pairs) if name in dict(pairs[:number])]
        if twice:
            raise DocumentError([Problem(file, None, twice[0][:80], "given twice")])
        return {name: value for name, value in pairs if value is not None}

    try:
        value = json.loads(text, parse_float=NumberText, parse_constant=NumberText, object_pairs_hook=once)
    except (ValueError, RecursionError) as error:
        raise DocumentError([Problem(file, getattr(error, "lineno", None), "", f"not JSON: {error}")]) from error
    if not isinstance(value, dict):
        raise DocumentError([Problem(file, 1, "", "must be one object")])
    return Document(file, value)


def _place(location: Table) -> tuple[Decimal | None, Decimal | None]:
    text = location.text("gps_coordinates", limit=60)
    if not text:
        return None, None
    latitude, comma, longitude = text.partition(",")
    key = (*location.key, "gps_coordinates")
    found = (location.as_number(key, latitude.strip()), location.as_number(key, longitude.strip())) if comma else ()
    if len(found) == 2 and found[0] is not None and found[1] is not None:
        if abs(found[0]) <= 90 and abs(found[1]) <= 180:
            return found
        location.problem("gps_coordinates", f"{text!r} is no place: -90 to 90, -180 to 180")
    elif not comma:
        location.problem("gps_coordinates", f'{text!r} must be written "latitude, longitude", like "53.79, -1.54"')
    return None, None


def _address(table: Table) -> str:
    """An address in parts, as one line."""
    parts = ("number", "street", "district", "postcode", "city", "region", "country")
    return ", ".join(text for part in parts if (text := table.text(part, limit=LINE)))[:LINE]


def _access(root: Table) -> str:
    text = root.text("access_type", limit=LINE)
    found = ACCESS.get(text.strip().casefold(), "") if text else "public"
    if not found:
        root.problem("access_type", f"{text!r} is not read: one of {', '.join(sorted(ACCESS))}")
    return found or "private"


def _equipment(table: Table) -> Equipment:
    sides = [_length(table, f"{axis}_travel") for axis in "xyz"]
    if any(side is None for side in sides) and any(side is not None for side in sides):
        table.document.problem(table.key, "x_travel, y_travel and z_travel go together: give all three")
    x, y, z = sides
    return Equipment(
        kind=table.text("equipment_type", limit=LINE, required=True),
        make=table.text("make", limit=LINE),
        model=table.text("model", limit=LINE),
        process=table.text("manufacturing_process", limit=LINE),
        materials=table.texts("materials_worked", limit=LINE, most=MOST),
        tolerance_class=table.text("tolerance_class", limit=LINE),
        axes=_whole(table, "axes"),
        nozzle_mm=_length(table, "nozzle_size"),
        laser_w=_length(table, "laser_power"),
        travel_mm=None if x is None or y is None or z is None else (x, y, z),
    )


def _length(table: Table, name: str) -> Decimal | None:
    number = table.number(name)
    if number is not None and number <= 0:
        table.problem(name, f"{number_text(number)} must be greater than 0")
        return None
    return number


def _whole(table: Table, name: str) -> int | None:
    number = table.number(name)
    if number is None or (number == int(number) and 0 < number < 100):
        return None if number is None else int(number)
    table.problem(name, f"{number_text(number)} must be a whole number from 1 to 99")
    return None


def okw_json(place: Workplace) -> JsonValue:
    """The description as JSON, numbers as text; `read_okw` gives the same back."""
    location: dict[str, JsonValue] = {"address": place.address}
    if place.latitude is not None and place.longitude is not None:
        location["gps_coordinates"] = f"{number_text(place.latitude)}, {number_text(place.longitude)}"
    told: dict[str, JsonValue] = {
        "name": place.name,
        "location": _given(location),
        "facility_status": place.status,
        "access_type": place.access,
        "opening_hours": place.opening_hours,
        "description": place.description,
        "equipment": [_told(each) for each in place.equipment],
        "manufacturing_processes": [*place.processes],
        "typical_materials": [*place.materials],
        "certifications": [*place.certifications],
    }
    return _given(told)


def _told(each: Equipment) -> JsonValue:
    told: dict[str, JsonValue] = {
        "equipment_type": each.kind,
        "make": each.make,
        "model": each.model,
        "manufacturing_process": each.process,
        "materials_worked": [*each.materials],
        "tolerance_class": each.tolerance_class,
        "axes": each.axes,
        "nozzle_size": None if each.nozzle_mm is None else number_text(each.nozzle_mm),
        "laser_power": None if each.laser_w is None else number_text(each.laser_w),
    }
    if each.travel_mm is not None:
        x, y, z = each.travel_mm
        told |= {"x_travel": number_text(x), "y_travel": number_text(y), "z_travel": number_text(z)}
        told["build_volume"] = number_text((x * y * z).quantize(Decimal(1)))
    return _given(told)


def _given(values: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    return {name: value for name, value in values.items() if value not in (None, "", [], {})}


def write_json(place: Workplace) -> str:
    """As JSON text."""
    return _NUMBER.sub(r"\1\2", json.dumps(okw_json(place), ensure_ascii=False, indent=2)) + "\n"


def write_yaml(place: Workplace) -> str:
    """As YAML text. JSON's strings are YAML's double-quoted ones, so that nothing is taken for a number or a flag."""
    return _NUMBER.sub(r"\1\2", "\n".join(_yaml(okw_json(place), 0))) + "\n"


def _yaml(value: JsonValue, depth: int) -> list[str]:
    indent = "  " * depth
    if isinstance(value, dict):
        lines: list[str] = []
        for name, inner in value.items():
            if isinstance(inner, dict | list):
                lines += [f"{indent}{name}:", *_yaml(inner, depth + 1)]
            else:
                lines.append(f"{indent}{name}: {_scalar(inner)}")
        return lines
    if isinstance(value, list):
        lines = []
        for item in value:
            first, *rest = _yaml(item, depth + 1)
            lines += [f"{indent}- {first.lstrip()}", *rest]
        return lines
    return [f"{indent}{_scalar(value)}"]


def _scalar(value: JsonValue) -> str:
    return json.dumps(value, ensure_ascii=False)
