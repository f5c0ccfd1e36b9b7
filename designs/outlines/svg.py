"""The outlines in an SVG drawing, in mm, y upwards.

Read are paths and the basic shapes with their transformations, whatever their colours: what is drawn is cut. Refused,
by name, is what would be drawn and cannot be cut as it is: text, pictures, clones. After SVG 2.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from math import pi, tau
from pathlib import Path
from xml.etree import ElementTree

from designs.engines.interface import EngineError
from designs.outlines.curves import Chain, Curve, Straight
from designs.outlines.svg_paths import Ellipse, Matrix, PathReader, ellipse_arc, read_transform

MAX_BYTES = 8 << 20
MAX_NESTING = 100
MAX_CURVES = 100_000
PIXEL_MM = 25.4 / 96
_UNITS_MM = {"mm": 1.0, "cm": 10.0, "in": 25.4, "pt": 25.4 / 72, "pc": 25.4 / 6, "px": PIXEL_MM, "": PIXEL_MM}
_LENGTH = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(mm|cm|in|pt|pc|px|)\s*")
_HIDDEN = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)")
_HIDING = re.compile(r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)")
_NOT_DRAWN = frozenset({
    "defs", "metadata", "title", "desc", "style", "script", "namedview", "symbol", "clipPath", "mask", "marker",
    "pattern", "linearGradient", "radialGradient", "filter",
})  # fmt: skip
_GROUPS = frozenset({"svg", "g", "a", "switch"})
_ADVICE = {
    "text": "turn text into paths", "use": "unlink clones", "image": "trace or delete pictures",
    "foreignObject": "delete it",
}  # fmt: skip
_QUARTER = pi / 2


def read_svg(path: Path) -> list[Chain]:
    """Every drawn line. Raises EngineError."""
    if path.stat().st_size > MAX_BYTES:
        raise EngineError("bad_geometry", f"{path.name} has {path.stat().st_size} bytes; at most {MAX_BYTES} are read")
    try:
        root = ElementTree.parse(path).getroot()  # noqa: S314  (in the jail, and of bounded size)
    except ElementTree.ParseError as error:
        raise EngineError("bad_geometry", f"{path.name} is no SVG: {error}") from error
    if _name(root) != "svg":
        raise EngineError("bad_geometry", f"{path.name} is no SVG: it begins with <{_name(root)[:30]}>")
    if any(_name(one) == "style" and _HIDING.search("".join(one.itertext())) for one in root.iter()):
        raise EngineError("bad_geometry", f"{path.name} hides parts by a style sheet, which is not read: delete them")
    chains: list[Chain] = []
    count = 0
    for chain in _drawn(root, _to_mm(root, path.name), 0):
        chains.append(chain)
        count += len(chain)
        if count > MAX_CURVES:
            raise EngineError("bad_geometry", f"{path.name} is too detailed: more than {MAX_CURVES} curves")
    return chains


def _to_mm(root: ElementTree.Element, file: str) -> Matrix:
    """From the drawing's units to mm, turned upside up."""
    box = [float(word) for word in re.split(r"[\s,]+", root.get("viewBox", "").strip()) if _is_number(word)]
    width, height = _size(root.get("width")), _size(root.get("height"))
    if len(box) != 4 or box[2] <= 0 or box[3] <= 0:
        if width is None:
            print(f"{file} does not say how large it is: read at 96 pixels an inch")
        return Matrix(PIXEL_MM, 0, 0, -PIXEL_MM)
    if width is None and height is None:
        print(f"{file} does not say how large it is: read at 96 pixels an inch")
    across = PIXEL_MM if width is None else width / box[2]
    up = (across if width is not None else PIXEL_MM) if height is None else height / box[3]
    if width is None and height is not None:
        across = up
    if abs(across - up) > 1e-3 * max(across, up):
        across = up = min(across, up)  # as preserveAspectRatio has it
    return Matrix(across, 0, 0, -up, -box[0] * across, (box[1] + box[3]) * up)


def _size(text: str | None) -> float | None:
    """mm; None where it is not given, or as a share of something."""
    found = _LENGTH.fullmatch(text or "")
    return float(found[1]) * _UNITS_MM[found[2]] if found and float(found[1]) > 0 else None


def _drawn(element: ElementTree.Element, matrix: Matrix, depth: int) -> Iterator[Chain]:
    if depth > MAX_NESTING:
        raise EngineError("bad_geometry", f"the SVG's groups are nested more than {MAX_NESTING} deep")
    name = _name(element)
    if name in _NOT_DRAWN or _is_hidden(element):
        return
    if name in _ADVICE or (name == "svg" and depth):
        advice = _ADVICE.get(name, "ungroup the drawing inside of the drawing")
        raise EngineError("bad_geometry", f"the SVG holds <{name}>, which cannot be cut as it is: {advice}")
    matrix = matrix @ read_transform(element.get("transform", ""))
    if name in _GROUPS:
        for child in element:
            yield from _drawn(child, matrix, depth + 1)
    elif name == "path":
        yield from PathReader(element.get("d", ""), matrix).chains()
    elif name in _SHAPES:
        chain = tuple(_SHAPES[name](element.attrib, matrix))
        if chain:
            yield chain


