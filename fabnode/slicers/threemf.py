"""The bodies of a 3MF package (core 1.4): vertices, triangles, components and the places of the build. Nothing else.

A package may carry a slicer's settings, which PrusaSlicer obeys, among them `post_process`, which runs any program.
None of that is read: what reaches a slicer is written anew from the triangles.
"""

import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from xml.parsers.expat import ExpatError, ParserCreate, XMLParserType

from fabnode.slicers.mesh import MAX_TRIANGLES, Mesh, MeshBuilder, Unreadable

MAX_ENTRIES = 200
MAX_MODEL_BYTES = 512 << 20
MAX_DEPTH = 16
"""Of components within components."""
MAX_PLACED = 10_000
CHUNK = 1 << 20
UNITS_MM = {
    "micron": 0.001, "millimeter": 1.0, "centimeter": 10.0, "inch": 25.4, "foot": 304.8, "meter": 1000.0,
}  # fmt: skip
_CORE = "http://schemas.microsoft.com/3dmanufacturing/core/2015/02"
_PRINTED = frozenset({"model", "solidsupport"})

Matrix = tuple[float, ...]
"""Twelve numbers: rows of the 3 × 3 part, then the translation, as 3MF writes them."""
SAME: Matrix = (1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0)

_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError, struct.error)
"""Whatever zipfile raises for bytes that are no whole package; NotImplementedError is a RuntimeError."""


@dataclass
class _Object:
    vertices: list[float] = field(default_factory=list)
    triangles: list[int] = field(default_factory=list)
    components: list[tuple[str, Matrix]] = field(default_factory=list)
    printed: bool = True


def read_3mf(path: Path, max_bytes: int = MAX_MODEL_BYTES) -> Mesh:
    """All bodies of the build as one mesh, mm. Raises Unreadable."""
    reader = _Reader()
    try:
        with zipfile.ZipFile(path) as package, package.open(_model_part(package)) as source:
            size = 0
            while chunk := source.read(CHUNK):
                size += len(chunk)
                if size > max_bytes:
                    raise Unreadable(f"its model has more than {max_bytes} bytes")
                reader.parser.Parse(chunk, False)  # noqa: FBT003  expat's own signature
            reader.parser.Parse(b"", True)  # noqa: FBT003
    except ExpatError as error:
        raise Unreadable(f"its XML is broken: {error}") from error
    except _DAMAGE as error:
        raise Unreadable(f"the package is damaged: {error}") from error
    return reader.mesh()


def _model_part(package: zipfile.ZipFile) -> zipfile.ZipInfo:
    entries = package.infolist()
    if len(entries) > MAX_ENTRIES:
        raise Unreadable(f"it has {len(entries)} parts; at most {MAX_ENTRIES} are read")
    models = [entry for entry in entries if PurePosixPath(entry.filename).suffix.lower() == ".model"]
    if len(models) != 1:
        raise Unreadable(f"it has {len(models)} model parts instead of one")
    return models[0]


