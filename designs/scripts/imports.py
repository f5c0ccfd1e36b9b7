"""Which files beside a script it imports, and theirs in turn. Pure, on the AST."""

import ast
import posixpath
from collections.abc import Callable, Collection, Container, Iterator

from designs.scripts.guessing import UnreadableScript, parse

MAX_IMPORTED = 100
Read = Callable[[str], str]
"""A file's text by its path; raises UnreadableScript where it is none."""


def imported_files(script: str, present: Container[str], read: Read) -> tuple[str, ...]:
    """Paths of the modules that `script` imports, as far as they are present beside it; sorted, without itself."""
    found: set[str] = set()
    waiting = [script]
    while waiting and len(found) <= MAX_IMPORTED:
        current = waiting.pop()
        for path in _imports(current, read):
            if path in present and path not in found and path != script:
                found.add(path)
                waiting.append(path)
    return tuple(sorted(found))


def main_script(scripts: Collection[str], present: Container[str], read: Read) -> str | None:
    """The one script that none of the others imports; None where that is not exactly one."""
    imported = {path for script in scripts for path in imported_files(script, present, read)}
    mains = [script for script in scripts if script not in imported]
    return mains[0] if len(mains) == 1 else None


def _imports(path: str, read: Read) -> Iterator[str]:
    """Every file that the imports in it may mean."""
    try:
        tree = parse(read(path), path)
    except UnreadableScript:
        return
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                for alias in names:
                    yield from _files("", alias.name)
            case ast.ImportFrom(module=module, names=names, level=level):
                folder = posixpath.normpath(posixpath.join(posixpath.dirname(path), *[".."] * (level - 1)))
                base = "" if not level or folder == "." else folder
                for name in (module or "", *(f"{module}.{alias.name}" if module else alias.name for alias in names)):
                    yield from _files(base, name)


def _files(base: str, module: str) -> Iterator[str]:
    """`a.b` is `a/b.py` or `a/b/__init__.py`, and runs what `a/__init__.py` says."""
    parts = module.split(".")
    for length in range(1, len(parts) + 1):
        stem = posixpath.join(base, *parts[:length])
        yield f"{stem}.py"
        yield f"{stem}/__init__.py"
