"""A triangle mesh as a slicer needs it, from STL: how large it is, and whether it is closed. No imports of ours.

Vertices are `3n` float32 in mm, triangles `3m` indices into them. Corners that are equal to the bit are one vertex.
"""

import re
import struct
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

MAX_TRIANGLES = 5_000_000
STL_HEADER_BYTES = 84
STL_FACET = struct.Struct("<12fH")
FACETS_AT_ONCE = 4096
MAX_COORDINATE_MM = 100_000.0
ONCE = 1 << 32
"""An edge's count holds both how often it is met and, in what is left, how often forwards less how often backwards."""

_VERTEX = re.compile(rb"\s*vertex\s+(\S+)\s+(\S+)\s+(\S+)\s*", re.IGNORECASE)

Point = tuple[float, float, float]


class Unreadable(Exception):
    """The bytes are no mesh; the message says what is wrong."""


@dataclass(frozen=True)
class Mesh:
    """Vertices and triangles."""

    vertices: "array[float]"
    triangles: "array[int]"

    def bounds(self) -> tuple[Point, Point]:
        """Least and greatest corner, mm."""
        low, high = [], []
        for axis in range(3):
            values = self.vertices[axis::3]
            low.append(min(values))
            high.append(max(values))
        return (low[0], low[1], low[2]), (high[0], high[1], high[2])

    def moved(self, dx: float, dy: float, dz: float) -> "Mesh":
        vertices = array("f", self.vertices)
        for axis, step in enumerate((dx, dy, dz)):
            vertices[axis::3] = array("f", [value + step for value in self.vertices[axis::3]])
        return Mesh(vertices, self.triangles)

    def laid(self, up: Point) -> "Mesh":
        """Turned so that the direction `up` (unit) points up, by the shortest way. Sides of a box stay on its axes."""
        rows = _turn(up)
        vertices = array("f", self.vertices)
        axes = [self.vertices[axis::3] for axis in range(3)]
        for axis, row in enumerate(rows):
            turned = [row[0] * x + row[1] * y + row[2] * z for x, y, z in zip(*axes, strict=True)]
            vertices[axis::3] = array("f", turned)
        return Mesh(vertices, self.triangles)


def _turn(up: Point) -> tuple[Point, Point, Point]:
    """Rows of the rotation that brings a unit vector to z (Rodrigues' formula)."""
    x, y, z = up
    if z <= -1 + 1e-9:
        return (1.0, 0.0, 0.0), (0.0, -1.0, 0.0), (0.0, 0.0, -1.0)
    part = 1 / (1 + z)
    return (1 - part * x * x, -part * x * y, -x), (-part * x * y, 1 - part * y * y, -y), (x, y, z)


@dataclass(frozen=True)
class Closedness:
    """Whether the mesh bounds a body."""

    open_edges: int
    """Edges that an odd number of triangles meet in."""
    turned_edges: int
    """Edges whose triangles look to different sides."""
    volume_mm3: float
    """Negative when the whole body is inside out."""


class MeshBuilder:
    """Gathers triangles; corners of the same place become one vertex, triangles without area fall away."""

    def __init__(self) -> None:
        self._index: dict[bytes, int] = {}
        self._vertices = array("f")
        self._triangles = array("l")

    def corner(self, x: float, y: float, z: float) -> int:
        """The vertex at a place."""
        if not (abs(x) < MAX_COORDINATE_MM and abs(y) < MAX_COORDINATE_MM and abs(z) < MAX_COORDINATE_MM):
            raise Unreadable(f"a corner at {x:g}, {y:g}, {z:g} mm, which is no place on a machine")
        packed = _POINT.pack(x + 0.0, y + 0.0, z + 0.0)  # minus zero and zero are one place
        found = self._index.setdefault(packed, len(self._index))
        if found * 3 == len(self._vertices):
            self._vertices.extend((x, y, z))
        return found

    def triangle(self, a: int, b: int, c: int) -> None:
        if len({a, b, c}) < 3:
            return
        self._triangles.extend((a, b, c))
        if len(self._triangles) > 3 * MAX_TRIANGLES:
            raise Unreadable(f"it has more than {MAX_TRIANGLES} triangles")

    def mesh(self) -> Mesh:
        if not self._triangles:
            raise Unreadable("it has no triangles")
        return Mesh(self._vertices, self._triangles)


