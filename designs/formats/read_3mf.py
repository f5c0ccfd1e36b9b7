"""3MF (core specification 1.3 with the production and materials extensions): every mesh that the build places, in mm.

Components are counted before they are multiplied out: a few lines can ask for more triangles than there are atoms.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from designs.exact import shown
from designs.formats.model_3mf import UNITS_MM, Matrix, Model, Object, Placed, parse_model, unreadable
from designs.formats.read_body import MeshBody, check_bodies, check_triangles
from designs.formats.read_zip import Archive
from designs.formats.xml_stream import Attributes, XmlStream
from designs.mesh import Floats

MAX_NESTING = 32
MAX_PARTS = 1000
_RELATIONSHIP = "http://schemas.openxmlformats.org/package/2006/relationships Relationship"
_MODEL_TYPE = "http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel"
_NOT_BUILT = frozenset({"support", "solidsupport", "surface", "other"})


def read_3mf(path: Path) -> list[MeshBody]:
    """One body for each mesh that a build item places, in order. Raises EngineError."""
    with Archive(path) as archive:
        return list(_Package(path.name, archive).bodies())


@dataclass(frozen=True)
class _Size:
    """Of an object with all its components multiplied out."""

    meshes: int
    triangles: int


@dataclass
class _Package:
    file: str
    archive: Archive
    models: dict[str, Model] = field(default_factory=dict)
    sizes: dict[tuple[str, str], _Size] = field(default_factory=dict)

    def bodies(self) -> Iterator[MeshBody]:
        root = self._root()
        unit = UNITS_MM[self._model(root).unit]
        items = self._model(root).items
        sizes = [self._size(_path(item, root), item.object_id, ()) for item in items]
        check_triangles(self.file, sum(size.triangles for size in sizes))
        check_bodies(self.file, sum(size.meshes for size in sizes))
        for item in items:
            found = self._model(_path(item, root)).objects[item.object_id]
            if found.kind in _NOT_BUILT:
                print(f"{self.file}: object {shown(found.name or item.object_id)} is {found.kind} and is left out")
                continue
            scale = np.diag([unit, unit, unit, 1.0])
            yield from self._placed(item, root, _square(item.matrix) @ scale, "")

    def _placed(self, place: Placed, here: str, matrix: Floats, inherited: str) -> Iterator[MeshBody]:
        """`matrix` (4, 4) takes row vectors of the object into the build, mm."""
        path = _path(place, here)
        model = self._model(path)
        found = model.objects[place.object_id]
        name = found.name or inherited
        if found.triangles:
            yield _body(name, model, found, matrix)
        for component in found.components:
            if self._size(_path(component, path), component.object_id, ()).meshes:
                yield from self._placed(component, path, _square(component.matrix) @ matrix, name)

    def _size(self, path: str, object_id: str, above: tuple[tuple[str, str], ...]) -> _Size:
        key = (path, object_id)
        if key in self.sizes:
            return self.sizes[key]
        if key in above or len(above) > MAX_NESTING:
            reason = "contains itself" if key in above else f"is nested more than {MAX_NESTING} deep"
            raise unreadable(self.file, f"object {shown(object_id)} {reason}")
        found = self._model(path).objects.get(object_id)
        if found is None:
            raise unreadable(self.file, f"there is no object {shown(object_id)} in {shown(path)}, where one is placed")
        parts = [self._size(_path(inner, path), inner.object_id, (*above, key)) for inner in found.components]
        meshes = sum(part.meshes for part in parts) + bool(found.triangles)
        triangles = sum(part.triangles for part in parts) + len(found.triangles) // 3
        self.sizes[key] = _Size(meshes, triangles)
        return self.sizes[key]

    def _model(self, path: str) -> Model:
        if path not in self.models:
            if len(self.models) >= MAX_PARTS:
                raise unreadable(self.file, f"it has more than {MAX_PARTS} model parts")
            model = parse_model(f"{self.file} ({path[:80]})", self.archive.chunks(path))
            first = next(iter(self.models.values()), model)
            if model.unit != first.unit:
                raise unreadable(self.file, f"its parts have different units: {first.unit} and {model.unit}")
            self.models[path] = model
            loaded = sum(len(each.triangles) for part in self.models.values() for each in part.objects.values())
            check_triangles(self.file, loaded // 3)
        return self.models[path]

    def _root(self) -> str:
        """The part with which the package says that reading begins."""
        targets: list[str] = []

        def start(tag: str, attributes: Attributes) -> None:
            if tag == _RELATIONSHIP and attributes.get("Type") == _MODEL_TYPE:
                targets.append(attributes.get("Target", ""))

        stream = XmlStream(f"{self.file} (_rels/.rels)")
        stream.parse(self.archive.chunks("_rels/.rels"), start)
        if len(targets) != 1:
            raise unreadable(self.file, f"it names {len(targets)} models to begin with instead of one")
        return _clean(targets[0])


def _clean(target: str) -> str:
    """Parts are named from the package's root."""
    return target.removeprefix("/")


def _path(place: Placed, here: str) -> str:
    return _clean(place.path) or here


def _square(matrix: Matrix) -> Floats:
    return np.hstack([np.array(matrix, np.float64).reshape(4, 3), [[0.0], [0.0], [0.0], [1.0]]])


def _body(name: str, model: Model, found: Object, matrix: Floats) -> MeshBody:
    nodes = np.frombuffer(found.nodes, np.float64).reshape(-1, 3)
    triangles = np.frombuffer(found.triangles, np.int64).reshape(-1, 3)
    with np.errstate(all="ignore"):  # numbers out of bounds are found afterwards
        placed: Floats = nodes @ matrix[:3, :3] + matrix[3, :3]
        mirrored = np.linalg.det(matrix[:3, :3]) < 0
    return MeshBody(name, placed, triangles[:, ::-1] if mirrored else triangles, model.colour_of(found))
