"""STL, binary and ASCII (3D Systems, 1989). It has no unit: millimetres are assumed, as by every slicer."""

import struct
from array import array
from pathlib import Path

import numpy as np

from designs.engines.interface import EngineError
from designs.formats.read_body import MeshBody, check_bodies, check_triangles
from designs.formats.text_lines import numbered_lines, three_numbers

_HEADER = 84
_RECORD = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])


def read_stl(path: Path) -> list[MeshBody]:
    """One body of a binary file; one for each `solid` of an ASCII one. Raises EngineError."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(1024)
    count = struct.unpack_from("<I", head, 80)[0] if len(head) >= _HEADER else None
    exact = count is not None and size == _HEADER + count * _RECORD.itemsize
    if not exact and head.lstrip().lower().startswith(b"solid") and _is_text(head):
        return _read_ascii(path)
    if count is None:
        raise EngineError(
            "bad_geometry", f"{path.name} is no STL file: it has {size} bytes and does not begin with solid"
        )
    return [_read_binary(path, count, size)]


def _is_text(head: bytes) -> bool:
    return not any(byte < 9 for byte in head)


def _read_binary(path: Path, count: int, size: int) -> MeshBody:
    room = (size - _HEADER) // _RECORD.itemsize
    if count > room:
        raise EngineError(
            "bad_geometry",
            f"{path.name} announces {count} triangles and has room for {room}: it is cut off, or no STL file",
        )
    check_triangles(path.name, count)
    if not count:
        raise EngineError("no_geometry", f"{path.name} has no triangles")
    extra = size - _HEADER - count * _RECORD.itemsize
    if extra:
        print(f"{path.name}: {extra} bytes behind its {count} triangles are passed over")
    records = np.fromfile(path, _RECORD, count, offset=_HEADER)
    nodes = records["corners"].reshape(-1, 3).astype(np.float64)
    return MeshBody("", nodes, np.arange(3 * count).reshape(-1, 3))


def _read_ascii(path: Path) -> list[MeshBody]:
    found: list[tuple[str, array[float]]] = []
    corners: array[float] | None = None
    total = facets = 0
    for number, words in numbered_lines(path):
        match words[0].lower():
            case b"solid":
                corners, facets = array("d"), 0
                found.append((b" ".join(words[1:]).decode("utf-8", "replace"), corners))
                check_bodies(path.name, len(found))
            case b"facet" | b"outer" | b"endloop":
                pass
            case b"vertex" if corners is not None:
                corners.extend(three_numbers(path.name, number, words))
            case b"endfacet" if corners is not None:
                total, facets = total + 1, facets + 1
                if len(corners) != 9 * facets:
                    raise EngineError("bad_geometry", f"{path.name} line {number}: this facet has not three corners")
                check_triangles(path.name, total)
            case b"endsolid":
                corners = None
            case _:
                said = words[0][:40].decode("utf-8", "replace")
                raise EngineError(
                    "bad_geometry", f"{path.name} line {number}: {said!r} is not expected in an STL file here"
                )
    if corners is not None:
        raise EngineError("bad_geometry", f"{path.name} is cut off: it ends without endsolid")
    return [_from_corners(name, values) for name, values in found if values] or _nothing(path.name)


def _from_corners(name: str, values: "array[float]") -> MeshBody:
    nodes = np.frombuffer(values, np.float64).reshape(-1, 3)
    return MeshBody(name, nodes, np.arange(len(nodes)).reshape(-1, 3))


def _nothing(file: str) -> list[MeshBody]:
    raise EngineError("no_geometry", f"{file} has no triangles")
