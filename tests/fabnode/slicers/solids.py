"""Bodies to slice, as triangles and as files."""

import io
import math
import struct
import zipfile
from collections.abc import Iterable, Sequence

Point = tuple[float, float, float]
Triangle = tuple[Point, Point, Point]

CORE = "http://schemas.microsoft.com/3dmanufacturing/core/2015/02"
_QUADS = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
FACES = [triangle for a, b, c, d in _QUADS for triangle in ((a, b, c), (a, c, d))]


def box(low: Point, high: Point) -> list[Triangle]:
    corners = [(x, y, z) for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])]
    return [(corners[a], corners[b], corners[c]) for a, b, c in FACES]


def standing_on_its_tip(radius: float, height: float, sides: int = 24) -> list[Triangle]:
    """A cone whose tip touches the bed."""
    rim = [
        (radius * math.cos(2 * math.pi * n / sides), radius * math.sin(2 * math.pi * n / sides), height)
        for n in range(sides)
    ]
    tip, lid = (0.0, 0.0, 0.0), (0.0, 0.0, height)
    turns = [(rim[n], rim[(n + 1) % sides]) for n in range(sides)]
    return [triangle for a, b in turns for triangle in ((b, a, tip), (a, b, lid))]


def table(width: float, height: float) -> list[Triangle]:
    """A plate on one leg: it overhangs."""
    leg, top = width / 8, width / 2
    return box((-leg, -leg, 0), (leg, leg, height)) + box((-top, -top, height - 0.1), (top, top, height + 3))


def stl(triangles: Iterable[Triangle]) -> bytes:
    """Binary STL."""
    facets = [struct.pack("<12fH", 0, 0, 0, *a, *b, *c, 0) for a, b, c in triangles]
    return bytes(80) + struct.pack("<I", len(facets)) + b"".join(facets)


def ascii_stl(triangles: Iterable[Triangle]) -> bytes:
    lines = ["solid part"]
    for triangle in triangles:
        lines += ["facet normal 0 0 0", " outer loop"]
        lines += [f"  vertex {x!r} {y!r} {z:.7e}" for x, y, z in triangle]
        lines += [" endloop", "endfacet"]
    return "\n".join([*lines, "endsolid part", ""]).encode()


def mesh_xml(triangles: Sequence[Triangle]) -> str:
    """A <mesh> whose corners are all separate vertices."""
    vertices = "".join(f'<vertex x="{x!r}" y="{y!r}" z="{z!r}"/>' for triangle in triangles for x, y, z in triangle)
    faces = "".join(f'<triangle v1="{3 * n}" v2="{3 * n + 1}" v3="{3 * n + 2}"/>' for n in range(len(triangles)))
    return f"<mesh><vertices>{vertices}</vertices><triangles>{faces}</triangles></mesh>"


def model_xml(resources: str, build: str, *, unit: str = "millimeter", before: str = "") -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{before}<model unit="{unit}" xmlns="{CORE}">'
        f"<resources>{resources}</resources><build>{build}</build></model>"
    )


def package(xml: str, **others: str) -> bytes:
    """A 3MF package around a model; `Metadata__a.config` becomes Metadata/a.config."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("3D/3dmodel.model", xml)
        for name, text in others.items():
            archive.writestr(name.replace("__", "/"), text)
    return written.getvalue()
