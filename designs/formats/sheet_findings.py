"""Findings of a part that a laser or a router cuts from a sheet: whether it can be, and from which."""

from collections.abc import Iterator, Sequence

from designs.finding import Finding, Severity
from designs.formats.flat import Plate, plates
from designs.formats.workpiece import Withheld, Workpiece
from designs.making import Making

SAME_MM = 0.005
"""Thicknesses and heights that differ by less are the same: meshing and a round trip move a face by less."""


def sheet_findings(work: Workpiece) -> list[Finding]:
    """The bodies of a part lie side by side in one sheet, or it is said why they do not.

    The finding `sheet` tells of the part as it lies: `thickness_mm`, and `size_mm` along the sheet and across.
    """
    try:
        found = plates(work.parts, work.meshes)
    except Withheld as why:
        return [Finding("not_flat", Severity.ERROR, f"it cannot be cut from a sheet: {why}", {})]
    names = [part.name for part in work.parts]
    errors = [*_thicknesses(names, found), *_heights(names, found)]
    return errors or list(_sheet(found, work.order.making))


def _thicknesses(names: Sequence[str], found: Sequence[Plate]) -> Iterator[Finding]:
    least, greatest = (pick(found, key=lambda plate: plate.thickness) for pick in (min, max))
    if greatest.thickness - least.thickness > SAME_MM:
        thin, thick = names[found.index(least)], names[found.index(greatest)]
        message = (
            f"it cannot be cut from one sheet: {thin} is {least.thickness:.4g} mm thick and {thick} "
            f"{greatest.thickness:.4g} mm. Make a design of each thickness"
        )
        data: dict[str, object] = {"thicknesses_mm": sorted({round(plate.thickness, 3) for plate in found})}
        yield Finding("several_thicknesses", Severity.ERROR, message, data)


def _heights(names: Sequence[str], found: Sequence[Plate]) -> Iterator[Finding]:
    """Those that lie at one height and do not overlap as bodies do not overlap in the sheet either."""
    lowest, highest = (pick(found, key=lambda plate: plate.low) for pick in (min, max))
    if highest.low - lowest.low > SAME_MM:
        one, other = names[found.index(lowest)], names[found.index(highest)]
        message = (
            f"it cannot be cut from one sheet: {other} lies {highest.low - lowest.low:.4g} mm above {one}. "
            "Lay all bodies side by side in one plane"
        )
        yield Finding("not_side_by_side", Severity.ERROR, message, {"bodies": [one, other]})


def _sheet(found: Sequence[Plate], making: Making) -> Iterator[Finding]:
    thickness = round(found[0].thickness, 3)
    across = [
        round(max(plate.corners[1][axis] for plate in found) - min(plate.corners[0][axis] for plate in found), 3)
        for axis in (0, 1)
    ]
    words = f"{across[0]:.4g} × {across[1]:.4g} mm"
    if making.thickness_mm is not None and abs(thickness - making.thickness_mm) > SAME_MM:
        message = f"it is {thickness:g} mm thick, and the manifest says thickness_mm = {making.thickness_mm:g}"
        data: dict[str, object] = {"thickness_mm": thickness, "manifest_mm": making.thickness_mm}
        yield Finding("other_thickness", Severity.ERROR, message, data)
        return
    room = making.envelope_mm
    if max(across) > max(room[:2]) or min(across) > min(room[:2]):
        message = f"{words} is more than a machine of {room[0]:g} × {room[1]:g} mm takes"
        yield Finding("does_not_fit", Severity.WARNING, message, {"size_mm": across, "envelope_mm": list(room)})
    message = f"it is cut from {words} of a sheet of {thickness:g} mm"
    yield Finding("sheet", Severity.INFO, message, {"thickness_mm": thickness, "size_mm": across})
