"""What a script that shows nothing means to give: what it exported, its `result`, or what it assigned last."""

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence

from designs.scripts.assignments import at_top_level

_USUAL_NAMES = ("result", "results", "assembly", "assy", "asm", "part", "model", "res", "r")


def result_variable(
    tree: ast.Module,
    names: Mapping[str, object],
    exported: Sequence[object],
    is_geometry: Callable[[object], bool],
) -> tuple[str, object] | None:
    """The name of the result and the result itself; None where nothing at the top level is geometry."""
    candidates = {name: names[name] for name in assigned_names(tree) if name in names and is_geometry(names[name])}
    for name in _USUAL_NAMES:
        if name in candidates:
            return name, candidates[name]
    written = _without_repetition(value for value in exported if is_geometry(value))
    if len(written) == 1:
        return next((name for name, value in candidates.items() if value is written[0]), "part"), written[0]
    return list(candidates.items())[-1] if candidates else None


def assigned_names(tree: ast.Module) -> list[str]:
    """Every name that is assigned outside of functions and classes, ordered by its last assignment."""
    found: dict[str, None] = {}
    for node in at_top_level(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.pop(node.id, None)
            found[node.id] = None
    return list(found)


def _without_repetition(values: Iterator[object]) -> list[object]:
    found: list[object] = []
    for value in values:
        if not any(value is other for other in found):
            found.append(value)
    return found
