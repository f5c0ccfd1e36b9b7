"""A family of versions as lines of a tree, for a terminal. Pure."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Relative:
    """A version in the family."""

    version: str
    """`namespace/name@1.0.0`"""
    design: str
    published_by: str
    published_at: str
    withdrawn: bool = False


@dataclass(frozen=True)
class FamilyEdge:
    child: str
    parent: str
    kind: str


def tree_lines(nodes: Sequence[Relative], edges: Sequence[FamilyEdge], design: str) -> Iterator[str]:
    """Each version once, below the parent that it revises or forks; further parents are named beside it.

    Versions of `design` itself are marked with a star.
    """
    known = {node.version: node for node in nodes}
    parents: dict[str, list[FamilyEdge]] = defaultdict(list)
    for edge in edges:
        if edge.child in known and edge.parent in known:
            parents[edge.child].append(edge)
    above = {child: min(found, key=_closeness) for child, found in parents.items()}
    below: dict[str, list[str]] = defaultdict(list)
    for child, edge in above.items():
        below[edge.parent].append(child)
    roots = [node.version for node in nodes if node.version not in above]
    waiting = [(version, "", "") for version in sorted(roots, key=lambda version: _age(known[version]), reverse=True)]
    while waiting:
        version, lead, indent = waiting.pop()
        yield lead + _label(known[version], parents[version], above.get(version), design)
        children = sorted(below[version], key=lambda child: _age(known[child]))
        placed = [
            (child, f"{indent}{'└─ ' if last else '├─ '}", f"{indent}{'   ' if last else '│  '}")
            for child, last in zip(children, [*[False] * (len(children) - 1), True], strict=False)
        ]
        waiting.extend(reversed(placed))


def _closeness(edge: FamilyEdge) -> tuple[int, str]:
    order = ("revises", "forks", "merges", "uses")
    return (order.index(edge.kind) if edge.kind in order else len(order), edge.parent)


def _age(node: Relative) -> tuple[str, str]:
    return (node.published_at, node.version)


def _label(node: Relative, parents: Sequence[FamilyEdge], above: FamilyEdge | None, design: str) -> str:
    text = f"{node.version}{' *' if node.design == design else ''}"
    if above is not None and above.kind != "revises":
        text += f"  {above.kind} {above.parent}"
    text += "".join(f"  {edge.kind} {edge.parent}" for edge in parents if edge != above)
    text += f"  ({node.published_by}, {node.published_at[:10]})"
    return text + ("  withdrawn" if node.withdrawn else "")