_POINT = struct.Struct("<3f")


def read_stl(file: BinaryIO, size: int) -> Mesh:
    """Binary or ASCII STL of `size` bytes. Raises Unreadable."""
    head = file.read(STL_HEADER_BYTES)
    if len(head) == STL_HEADER_BYTES:
        (facets,) = struct.unpack("<I", head[80:])
        if size == STL_HEADER_BYTES + STL_FACET.size * facets:
            return _gather(_binary_facets(file))
    file.seek(0)
    if not head.lstrip().lower().startswith(b"solid"):
        raise Unreadable("it is neither an STL file nor a 3MF package")
    return _gather(_ascii_facets(file))


def write_stl(mesh: Mesh, file: BinaryIO) -> None:
    """Binary STL; the same mesh gives the same bytes.

    The first normal, which slicers compute anew, is minus zero: PrusaSlicer takes for text what has no byte above 127
    in its first facets, and a box of 250 × 210 × 2 mm has none.
    """
    file.write(bytes(80) + struct.pack("<I", len(mesh.triangles) // 3))
    vertices, triangles, pack = mesh.vertices, mesh.triangles, STL_FACET.pack
    block = bytearray()
    normal = (-0.0, -0.0, -0.0)
    for at in range(0, len(triangles), 3):
        a, b, c = (3 * corner for corner in triangles[at : at + 3])
        block += pack(*normal, *vertices[a : a + 3], *vertices[b : b + 3], *vertices[c : c + 3], 0)
        normal = (0.0, 0.0, 0.0)
        if len(block) > 1 << 20:
            file.write(block)
            block.clear()
    file.write(block)


def closedness(mesh: Mesh) -> Closedness:
    """How the triangles meet: each edge belongs to two of a closed body, once in each direction."""
    meeting: dict[int, int] = {}
    get = meeting.get
    triangles = mesh.triangles
    count = len(mesh.vertices) // 3
    for at in range(0, len(triangles), 3):
        a, b, c = triangles[at], triangles[at + 1], triangles[at + 2]
        for begin, end in ((a, b), (b, c), (c, a)):
            if begin < end:
                edge = begin * count + end
                meeting[edge] = get(edge, 0) + ONCE + 1
            else:
                edge = end * count + begin
                meeting[edge] = get(edge, 0) + ONCE - 1
    odd = turned = 0
    for met in meeting.values():
        times = (met + ONCE // 2) // ONCE
        if times % 2:
            odd += 1
        elif met != times * ONCE:
            turned += 1
    return Closedness(odd, turned, _volume(mesh))


def _volume(mesh: Mesh) -> float:
    vertices, triangles = mesh.vertices, mesh.triangles
    total = 0.0
    for at in range(0, len(triangles), 3):
        a, b, c = (3 * corner for corner in triangles[at : at + 3])
        ax, ay, az = vertices[a : a + 3]
        bx, by, bz = vertices[b : b + 3]
        cx, cy, cz = vertices[c : c + 3]
        total += ax * (by * cz - bz * cy) + ay * (bz * cx - bx * cz) + az * (bx * cy - by * cx)
    return total / 6


def _gather(facets: Iterable[tuple[Point, Point, Point]]) -> Mesh:
    builder = MeshBuilder()
    for facet in facets:
        builder.triangle(*(builder.corner(*point) for point in facet))
    return builder.mesh()


def _binary_facets(file: BinaryIO) -> Iterator[tuple[Point, Point, Point]]:
    while block := file.read(STL_FACET.size * FACETS_AT_ONCE):
        for numbers in STL_FACET.iter_unpack(block):
            yield numbers[3:6], numbers[6:9], numbers[9:12]


def _ascii_facets(file: BinaryIO) -> Iterator[tuple[Point, Point, Point]]:
    corners: list[Point] = []
    while line := file.readline(4096):
        match = _VERTEX.fullmatch(line)
        if not match:
            continue
        try:
            x, y, z = (float(number) for number in match.groups())
        except ValueError as error:
            raise Unreadable(f"a corner whose numbers cannot be read: {line[:60]!r}") from error
        corners.append((x, y, z))
        if len(corners) == 3:
            yield corners[0], corners[1], corners[2]
            corners.clear()
    if corners:
        raise Unreadable("its last triangle is cut off")
