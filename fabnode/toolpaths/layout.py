"""Copies of a part beside each other on a sheet, turned where that helps. Pure."""

from collections.abc import Sequence

from fabnode.plates import DoesNotFit, Place, arrange, most_copies
from fabnode.protocol import Envelope
from fabnode.toolpaths.contours import Polygon
from fabnode.toolpaths.errors import ToolpathError


def lay_out(polygons: Sequence[Polygon], copies: int, room: Envelope) -> list[Polygon]:
    """So many copies of the outlines of one part, in the rule of all plates, somewhere on the plane.

    `room` is what parts may take of the sheet. Raises ToolpathError.
    """
    left, near = min(x for one in polygons for x, _ in one), min(y for one in polygons for _, y in one)
    right, far = max(x for one in polygons for x, _ in one), max(y for one in polygons for _, y in one)
    box = Envelope(x=right - left, y=far - near, z=room.z)
    try:
        plate = arrange(copies, box, room)
    except DoesNotFit as error:
        raise ToolpathError(_why_not(copies, box, room)) from error
    middle = ((left + right) / 2, (near + far) / 2)
    return [
        tuple(_put(point, middle, place, turned=plate.turned) for point in polygon)
        for place in plate.places
        for polygon in polygons
    ]


def _put(point: tuple[float, float], middle: tuple[float, float], place: Place, *, turned: bool) -> tuple[float, float]:
    x, y = point[0] - middle[0], point[1] - middle[1]
    return (place.x - y, place.y + x) if turned else (place.x + x, place.y + y)


def _why_not(copies: int, box: Envelope, room: Envelope) -> str:
    part, sheet = f"{box.x:.4g} × {box.y:.4g} mm", f"{room.x:.4g} × {room.y:.4g} mm"
    there = most_copies(box, room)
    if there == 0:
        return f"the part is {part}, and within the margins of the sheet there is room for {sheet}"
    return (
        f"{copies} copies of {part} do not lie side by side in {sheet}: {there} do. "
        "Set plate_copies of the machine to that in fabnode.toml"
    )
