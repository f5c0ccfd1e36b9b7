"""Under which `__name__` a script means to be run. Pure, on the AST.

CQGI runs scripts as `__cqgi__`, CQ-editor as `__cq_main__` (once `temp`), Python as `__main__`; scripts guard their
last lines with the one that their author knows.
"""

import ast
from collections.abc import Iterator

CQGI = "__cqgi__"
MAIN = "__main__"
_EDITORS = (CQGI, "__cq_main__", "temp")


def entry_names(tree: ast.Module) -> tuple[str, ...]:
    """The names to try, best first, until something is shown."""
    guards = set(_guards(tree))
    editors = [name for name in _EDITORS if name in guards] or [CQGI]
    if MAIN not in guards:
        return tuple(editors)
    return (*editors, MAIN) if _mentions_showing(tree) else (MAIN, *editors)


def _guards(tree: ast.Module) -> Iterator[str]:
    """What the script compares `__name__` with: `__name__ == "x"`, `__name__ in ("x", "y")`."""
    for node in ast.walk(tree):
        match node:
            case ast.Compare(left=ast.Name(id="__name__"), ops=[ast.Eq() | ast.In()], comparators=[right]):
                yield from _texts(right)
            case ast.Compare(left=left, ops=[ast.Eq()], comparators=[ast.Name(id="__name__")]):
                yield from _texts(left)


def _texts(node: ast.AST) -> Iterator[str]:
    return (part.value for part in ast.walk(node) if isinstance(part, ast.Constant) and isinstance(part.value, str))


def _mentions_showing(tree: ast.Module) -> bool:
    return any(isinstance(node, ast.Name) and node.id == "show_object" for node in ast.walk(tree))
