"""One model part of a 3MF package, parsed: its objects, materials and build items as they stand there."""

import math
from array import array
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from designs.engines.interface import EngineError
from designs.exact import shown
from designs.formats.mesh_form import MAX_BODIES, MAX_TRIANGLES
from designs.formats.read_body import Colour
from designs.formats.xml_stream import Attributes, XmlStream

_CORE = "http://schemas.microsoft.com/3dmanufacturing/core/2015/02"
_MATERIAL = "http://schemas.microsoft.com/3dmanufacturing/material/2015/02"
_PRODUCTION = "http://schemas.microsoft.com/3dmanufacturing/production/2015/06"
_TRIANGLE_SETS = "http://schemas.microsoft.com/3dmanufacturing/trianglesets/2021/07"
_OBJECT, _VERTEX, _TRIANGLE = f"{_CORE} object", f"{_CORE} vertex", f"{_CORE} triangle"
_PATH = f"{_PRODUCTION} path"
_READ = frozenset({_CORE, _MATERIAL, _PRODUCTION, _TRIANGLE_SETS})
"""Extensions that a model may require."""
UNITS_MM = {"micron": 0.001, "millimeter": 1.0, "centimeter": 10.0, "inch": 25.4, "foot": 304.8, "meter": 1000.0}
MAX_PLACED = 100_000
"""Build items and components of one part: more than the bodies that can be built, since some hold nothing."""

Matrix = tuple[float, ...]
"""Twelve numbers: the rows of a 4 × 3 matrix that row vectors (x, y, z, 1) are multiplied by."""
IDENTITY: Matrix = (1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0)


@dataclass(frozen=True)
class Placed:
    """An object put somewhere, by a build item or as a component."""

    object_id: str
    path: str
    """The part it stands in; empty: the same one."""
    matrix: Matrix


