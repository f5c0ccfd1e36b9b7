"""What differs between two versions apart from their shapes: parameters, files and licence. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from designs.manifest import Manifest
from designs.snapshot import SourceFile

T = TypeVar("T")


@dataclass(frozen=True)
class Changes:
    """Names by what became of them, each sorted."""

    added: tuple[str, ...]
    gone: tuple[str, ...]
    changed: tuple[str, ...]


def changes(before: Mapping[str, T], after: Mapping[str, T]) -> Changes:
    """How named values went from one to the other."""
    return Changes(
        tuple(sorted(set(after) - set(before))),
        tuple(sorted(set(before) - set(after))),
        tuple(sorted(name for name in set(before) & set(after) if before[name] != after[name])),
    )


def parameter_changes(before: Manifest, after: Manifest) -> Changes:
    """Parameters that came, went, or are described otherwise: another default, range, unit or words."""
    return changes(
        {parameter.name: parameter for parameter in before.parameters},
        {parameter.name: parameter for parameter in after.parameters},
    )


def file_changes(before: Iterable[SourceFile], after: Iterable[SourceFile]) -> Changes:
    """Files that came, went, or have other bytes."""
    return changes({file.path: file.sha256 for file in before}, {file.path: file.sha256 for file in after})
