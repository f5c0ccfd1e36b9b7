"""Which files an OpenSCAD script reads from beside it. Pure: what the files hold is asked for."""

import posixpath
from collections.abc import Callable, Container, Iterator

from designs.openscad.tokens import Token, UnreadableScad, tokens, unquoted

MAX_FILES = 200
_READERS = frozenset({"import", "surface"})


def used_files(script: str, beside: Container[str], read: Callable[[str], str]) -> tuple[str, ...]:
    """Paths that are `beside`, in order of appearance: included, used, imported, and those of what is included. What
    cannot be read by now is passed over; the build will say so."""
    found: list[str] = []
    waiting = [script]
    while waiting and len(found) < MAX_FILES:
        path = waiting.pop(0)
        for named in _named(read(path), path):
            used = posixpath.normpath(posixpath.join(posixpath.dirname(path), named))
            if used != script and used not in found and used in beside:
                found.append(used)
                if used.lower().endswith(".scad"):
                    waiting.append(used)
    return tuple(found[:MAX_FILES])


def _named(source: str, file: str) -> Iterator[str]:
    before: list[Token] = []
    try:
        for word in tokens(source, file):
            if word.kind == "file":
                yield word.text[word.text.index("<") + 1 : -1].strip()
            elif word.kind == "string" and _is_read(before):
                yield unquoted(word.text)
            before = [*before[-3:], word]
    except UnreadableScad:
        return


def _is_read(before: list[Token]) -> bool:
    """Whether a text that follows these words is the first argument, or the one called `file`, of a reader."""
    texts = [word.text for word in before]
    return texts[-2:] in [[name, "("] for name in _READERS] or texts[-4:] in [
        [name, "(", "file", "="] for name in _READERS
    ]
