"""Finding the settings by which a machine cuts a sheet: the facility's own files first, then those that ship."""

from collections.abc import Iterator
from pathlib import Path

from fabnode.protocol import PrintHints
from fabnode.toolpaths.cutters import Cutter
from fabnode.toolpaths.cutting import Cut, RouterCut, asked, parse_cut
from fabnode.toolpaths.errors import ToolpathError

FOLDER = Path(__file__).parent / "materials"
SAME_SHEET_MM = 0.35
"""Sheets sold as 3 mm are 2.7 to 3.3 mm thick; the next one sold is 4 mm."""
MAX_FILE_BYTES = 64 * 1024


def is_same_sheet(thickness_mm: float | None, wanted_mm: float) -> bool:
    """Whether a sheet counts as one of the thickness that is wanted; None: it is no sheet."""
    return thickness_mm is not None and abs(thickness_mm - wanted_mm) <= SAME_SHEET_MM


def find_cut(cutter: Cutter, material: str, thickness_mm: float, own: Path, hints: PrintHints) -> Cut:
    """How the machine cuts this sheet, in three layers: machine ∘ material ∘ the designer's hints.

    A file is found by what it says of itself: the material's name, and the thickness within SAME_SHEET_MM. Files of the
    first folder that holds one go before all others: `cuts/PROFILE` and `cuts/SET` in the agent's folder `own`, then
    what ships. Raises ToolpathError.
    """
    known: list[Cut] = []
    for folder in (own / "cuts" / cutter.name, own / "cuts" / cutter.cuts, FOLDER / cutter.cuts):
        here = list(_cuts(folder, cutter))
        known += here
        fitting = [cut for cut in here if _is_of(cut, material) and is_same_sheet(cut.thickness_mm, thickness_mm)]
        if fitting:
            nearest = min(fitting, key=lambda cut: abs(cut.thickness_mm - thickness_mm))
            _require_tool(nearest, cutter)
            return asked(nearest, hints)
    there = ", ".join(sorted({f"{cut.material} {cut.thickness_mm:g} mm" for cut in known})) or "none"
    raise ToolpathError(
        f"nothing tells how {cutter.title} cuts {material} of {thickness_mm:g} mm; there are {there}. "
        f"Write a file of your own into {own / 'cuts' / cutter.name}"
    )


def _cuts(folder: Path, cutter: Cutter) -> Iterator[Cut]:
    for path in sorted(folder.glob("*.ini")):
        try:
            with path.open(encoding="utf-8") as file:
                cut = parse_cut(file.read(MAX_FILE_BYTES), str(path), cutter.settings)
        except (OSError, UnicodeDecodeError) as error:
            raise ToolpathError(f"{path} cannot be read: {error}") from error
        if cut.process is not cutter.process:
            raise ToolpathError(f"{path} is for another process than {cutter.title}, which works by {cutter.process}")
        yield cut


def _is_of(cut: Cut, material: str) -> bool:
    return " ".join(cut.material.split()).casefold() == " ".join(material.split()).casefold()


def _require_tool(cut: Cut, cutter: Cutter) -> None:
    if isinstance(cut, RouterCut) and cut.tool_diameter_mm != cutter.cut_mm:
        raise ToolpathError(
            f"{cut.material} of {cut.thickness_mm:g} mm is cut with a tool of {cut.tool_diameter_mm:g} mm, and "
            f"{cutter.title} holds one of {cutter.cut_mm:g} mm: change the tool, or write a file for this one"
        )
    if cut.cut_width_mm > cutter.cut_mm:
        raise ToolpathError(
            f"{cutter.title} cuts {cutter.cut_mm:g} mm wide at most, and its settings for {cut.material} say "
            f"{cut.cut_width_mm:g} mm: correct one of them"
        )
