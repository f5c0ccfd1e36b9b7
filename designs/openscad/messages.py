"""What OpenSCAD says while it works, and what of it ends a build. Pure."""

import re
from dataclasses import dataclass, field

_PLACE = re.compile(r"in file (?P<file>.+?), line (?P<line>[0-9]+)")
_OTHER_PLACE = re.compile(r'in file "(?P<file>.+?)", line (?P<line>[0-9]+): ')
_MISSING = re.compile(r"WARNING: Can't open (?:library|include file|import file) '(?P<file>.*?)'")
_FLAT = "Current top level object is not a 3D object."
_EMPTY = "Current top level object is empty."
_FIGURES = re.compile(
    r"^(?:Could not initialize localization|Geometries in cache|Geometry cache size|CGAL Polyhedrons in cache"
    r"|CGAL cache size|Total rendering time"
    r"|   (?:Top level object|Simple|Vertices|Halfedges|Edges|Halffacets|Facets|Volumes|Contours|Convex)\b)"
)
_OUT_OF_MEMORY = re.compile(r"std::bad_alloc|Cannot allocate memory")
MAX_MESSAGE = 400


@dataclass
class Judge:
    """Hears every line, and knows in the end what went wrong."""

    script: str
    """The file's name, for messages."""
    folder: str
    """Where it lies: not to be told."""
    error: str = ""
    missing: str = ""
    flat: bool = False
    empty: bool = False
    memory: bool = False
    shown: list[str] = field(default_factory=list, repr=False)

    def hear(self, line: str) -> bool:
        """Note what it means; whether it is worth to be kept in the log."""
        if line.startswith("ERROR:") and not self.error:
            self.error = _in_words(line.removeprefix("ERROR:").strip(), self.script)
        elif found := _MISSING.match(line):
            self.missing = self.missing or found["file"].removeprefix(f"{self.folder}/")
        self.flat |= line == _FLAT
        self.empty |= line == _EMPTY
        self.memory |= bool(_OUT_OF_MEMORY.search(line))
        return not _FIGURES.match(line) and line not in (_FLAT, _EMPTY)

    def verdict(self, status: int) -> tuple[str, str] | None:
        """Kind and message of the error; None where there is none. `status`: the exit status, -n for signal n."""
        absent = (
            f"{self.script} uses {self.missing!r}, which is not in the design's folder: put the file there (libraries "
            "such as MCAD, too), under the name by which it is used"
        )
        silent = f"OpenSCAD made nothing of {self.script} and did not say why (status {status})"
        found = (
            (self.memory, "memory", f"{self.script}: OpenSCAD ran out of memory"),
            (bool(self.error), "script_error", self.error),
            (bool(self.missing), "script_error", absent),
            (self.flat, "no_geometry", f"{self.script} is a flat drawing: give it a height with linear_extrude()"),
            (self.empty, "no_geometry", f"{self.script} makes no body: nothing is left at its top level"),
            (status < 0, "crashed", f"OpenSCAD went down over {self.script} (signal {-status})"),
            (status > 0, "script_error", silent),
        )
        return next(((kind, message) for holds, kind, message in found if holds), None)


def _in_words(said: str, script: str) -> str:
    """`bracket.scad line 3: syntax error`, of either form in which versions of OpenSCAD say it."""
    place = _OTHER_PLACE.search(said) or _PLACE.search(said)
    if place is None:
        return f"{script}: {said}"[:MAX_MESSAGE]
    what = (said[: place.start()] + said[place.end() :]).strip(" ,:").replace("Parser error:", "").strip()
    what = what or "syntax error"
    return f"{place['file']} line {place['line']}: {what}"[:MAX_MESSAGE]
