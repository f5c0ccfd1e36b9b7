"""The form in which an engine hands over bodies that have no exact geometry: triangles, millimetres.

Little-endian, without padding:

    8 bytes   `COFABM01`
    uint32    number of bodies
    per body  uint32 number of nodes n, uint32 number of triangles m,
              n × 3 float64 (x, y, z in mm), m × 3 uint32 (nodes, anticlockwise seen from outside)

The bytes come out of a jail and may be hostile: every size is checked before memory is taken.
"""

import struct
from collections.abc import Sequence

import numpy as np

from designs.engines.interface import EngineError
from designs.formats.creases import with_creases
from designs.mesh import Floats, Integers, Mesh

MAX_BODIES = 2000
MAX_TRIANGLES = 4_000_000
"""Of all bodies together, and as many nodes: what can be measured and drawn within a build's limits."""
MAX_COORDINATE_MM = 1e6
"""A kilometre."""
_MAGIC = b"COFABM01"
_COUNT = struct.Struct("<I")
_COUNTS = struct.Struct("<II")
_NODE_BYTES, _TRIANGLE_BYTES = 24, 12


def write_mesh_form(bodies: Sequence[tuple[Floats, Integers]]) -> bytes:
    """Each body: nodes (n, 3) float64 mm, triangles (m, 3) int64. Raises EngineError where `read_mesh_form` would."""
    pieces = [_MAGIC, _COUNT.pack(len(bodies))]
    total = 0
    for nodes, triangles in bodies:
        total += len(triangles)
        _check_counts(len(bodies), len(nodes), len(triangles), total)
        _check_values(nodes, triangles)
        pieces.append(_COUNTS.pack(len(nodes), len(triangles)))
        pieces.append(np.ascontiguousarray(nodes, "<f8").tobytes())
        pieces.append(np.ascontiguousarray(triangles, "<u4").tobytes())
    if not bodies:
        raise EngineError("bad_geometry", "the mesh has no bodies")
    return b"".join(pieces)


def read_mesh_form(data: bytes) -> list[Mesh]:
    """The bodies, in order, with the faces and normals that their creases make; raises EngineError."""
    reader = _Reader(data)
    if reader.take(len(_MAGIC)) != _MAGIC:
        raise EngineError("bad_geometry", "the mesh is not of the form that engines hand over")
    (count,) = _COUNT.unpack(reader.take(_COUNT.size))
    if not 0 < count <= MAX_BODIES:
        raise EngineError("bad_geometry", f"the mesh has {count} bodies; 1 to {MAX_BODIES} can be built")
    bodies, total = [], 0
    for _ in range(count):
        node_count, triangle_count = _COUNTS.unpack(reader.take(_COUNTS.size))
        total += triangle_count
        _check_counts(count, node_count, triangle_count, total)
        nodes = np.frombuffer(reader.take(node_count * _NODE_BYTES), "<f8").reshape(-1, 3).astype(np.float64)
        triangles = np.frombuffer(reader.take(triangle_count * _TRIANGLE_BYTES), "<u4").reshape(-1, 3)
        wide = triangles.astype(np.int64)
        _check_values(nodes, wide)
        bodies.append((nodes, wide))
    if reader.left:
        raise EngineError("bad_geometry", f"{reader.left} bytes too many follow the mesh")
    return [with_creases(nodes, triangles) for nodes, triangles in bodies]


class _Reader:
    """Takes bytes from the front, never more than there are."""

    def __init__(self, data: bytes) -> None:
        self._data = memoryview(data)
        self._at = 0

    @property
    def left(self) -> int:
        return len(self._data) - self._at

    def take(self, size: int) -> memoryview:
        if size > self.left:
            raise EngineError("bad_geometry", f"the mesh ends too early: {size} bytes expected, {self.left} left")
        self._at += size
        return self._data[self._at - size : self._at]


def _check_counts(bodies: int, nodes: int, triangles: int, all_triangles: int) -> None:
    if bodies > MAX_BODIES:
        raise EngineError("bad_geometry", f"the mesh has {bodies} bodies; at most {MAX_BODIES} can be built")
    if not nodes or not triangles:
        raise EngineError("bad_geometry", "a body of the mesh has no triangles")
    if all_triangles > MAX_TRIANGLES or nodes > MAX_TRIANGLES:
        found = f"{all_triangles} triangles" if all_triangles > MAX_TRIANGLES else f"{nodes} points"
        raise EngineError(
            "bad_geometry", f"the mesh has {found}; at most {MAX_TRIANGLES} can be built: make it coarser"
        )


def _check_values(nodes: Floats, triangles: Integers) -> None:
    if nodes.shape[1:] != (3,) or triangles.shape[1:] != (3,):
        raise EngineError("bad_geometry", "points and triangles of a mesh come in threes")
    if not np.isfinite(nodes).all():
        raise EngineError("bad_geometry", "a point of the mesh has a coordinate that is no finite number")
    farthest = float(np.abs(nodes).max())
    if farthest > MAX_COORDINATE_MM:
        raise EngineError(
            "bad_geometry",
            f"a point of the mesh is {farthest:.6g} mm away from the origin; at most 1e6 mm can be built",
        )
    if int(triangles.min()) < 0 or int(triangles.max()) >= len(nodes):
        raise EngineError(
            "bad_geometry", f"a triangle of the mesh names a point that is not among the {len(nodes)} of its body"
        )
