"""Names of files that mean the same on every system: Linux, macOS and Windows."""

import unicodedata
from collections.abc import Iterable

MAX_PATH = 200
MAX_PART_BYTES = 200
_FORBIDDEN = frozenset('<>:"|?*\\')
_RESERVED = frozenset({"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))})


def path_problem(path: str) -> str | None:
    """Why this is no portable relative path with `/` between its parts, or None."""
    if not path:
        return "the path is empty"
    if len(path) > MAX_PATH:
        return f"the path is too long: at most {MAX_PATH} characters"
    if path.startswith("/"):
        return "the path is absolute: give it relative to the design's folder"
    if path.count("/") > 20:
        return "the path is nested too deeply: at most 20 folders"
    for part in path.split("/"):
        problem = _part_problem(part)
        if problem:
            return problem
    return None


def _part_problem(part: str) -> str | None:
    categories = {unicodedata.category(character) for character in part}
    refused = [
        (part in {"", ".", ".."}, "the path leaves its folder or has an empty part: write it like parts/lid.py"),
        (
            len(part.encode("utf-8", "surrogatepass")) > MAX_PART_BYTES,
            f"a part of the path is too long: at most {MAX_PART_BYTES} bytes",
        ),
        (
            categories & {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"},
            "the name has a control, invisible or undecodable character",
        ),
        (_FORBIDDEN & set(part), f"the name has a character that some systems refuse: {' '.join(sorted(_FORBIDDEN))}"),
        (
            part[-1:] in {".", " "} or part[:1] == " ",
            "the name begins or ends with what some systems drop (space, dot)",
        ),
        (unicodedata.normalize("NFC", part) != part, "the name is not in composed Unicode form (NFC)"),
        (part.partition(".")[0].rstrip(" ").casefold() in _RESERVED, "the name is reserved on Windows"),
    ]
    return next((problem for wrong, problem in refused if wrong), None)


class PortableNames:
    """Paths that have been taken, to find the ones that clash on some system: the same but for case or Unicode form,
    or a file where another path has a folder."""

    def __init__(self) -> None:
        self._files: dict[str, str] = {}
        self._folders: dict[str, tuple[str, str]] = {}

    def add(self, path: str) -> str | None:
        """Take a path; gives the path that it clashes with (itself when it is there already), or None."""
        folded = _folded(path)
        if folded in self._files:
            return self._files[folded]
        if folded in self._folders:
            return self._folders[folded][1]
        parts = path.split("/")
        for count in range(1, len(parts)):
            folder = "/".join(parts[:count])
            if _folded(folder) in self._files:
                return self._files[_folded(folder)]
            spelling, first = self._folders.setdefault(_folded(folder), (folder, path))
            if spelling != folder:
                return first
        self._files[folded] = path
        return None


def collisions(paths: Iterable[str]) -> list[tuple[str, str]]:
    """Pairs of paths that clash on some system, the earlier one first."""
    names = PortableNames()
    clashes = [(names.add(path), path) for path in paths]
    return [(other, path) for other, path in clashes if other is not None]


def _folded(path: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFKC", path).casefold())


CLUTTER = frozenset({"__MACOSX", "__pycache__", "node_modules", "Thumbs.db", "desktop.ini", "venv"})
"""What systems and tools leave lying about in folders and archives."""

BUILT = "build"
"""The folder beside the manifest into which `cofab build` puts its results."""


def is_clutter(path: str) -> bool:
    """Not part of a design: hidden files (which may hold secrets), caches, what was built, what systems leave about."""
    return path.partition("/")[0] == BUILT or any(
        part in CLUTTER or (part.startswith(".") and part not in {".", ".."}) or part.endswith((".pyc", "~"))
        for part in path.split("/")
    )
