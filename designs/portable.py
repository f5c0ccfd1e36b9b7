"""Names of files that mean the same on every system: Linux, macOS and Windows."""

import unicodedata
from collections.abc import Iterable

MAX_PATH = 200
MAX_PART = 100
_FORBIDDEN = frozenset('<>:"|?*\\')
_RESERVED = frozenset({"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))})


def path_problem(path: str) -> str | None:
    """Why this is no portable relative path with `/` between its parts, or None."""
    if not path:
        return "the path is empty"
    if len(path) > MAX_PATH or len(path.encode("utf-8", "surrogateescape")) > 2 * MAX_PATH:
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
        (len(part) > MAX_PART, f"a part of the path is too long: at most {MAX_PART} characters"),
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


def collisions(paths: Iterable[str]) -> list[tuple[str, str]]:
    """Pairs of paths that clash on some system: same but for case or Unicode form, or a file and a folder."""
    seen: dict[str, str] = {}
    clashes: list[tuple[str, str]] = []
    names = list(paths)
    for path in names:
        other = seen.setdefault(_folded(path), path)
        if other is not path:
            clashes.append((other, path))
    spelled: dict[str, tuple[str, str]] = {}
    for path in names:
        for folder in _parents(path):
            as_file = seen.get(_folded(folder))
            if as_file is not None:
                clashes.append((as_file, path))
            spelling, first = spelled.setdefault(_folded(folder), (folder, path))
            if spelling != folder:
                clashes.append((first, path))
    return clashes


def _folded(path: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFKC", path).casefold())


def _parents(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:count]) for count in range(1, len(parts))]
