"""What is compared, by name: figures, keys of the manifest, and what became of a body or file. Pure.

The usual names are noted here for the catalogues; a name that nobody noted is shown in English, as it is made of a key.
"""

from designs.comparing.figures import FigureChange
from designs.comparing.files import FileState
from designs.comparing.shapes import BodyChange, BodyState
from registry.web.formatting import figure
from registry.web.languages import _, noted

FILES = {
    FileState.ADDED: noted("added"),
    FileState.REMOVED: noted("removed"),
    FileState.CHANGED: noted("changed"),
    FileState.MOVED: noted("moved"),
}
BODIES = {
    BodyState.SAME: noted("same"),
    BodyState.MOVED: noted("moved"),
    BodyState.CHANGED: noted("changed"),
    BodyState.ADDED: noted("added"),
    BodyState.REMOVED: noted("removed"),
}
FIGURES = (
    noted("Volume"),
    noted("Area"),
    noted("Mass"),
    noted("Bounding box, size x"),
    noted("Bounding box, size y"),
    noted("Bounding box, size z"),
    noted("Bodies"),
    noted("Solids"),
    noted("Watertight"),
)
"""Those that come first on the page."""
MANIFEST = (
    noted("Name"),
    noted("Title"),
    noted("Description"),
    noted("Licence"),
    noted("Authors"),
    noted("Engine"),
    noted("Source"),
    noted("Readme"),
    noted("Images"),
    noted("Tags"),
    noted("Relations"),
    noted("Print: process"),
    noted("Print: material"),
    noted("Print: nozzle mm"),
    noted("Print: layer height mm"),
    noted("Print: infill percent"),
    noted("Print: perimeters"),
    noted("Print: supports"),
    noted("Print: brim mm"),
    noted("Print: thickness mm"),
    noted("Print: tabs"),
    noted("Print: any side"),
)
DECLARED = (
    noted("label"),
    noted("description"),
    noted("type"),
    noted("unit"),
    noted("default"),
    noted("min"),
    noted("max"),
    noted("step"),
    noted("choices"),
    noted("group"),
)
"""What a manifest says of a parameter."""
_AXES = {"0": "x", "1": "y", "2": "z"}


def figure_name(change: FigureChange) -> str:
    """`bounding_box.size.0` → `Bounding box, size x`."""
    words = [_AXES.get(part, part).replace("_", " ") for part in change.name.split(".")]
    ends = {" mm3", " mm2", " mm", " g", " deg"}
    words = [next((word.removesuffix(end) for end in ends if word.endswith(end)), word) for word in words]
    name = words[0] + (", " + " ".join(words[1:]) if len(words) > 1 else "")
    return _known(name[:1].upper() + name[1:])


def manifest_name(name: str) -> str:
    """`design.title` → `Title`; `print.nozzle_mm` → `Print: nozzle mm`."""
    table, _dot, rest = name.partition(".")
    words = rest if table == "design" else name.replace(".", ": ", 1)
    return _known((words[:1].upper() + words[1:]).replace("_", " "))


def declared_name(name: str) -> str:
    """What of a parameter's declaration differs."""
    return _known(name)


def body_state(body: BodyChange, moved_mm: float) -> str:
    """What became of a body, and how far it went."""
    if body.state is BodyState.MOVED:
        return _("moved by %(length)s mm") % {"length": figure(moved_mm)}
    return _(BODIES[body.state])


def _known(name: str) -> str:
    """The empty text would be looked up as the head of the catalogue."""
    return _(name) if name else ""
