"""DXF (AutoCAD 2000) of flat parts, for laser cutters, plotters and mills: lines, arcs, circles and polylines in mm.

Layers say what is to be done: `CUT_INSIDE` before `CUT_OUTSIDE`, so that nothing falls out before it is finished.
"""

import io
from pathlib import Path

from designs.formats.flat import ArcTo, Cut, LineTo, Plate

INSIDE, OUTSIDE = "CUT_INSIDE", "CUT_OUTSIDE"
_COLOURS = {INSIDE: 5, OUTSIDE: 1}
"""Blue and red of the AutoCAD colour index, by which laser programs tell layers apart."""
_MILLIMETRES = 4


def write_dxf(plates: list[Plate], path: Path) -> None:
    """Without time, user or random ids: the same plates give the same bytes."""
    import ezdxf
    from ezdxf.filemanagement import new

    options = ezdxf.options  # type: ignore[attr-defined]  # public, though not declared
    fixed = options.write_fixed_meta_data_for_testing
    options.write_fixed_meta_data_for_testing = True
    try:
        document = new("R2000", units=_MILLIMETRES)
        for name, colour in _COLOURS.items():
            document.layers.add(name, color=colour)
        for layer in (INSIDE, OUTSIDE):
            for plate in plates:
                for contour in plate.contours:
                    if contour.outer == (layer == OUTSIDE):
                        for cut in contour.cuts:
                            _add(document.modelspace(), cut, layer)
        text = io.StringIO()
        document.write(text)
    finally:
        options.write_fixed_meta_data_for_testing = fixed
    path.write_bytes(text.getvalue().encode("utf-8"))


def _add(space: object, cut: Cut, layer: str) -> None:
    from ezdxf.layouts.layout import Modelspace

    assert isinstance(space, Modelspace)
    attributes = {"layer": layer}
    if isinstance(cut, LineTo):
        space.add_line(cut.start, cut.end, dxfattribs=attributes)
    elif isinstance(cut, ArcTo) and cut.last - cut.first == 360:
        space.add_circle(cut.centre, cut.radius, dxfattribs=attributes)
    elif isinstance(cut, ArcTo):
        space.add_arc(cut.centre, cut.radius, cut.first, cut.last, dxfattribs=attributes)
    else:
        closed = cut.points[0] == cut.points[-1]
        points = cut.points[:-1] if closed else cut.points
        space.add_lwpolyline(points, close=closed, dxfattribs=attributes)