def _is_hidden(element: ElementTree.Element) -> bool:
    by_attribute = element.get("display") == "none" or element.get("visibility") in {"hidden", "collapse"}
    return by_attribute or _HIDDEN.search(element.get("style", "")) is not None


def _rectangle(given: Mapping[str, str], matrix: Matrix) -> list[Curve]:
    x, y, wide, high = (_length(given, key) for key in ("x", "y", "width", "height"))
    if wide <= 0 or high <= 0:
        return []
    rx, ry = _length(given, "rx", "ry"), _length(given, "ry", "rx")
    rx, ry = min(rx, wide / 2), min(ry, high / 2)
    curves: list[Curve] = []
    corners = [(x + wide, y + high, 0.0), (x, y + high, 1.0), (x, y, 2.0), (x + wide, y, 3.0)]
    inward = [(-1, -1), (1, -1), (1, 1), (-1, 1)]
    if not rx or not ry:
        points = [matrix((corner_x, corner_y)) for corner_x, corner_y, _ in corners]
        return [Straight(one, other) for one, other in zip(points, [*points[1:], points[0]], strict=True)]
    for (corner_x, corner_y, quarter), (right, down) in zip(corners, inward, strict=True):
        centre = (corner_x + right * rx, corner_y + down * ry)
        turned = ellipse_arc(Ellipse(centre, (rx, ry)), quarter * _QUARTER, _QUARTER, matrix)
        if curves and curves[-1].end != turned[0].start:
            curves.append(Straight(curves[-1].end, turned[0].start))
        curves += turned
    return [*curves, Straight(curves[-1].end, curves[0].start)]


def _circle(given: Mapping[str, str], matrix: Matrix) -> list[Curve]:
    radius = _length(given, "r")
    return _round((_length(given, "cx"), _length(given, "cy")), radius, radius, matrix)


def _ellipse(given: Mapping[str, str], matrix: Matrix) -> list[Curve]:
    centre = (_length(given, "cx"), _length(given, "cy"))
    return _round(centre, _length(given, "rx", "ry"), _length(given, "ry", "rx"), matrix)


def _round(centre: tuple[float, float], rx: float, ry: float, matrix: Matrix) -> list[Curve]:
    return ellipse_arc(Ellipse(centre, (rx, ry)), 0.0, tau, matrix) if rx > 0 and ry > 0 else []


def _line(given: Mapping[str, str], matrix: Matrix) -> list[Curve]:
    begin = matrix((_length(given, "x1"), _length(given, "y1")))
    end = matrix((_length(given, "x2"), _length(given, "y2")))
    return [Straight(begin, end)] if begin != end else []


def _polyline(given: Mapping[str, str], matrix: Matrix) -> list[Curve]:
    words = [word for word in re.split(r"[\s,]+", given.get("points", "").strip()) if word]
    if len(words) % 2 or not all(map(_is_number, words)):
        raise EngineError("bad_geometry", f"the SVG has points that cannot be read: {' '.join(words)[:60]!r}")
    points = [matrix((float(x), float(y))) for x, y in zip(words[::2], words[1::2], strict=True)]
    return [Straight(one, other) for one, other in pairwise(points) if one != other]


def _polygon(given: Mapping[str, str], matrix: Matrix) -> list[Curve]:
    curves = _polyline(given, matrix)
    if curves and curves[-1].end != curves[0].start:
        curves.append(Straight(curves[-1].end, curves[0].start))
    return curves


_SHAPES = {
    "rect": _rectangle, "circle": _circle, "ellipse": _ellipse, "line": _line, "polyline": _polyline,
    "polygon": _polygon,
}  # fmt: skip


def _length(given: Mapping[str, str], *names: str) -> float:
    """Of the first that is given, in the drawing's units; 0 where none is."""
    for name in names:
        if name in given and given[name] != "auto":
            found = _LENGTH.fullmatch(given[name])
            if not found:
                raise EngineError("bad_geometry", f"the SVG has {name}={given[name][:30]!r} where a length should be")
            return float(found[1]) * (_UNITS_MM[found[2]] / PIXEL_MM)
    return 0.0


def _is_number(word: str) -> bool:
    return re.fullmatch(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,3})?", word) is not None


def _name(element: ElementTree.Element) -> str:
    """Without its namespace; a comment or instruction has none."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else "metadata"
