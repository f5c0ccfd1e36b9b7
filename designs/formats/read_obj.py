"""OBJ with its material file (Wavefront): bodies by object or group, colours by material. It has no unit: millimetres
are assumed."""

from array import array
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from designs.engines.interface import EngineError
from designs.exact import shown
from designs.formats.mesh_form import MAX_TRIANGLES
from designs.formats.polygons import triangulate_all
from designs.formats.read_body import Colour, MeshBody, check_bodies, check_nodes, check_triangles
from designs.formats.text_lines import numbered_lines, three_numbers
from designs.mesh import Floats
from designs.portable import path_problem

MAX_CORNERS = 1000
"""Of one face: cutting it into triangles takes the square of that."""
MAX_MATERIALS = 2000
_FREE_FORM = frozenset({b"cstype", b"curv", b"curv2", b"surf", b"bmat", b"deg"})


@dataclass
class _Group:
    """Faces under one name."""

    faces: dict[int, "array[int]"] = field(default_factory=dict)
    """By the number of their corners: points, one face after the other."""
    materials: Counter[str] = field(default_factory=Counter)


class _Reader:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._points = array("d")
        self._groups: dict[str, _Group] = {}
        self._colours: dict[str, Colour] = {}
        self._object = self._group_name = self._material = ""
        self._triangles = 0

    def read(self) -> list[MeshBody]:
        for number, words in numbered_lines(self._path, b"#"):
            self._line(number, words)
        points = np.frombuffer(self._points, np.float64).reshape(-1, 3)
        check_nodes(self._path.name, points)
        return [self._body(name, group, points) for name, group in self._groups.items()] or self._nothing()

    def _line(self, number: int, words: list[bytes]) -> None:
        match words[0]:
            case b"v":
                self._points.extend(three_numbers(self._path.name, number, words))
                if len(self._points) > 3 * MAX_TRIANGLES:
                    raise self._refused(number, f"more than {MAX_TRIANGLES} points")
            case b"f":
                self._face(number, words[1:])
            case b"o":
                self._object = _text(words[1:])
            case b"g":
                self._group_name = _text(words[1:])
            case b"usemtl":
                self._material = _text(words[1:])
            case b"mtllib":
                self._library(number, _text(words[1:]))
            case keyword if keyword in _FREE_FORM:
                raise self._refused(number, "free-form curves and surfaces are not read: export triangles")

    def _face(self, number: int, words: list[bytes]) -> None:
        if not 3 <= len(words) <= MAX_CORNERS:
            raise self._refused(number, f"a face has {len(words)} corners; 3 to {MAX_CORNERS} can be read")
        corners = [self._corner(number, word) for word in words]
        name = self._object or self._group_name
        group = self._groups.setdefault(name, _Group())
        check_bodies(self._path.name, len(self._groups))
        if self._material:
            group.materials[self._material] += 1
        self._count(number, len(corners) - 2)
        group.faces.setdefault(len(corners), array("q")).extend(corners)

    def _corner(self, number: int, word: bytes) -> int:
        """`7`, `7/1`, `7//3` or `7/1/3`; from 1, or from the end where negative."""
        count = len(self._points) // 3
        try:
            index = int(word.partition(b"/")[0])
        except ValueError as error:
            raise self._refused(number, f"{shown(_text([word]))} names no point") from error
        place = index - 1 if index > 0 else count + index
        if index == 0 or not 0 <= place < count:
            raise self._refused(number, f"point {shown(index)} is not among the {count} before it")
        return place

    def _count(self, number: int, triangles: int) -> None:
        self._triangles += triangles
        check_triangles(f"{self._path.name} up to line {number}", self._triangles)

    def _library(self, number: int, name: str) -> None:
        """Colours are an extra: where the file is not there, the part is built without."""
        problem = path_problem(name)
        if problem:
            raise self._refused(number, f"mtllib {shown(name)} is not a file of the design: {problem}")
        library = self._path.parent / name
        if not library.is_file() or library.is_symlink():
            print(f"{self._path.name} line {number}: there is no {name}, so its colours are left open")
            return
        current = ""
        for line, words in numbered_lines(library, b"#"):
            if words[0] == b"newmtl":
                current = _text(words[1:])
            elif words[0] == b"Kd" and len(self._colours) < MAX_MATERIALS and len(words) >= 4:
                red, green, blue = three_numbers(library.name, line, words)
                if all(0 <= channel <= 1 for channel in (red, green, blue)):
                    self._colours[current] = (red, green, blue)

    def _body(self, name: str, group: _Group, points: Floats) -> MeshBody:
        faces = [np.frombuffer(flat, np.int64).reshape(-1, corners) for corners, flat in sorted(group.faces.items())]
        triangles = np.concatenate([triangulate_all(points, some) if some.shape[1] > 3 else some for some in faces])
        most = group.materials.most_common(1)
        return MeshBody(name, points, triangles, self._colours.get(most[0][0]) if most else None)

    def _refused(self, number: int, reason: str) -> EngineError:
        return EngineError("bad_geometry", f"{self._path.name} line {number}: {reason}")

    def _nothing(self) -> list[MeshBody]:
        raise EngineError("no_geometry", f"{self._path.name} has no faces")


def read_obj(path: Path) -> list[MeshBody]:
    """One body for each object, or where there are none for each group, that has faces. Raises EngineError."""
    return _Reader(path).read()


def _text(words: list[bytes]) -> str:
    return b" ".join(words).decode("utf-8", "replace")