@dataclass
class Object:
    """A mesh, or components."""

    name: str
    kind: str
    colour: tuple[str, str] | None
    """Id of a property group, and index into it."""
    nodes: "array[float]" = field(default_factory=lambda: array("d"))
    triangles: "array[int]" = field(default_factory=lambda: array("q"))
    components: list[Placed] = field(default_factory=list)
    painted: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How many triangles have which property of their own."""


@dataclass
class Model:
    """All that one part says."""

    unit: str = "millimeter"
    objects: dict[str, Object] = field(default_factory=dict)
    groups: dict[str, list[Colour | None]] = field(default_factory=dict)
    items: list[Placed] = field(default_factory=list)

    def colour_of(self, what: Object) -> Colour | None:
        """What most of its triangles have, or the object itself."""
        most = what.painted.most_common(1)
        chosen = most[0][0] if most and most[0][1] * 6 > len(what.triangles) else what.colour
        group = self.groups.get(chosen[0], []) if chosen else []
        index = int(chosen[1]) if chosen and chosen[1].isascii() and chosen[1].isdigit() else 0
        return group[index] if index < len(group) else None


def parse_model(what: str, pieces: Iterable[bytes], most: int = MAX_TRIANGLES) -> Model:
    """Read a part of at most so many triangles; `what` names it in messages. Raises EngineError."""
    reader = _Reader(what, most)
    reader.stream.parse(pieces, reader.start, reader.end, reader.check)
    return reader.model


class _Reader:
    def __init__(self, what: str, most: int) -> None:
        self.stream = XmlStream(what)
        self.model = Model()
        self._what = what
        self._most = most
        self._object: Object | None = None
        self._nodes, self._corners = array("d"), array("q")
        """Of the object that is being read."""
        self._object_id = ""
        self._group: list[Colour | None] | None = None
        self._triangles = self._placed = 0
        self._starts = {
            f"{_CORE} model": self._model,
            _OBJECT: self._begin_object,
            f"{_CORE} component": self._component,
            f"{_CORE} item": self._item,
            f"{_CORE} basematerials": self._begin_group,
            f"{_CORE} base": self._colour,
            f"{_MATERIAL} colorgroup": self._begin_group,
            f"{_MATERIAL} color": self._colour,
        }

    def start(self, tag: str, attributes: Attributes) -> None:
        try:
            if tag == _VERTEX:  # nearly all elements are these two
                self._nodes.extend((float(attributes["x"]), float(attributes["y"]), float(attributes["z"])))
            elif tag == _TRIANGLE:
                self._corners.extend((int(attributes["v1"]), int(attributes["v2"]), int(attributes["v3"])))
                if "pid" in attributes:
                    self._current(tag).painted[attributes["pid"], attributes.get("p1", "0")] += 1
            elif handle := self._starts.get(tag):
                handle(attributes)
        except KeyError as error:
            raise self.stream.refused(f"{tag.rpartition(' ')[2]} has no {error.args[0]}") from error
        except (ValueError, OverflowError) as error:
            values = shown(" ".join(f"{name}={value}" for name, value in attributes.items()))
            raise self.stream.refused(f"{tag.rpartition(' ')[2]} has a value that is no number: {values}") from error

    def end(self, tag: str) -> None:
        if tag == _OBJECT and self._object is not None:
            self._finish_object(self._object)

    def check(self) -> None:
        """After every piece: the counts stay within what can be built."""
        triangles = self._triangles + len(self._corners) // 3
        if triangles > self._most or len(self._nodes) > 3 * self._most:
            raise self.stream.refused(f"more than {self._most} triangles or points; no more can be built")
        if max(len(self.model.objects), len(self.model.groups)) > MAX_BODIES or self._placed > MAX_PLACED:
            raise self.stream.refused(f"more than {MAX_BODIES} objects, or {MAX_PLACED} places for them")

    def _model(self, attributes: Attributes) -> None:
        unit = attributes.get("unit", "millimeter")
        if unit not in UNITS_MM:
            raise self.stream.refused(f"unit {shown(unit)} is not one of {', '.join(UNITS_MM)}")
        self.model.unit = unit
        for prefix in attributes.get("requiredextensions", "").split():
            uri = self.stream.prefixes.get(prefix, prefix)
            if uri not in _READ:
                raise self.stream.refused(f"the file needs the extension {shown(uri)}, which is not read")

    def _begin_object(self, attributes: Attributes) -> None:
        colour = (attributes["pid"], attributes.get("pindex", "0")) if "pid" in attributes else None
        self._object_id = attributes["id"]
        if self._object_id in self.model.objects:
            raise self.stream.refused(f"there are two objects {shown(self._object_id)}")
        self._object = Object(attributes.get("name", ""), attributes.get("type", "model"), colour)
        self._nodes, self._corners = self._object.nodes, self._object.triangles

    def _finish_object(self, current: Object) -> None:
        count = len(current.nodes) // 3
        if current.triangles and not (min(current.triangles) >= 0 and max(current.triangles) < count):
            raise self.stream.refused(
                f"a triangle of object {shown(self._object_id)} names a point that is not among its {count}"
            )
        self._triangles += len(current.triangles) // 3
        self.model.objects[self._object_id] = current
        self._object = None
        self._nodes, self._corners = array("d"), array("q")

    def _component(self, attributes: Attributes) -> None:
        self._placed += 1
        self._current("component").components.append(self._place(attributes))

    def _item(self, attributes: Attributes) -> None:
        self._placed += 1
        self.model.items.append(self._place(attributes))

    def _place(self, attributes: Attributes) -> Placed:
        matrix = IDENTITY
        if "transform" in attributes:
            matrix = tuple(float(word) for word in attributes["transform"].split())
            if len(matrix) != 12 or not all(map(math.isfinite, matrix)):
                raise self.stream.refused(f"a transform is not twelve numbers: {shown(attributes['transform'])}")
        return Placed(attributes["objectid"], attributes.get(_PATH, ""), matrix)

    def _begin_group(self, attributes: Attributes) -> None:
        self._group = self.model.groups[attributes["id"]] = []

    def _colour(self, attributes: Attributes) -> None:
        written = attributes.get("displaycolor", attributes.get("color", ""))
        if self._group is not None and len(self._group) < MAX_BODIES:
            self._group.append(_read_colour(written))

    def _current(self, what: str) -> Object:
        if self._object is None:
            raise self.stream.refused(f"{what} stands outside of an object")
        return self._object


def _read_colour(written: str) -> Colour | None:
    """`#rrggbb` or `#rrggbbaa`, sRGB; transparency is left out."""
    try:
        channels = bytes.fromhex(written.removeprefix("#"))
    except ValueError:
        return None
    return (channels[0] / 255, channels[1] / 255, channels[2] / 255) if len(channels) in (3, 4) else None


def unreadable(file: str, reason: str) -> EngineError:
    """About the package as a whole."""
    return EngineError("bad_geometry", f"{file}: {reason}")