class _Reader:
    def __init__(self) -> None:
        self.parser: XMLParserType = ParserCreate(namespace_separator=" ")
        self.parser.StartElementHandler = self._begin
        self.parser.StartDoctypeDeclHandler = self._refuse_doctype
        self.parser.buffer_text = True
        self._objects: dict[str, _Object] = {}
        self._current = _Object()
        self._build: list[tuple[str, Matrix]] = []
        self._unit_mm = 1.0

    def mesh(self) -> Mesh:
        builder = MeshBuilder()
        for number, (name, matrix) in enumerate(self._placed()):
            if number >= MAX_PLACED:
                raise Unreadable(f"it places more than {MAX_PLACED} bodies")
            self._add(builder, self._objects[name], matrix)
        return builder.mesh()

    def _begin(self, name: str, words: dict[str, str]) -> None:
        namespace, _, tag = name.rpartition(" ")
        if namespace != _CORE:
            return
        try:
            self._element(tag, words)
        except (KeyError, ValueError) as error:
            raise Unreadable(
                f"<{tag}> without what it needs ({error}) in line {self.parser.CurrentLineNumber}"
            ) from error

    def _element(self, tag: str, words: dict[str, str]) -> None:
        current = self._current
        if tag == "vertex":
            current.vertices += (float(words["x"]), float(words["y"]), float(words["z"]))
        elif tag == "triangle":
            current.triangles += (int(words["v1"]), int(words["v2"]), int(words["v3"]))
            if len(current.triangles) > 3 * MAX_TRIANGLES:
                raise Unreadable(f"it has more than {MAX_TRIANGLES} triangles")
        elif tag == "object":
            self._current = self._objects[words["id"]] = _Object(printed=words.get("type", "model") in _PRINTED)
        elif tag == "component":
            current.components.append((words["objectid"], _matrix(words.get("transform"))))
        elif tag == "item":
            self._build.append((words["objectid"], _matrix(words.get("transform"))))
        elif tag == "model":
            unit = words.get("unit", "millimeter")
            if unit not in UNITS_MM:
                raise Unreadable(f"its unit {unit!r} is none of {', '.join(UNITS_MM)}")
            self._unit_mm = UNITS_MM[unit]

    def _refuse_doctype(self, *_: object) -> None:
        raise Unreadable("its XML declares a document type, which no 3MF model needs")

    def _placed(self) -> Iterator[tuple[str, Matrix]]:
        stack = [(name, matrix, 0) for name, matrix in reversed(self._build)]
        while stack:
            name, matrix, depth = stack.pop()
            found = self._objects.get(name)
            if found is None:
                raise Unreadable(f"it places the object {name!r}, which it does not have")
            if depth > MAX_DEPTH:
                raise Unreadable(f"its components are nested more than {MAX_DEPTH} deep")
            if found.printed and found.triangles:
                yield name, matrix
            if len(stack) + len(found.components) > MAX_PLACED:
                raise Unreadable(f"it places more than {MAX_PLACED} bodies")
            stack += [(inner, _times(own, matrix), depth + 1) for inner, own in reversed(found.components)]

    def _add(self, builder: MeshBuilder, body: _Object, matrix: Matrix) -> None:
        unit, values = self._unit_mm, body.vertices
        corners = []
        for at in range(0, len(values), 3):
            x, y, z = _applied(matrix, values[at], values[at + 1], values[at + 2])
            corners.append(builder.corner(x * unit, y * unit, z * unit))
        mirrored = _determinant(matrix) < 0
        triangles = body.triangles
        for at in range(0, len(triangles), 3):
            a, b, c = triangles[at : at + 3]
            if not (0 <= a < len(corners) and 0 <= b < len(corners) and 0 <= c < len(corners)):
                raise Unreadable(f"a triangle names the vertex {max(a, b, c)}; there are {len(corners)}")
            first, second = (c, b) if mirrored else (b, c)
            builder.triangle(corners[a], corners[first], corners[second])


def _matrix(text: str | None) -> Matrix:
    if text is None:
        return SAME
    numbers = tuple(float(number) for number in text.split())
    if len(numbers) != len(SAME):
        raise ValueError(f"a transform of {len(numbers)} numbers")
    return numbers


def _applied(m: Matrix, x: float, y: float, z: float) -> tuple[float, float, float]:
    if m is SAME:
        return x, y, z
    return (
        x * m[0] + y * m[3] + z * m[6] + m[9],
        x * m[1] + y * m[4] + z * m[7] + m[10],
        x * m[2] + y * m[5] + z * m[8] + m[11],
    )


def _times(inner: Matrix, outer: Matrix) -> Matrix:
    """First the inner, then the outer."""
    if inner is SAME:
        return outer
    rows = [_applied((*outer[:9], 0, 0, 0), *inner[at : at + 3]) for at in (0, 3, 6)]
    return (*rows[0], *rows[1], *rows[2], *_applied(outer, *inner[9:12]))


def _determinant(m: Matrix) -> float:
    return m[0] * (m[4] * m[8] - m[5] * m[7]) - m[1] * (m[3] * m[8] - m[5] * m[6]) + m[2] * (m[3] * m[7] - m[4] * m[6])
