"""The lower right corner of a drawing: what it is, whose, under which licence, and of which recipe."""

from designs.formats.order import Order
from designs.formats.sheet_layout import BORDER, TITLE_BLOCK, Layout, scale_text
from designs.formats.sheet_pen import THIN, VISIBLE, Pen, Point

RECIPE_DIGITS = 12
_CAPTION, _VALUE, _TITLE = 1.9, 3.0, 4.4
_INSET = 1.5
_ROW = 9.5
_SYMBOL = 27.0


def draw_title_block(pen: Pen, order: Order, layout: Layout) -> None:
    """In the frame's corner."""
    width, height = TITLE_BLOCK
    x, y = layout.size[0] - BORDER - width, layout.size[1] - BORDER - height
    told = order.metadata
    pen.box((x, y), (width, height), VISIBLE)
    first = height - 2 * _ROW
    _field(pen, (x, y), (width - _SYMBOL, first), ("Title", order.title), _TITLE)
    _third_angle(pen, (x + width - _SYMBOL, y), (_SYMBOL, first))
    row = y + first
    _field(pen, (x, row), (width / 2, _ROW), ("Designer", told.get("Designer", "")))
    _field(pen, (x + width / 2, row), (width / 2, _ROW), ("Licence", told.get("LicenseTerms", "")))
    row += _ROW
    fields = (
        ("Recipe", told.get("recipe", "")[:RECIPE_DIGITS], 40.0),
        ("Material", order.material, 44.0),
        ("Scale", scale_text(layout.scale), 22.0),
        ("Unit", "mm", 16.0),
        ("Sheet", layout.sheet, 16.0),
        ("Made by", told.get("Application", ""), 42.0),
    )
    for caption, value, share in fields:
        _field(pen, (x, row), (share, _ROW), (caption, value))
        x += share


def _field(pen: Pen, at: Point, size: Point, told: tuple[str, str], letters: float = _VALUE) -> None:
    pen.box(at, size, THIN)
    most = size[0] - 2 * _INSET
    pen.words(told[0], (at[0] + _INSET, at[1] + _CAPTION + 0.9), _CAPTION)
    pen.words(told[1], (at[0] + _INSET, at[1] + size[1] - 2.0), letters, most=most)


def _third_angle(pen: Pen, at: Point, size: Point) -> None:
    """The symbol of ISO 5456-2: a cone seen from its smaller end, to the left of its side view."""
    pen.box(at, size, THIN)
    middle = at[1] + 4.1
    circle, cone = at[0] + 8.0, at[0] + 14.0
    for radius in (1.3, 2.6):
        pen.path(
            f"M{circle - radius:g} {middle:g}"
            + "".join(f"a{radius} {radius} 0 1 0 {way * 2 * radius} 0" for way in (1, -1)),
            THIN * 1.5,
        )
    pen.path(
        f"M{cone:g} {middle - 1.3:g}L{cone + 6:g} {middle - 2.6:g}V{middle + 2.6:g}L{cone:g} {middle + 1.3:g}Z",
        THIN * 1.5,
    )
    pen.line((circle - 3.8, middle), (cone + 7.5, middle), dashes="2 0.6 0.4 0.6")
    pen.line((circle, middle - 3.4), (circle, middle + 3.4), dashes="2 0.6 0.4 0.6")
    pen.words(
        "Third-angle projection",
        (at[0] + size[0] / 2, at[1] + size[1] - 1.2),
        _CAPTION,
        anchor="middle",
        most=size[0] - 2,
    )
