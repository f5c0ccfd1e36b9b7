"""A part's measurements as people read them, each with its unit. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from designs.digest import JsonValue
from registry.web import formatting
from registry.web.languages import _, noted

PRINTED = ("PLA", "PETG", "ABS", "ASA", "TPU", "PC", "PA")
"""Materials whose mass is shown first; the rest is for who looks for it."""
EXACT = (
    ("solids", noted("Solids")),
    ("faces", noted("Faces")),
    ("edges", noted("Edges")),
    ("vertices", noted("Corners")),
)
"""Counts of exact geometry, which a mesh has not."""

Fact = tuple[str, str]


@dataclass(frozen=True)
class Masses:
    """Of a solid part, in grams by material."""

    usual: tuple[Fact, ...]
    others: tuple[Fact, ...]

    def __bool__(self) -> bool:
        return bool(self.usual or self.others)


def measured(measurements: Mapping[str, JsonValue]) -> tuple[Fact, ...]:
    """The figures worth reading, in the order in which people ask for them."""
    facts = [(_("Size"), _size(measurements.get("bounding_box")))]
    volume, area, mass = (_number(measurements.get(name)) for name in ("volume_mm3", "area_mm2", "mass_g"))
    facts.append((_("Volume"), "" if volume is None else formatting.volume(volume)))
    facts.append((_("Mass, solid"), "" if mass is None else f"{formatting.figure(mass)} g"))
    facts.append((_("Surface"), "" if area is None else f"{formatting.figure(area / 100)} cm²"))
    facts.append((_("Bodies"), _count(measurements, "bodies")))
    closed = measurements.get("watertight")
    facts.append((_("Watertight"), (_("yes") if closed else _("no")) if isinstance(closed, bool) else ""))
    return _there(facts)


def measured_further(measurements: Mapping[str, JsonValue]) -> tuple[Fact, ...]:
    """What few ask for: how the shape hangs together, and how its mass is spread."""
    exact = bool(_number(measurements.get("faces")))
    facts = [(_("Centre of mass"), _vector(measurements.get("centre_of_mass"), "mm"))]
    facts.append((_("Principal moments"), _vector(measurements.get("principal_g_mm2"), "g·mm²", digits=4)))
    facts.append((_("Holes through it"), _count(measurements, "genus")))
    facts.append((_("Closed surfaces"), _count(measurements, "shells")))
    for name, label in EXACT:
        facts.append((_(label), _count(measurements, name) if exact else ""))
    facts.append((_("Triangles"), _count(measurements, "triangles")))
    return _there(facts)


def masses(measurements: Mapping[str, JsonValue]) -> Masses:
    """Solid throughout: infill and walls are the slicer's business."""
    table = measurements.get("mass_by_material")
    known = {name: _number(mass) for name, mass in table.items()} if isinstance(table, Mapping) else {}
    told = [(name, f"{formatting.figure(mass)} g") for name, mass in known.items() if mass is not None]
    return Masses(
        tuple(fact for fact in told if fact[0] in PRINTED), tuple(fact for fact in told if fact[0] not in PRINTED)
    )


def _there(facts: list[Fact]) -> tuple[Fact, ...]:
    return tuple(fact for fact in facts if fact[1])


def _size(box: JsonValue) -> str:
    """The three extents."""
    lengths = box.get("size") if isinstance(box, Mapping) else None
    numbers = [_number(each) for each in lengths] if isinstance(lengths, list) else []
    return " × ".join(formatting.figure(each) for each in numbers if each is not None) + " mm" if numbers else ""


def _vector(value: JsonValue, unit: str, digits: int = 3) -> str:
    numbers = [_number(each) for each in value] if isinstance(value, list) else []
    told = [formatting.figure(round(each, 6) + 0.0, digits) for each in numbers if each is not None]
    return f"{' / '.join(told)} {unit}" if told else ""


def _count(measurements: Mapping[str, JsonValue], name: str) -> str:
    count = _number(measurements.get(name))
    return "" if count is None else formatting.figure(int(count))


def _number(value: JsonValue) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
