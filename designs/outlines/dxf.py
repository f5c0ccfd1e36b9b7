"""The outlines in a DXF drawing, in mm.

Read are lines, arcs, circles, polylines, ellipses and splines, and blocks of them; hidden layers are not.
"""

from collections.abc import Iterator
from itertools import pairwise
from math import radians, tau
from pathlib import Path
from typing import Any

from designs.engines.interface import EngineError
from designs.outlines.curves import FLAT_MM, Arc, Chain, Point, Straight

MAX_BYTES = 32 << 20
MAX_ENTITIES = 100_000
MAX_NESTING = 10
_UNITS_MM = {1: 25.4, 2: 304.8, 4: 1.0, 5: 10.0, 6: 1000.0}
_PASSED_OVER = frozenset({"POINT", "VIEWPORT"})


def read_dxf(path: Path) -> list[Chain]:
    """Every line of the model space that is shown. Raises EngineError."""
    from ezdxf.filemanagement import readfile
    from ezdxf.lldxf.const import DXFError

    if path.stat().st_size > MAX_BYTES:
        raise EngineError("bad_geometry", f"{path.name} has {path.stat().st_size} bytes; at most {MAX_BYTES} are read")
    try:
        document = readfile(path)
        unit = _unit_mm(document.header.get("$INSUNITS", 0), path.name)
        return list(_chains(document, unit, path.name))
    except (OSError, DXFError, ValueError, UnicodeDecodeError) as error:
        raise EngineError("bad_geometry", f"{path.name} is no DXF that can be read: {error}") from error


def _unit_mm(code: int, file: str) -> float:
    if code == 0:
        print(f"{file} gives no unit of length ($INSUNITS): read as millimetres")
    elif code not in _UNITS_MM:
        raise EngineError("bad_geometry", f"{file} is in a unit that is not read ($INSUNITS {code}): use millimetres")
    return _UNITS_MM.get(code, 1.0)


def _chains(document: Any, unit: float, file: str) -> Iterator[Chain]:
    for count, entity in enumerate(_shown(document, document.modelspace(), 0), 1):
        if count > MAX_ENTITIES:
            raise EngineError("bad_geometry", f"{file} is too detailed: more than {MAX_ENTITIES} lines and curves")
        chain = _chain(entity, unit, file)
        if chain:
            yield chain


def _shown(document: Any, entities: Any, depth: int) -> Iterator[Any]:
    """The plain entities; blocks and polylines are taken apart."""
    for entity in entities:
        if entity.dxf.get("invisible", 0) or _is_off(document, entity.dxf.get("layer", "0")):
            continue
        if entity.dxftype() == "INSERT" and depth < MAX_NESTING:
            yield from _shown(document, entity.virtual_entities(), depth + 1)
        elif entity.dxftype() in {"LWPOLYLINE", "POLYLINE"}:
            yield from entity.virtual_entities()
        elif entity.dxftype() not in _PASSED_OVER:
            yield entity


def _is_off(document: Any, layer: str) -> bool:
    if layer not in document.layers:
        return False
    found = document.layers.get(layer)
    return bool(found.is_off() or found.is_frozen())


def _chain(entity: Any, unit: float, file: str) -> Chain:
    kind = entity.dxftype()
    if kind == "LINE":
        ends = (_point(entity.dxf.start, unit), _point(entity.dxf.end, unit))
        return (Straight(*ends),) if ends[0] != ends[1] else ()
    if kind in {"ARC", "CIRCLE"}:
        return _arc(entity, unit, file)
    if kind in {"ELLIPSE", "SPLINE"}:
        points = [_point(point, unit) for point in entity.flattening(FLAT_MM / 2 / unit)]
        return tuple(Straight(one, other) for one, other in pairwise(points) if one != other)
    raise EngineError("bad_geometry", f"{file} holds a {kind[:30]}, which cannot be cut as it is: explode or delete it")


def _arc(entity: Any, unit: float, file: str) -> Chain:
    up = entity.dxf.extrusion.z
    if abs(abs(up) - 1) > 1e-9:
        raise EngineError("bad_geometry", f"{file} holds an arc that does not lie flat in the XY plane")
    centre = _point(entity.ocs().to_wcs(entity.dxf.center), unit)
    radius = entity.dxf.radius * unit
    if radius <= 0:
        raise EngineError("bad_geometry", f"{file} holds an arc with the radius {radius:g}")
    if entity.dxftype() == "CIRCLE":
        return (Arc(centre, radius, 0.0, tau),)
    first, last = radians(entity.dxf.start_angle), radians(entity.dxf.end_angle)
    sweep = (last - first) % tau or tau
    if up < 0:  # seen from below: mirrored in x
        return (Arc(centre, radius, radians(180) - first, -sweep),)
    return (Arc(centre, radius, first, sweep),)


def _point(point: Any, unit: float) -> Point:
    return float(point.x) * unit, float(point.y) * unit
