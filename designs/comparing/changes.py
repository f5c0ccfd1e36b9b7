"""One thing that is not the same on both sides."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from designs.digest import JsonValue


@dataclass(frozen=True)
class Change:
    """A named value before and after; None: it is not given there."""

    name: str
    before: JsonValue
    after: JsonValue

    def to_json(self) -> JsonValue:
        return {"name": self.name, "before": self.before, "after": self.after}


def changes(before: Mapping[str, JsonValue], after: Mapping[str, JsonValue], *, prefix: str = "") -> list[Change]:
    """What differs between two objects, in the order of their keys: those of the first, then what is new."""
    return [
        Change(f"{prefix}{name}", before.get(name), after.get(name))
        for name in union(before, after)
        if before.get(name) != after.get(name)
    ]


def union(before: Iterable[str], after: Iterable[str]) -> list[str]:
    """Names of both sides, each once: those of the first in their order, then what is new."""
    return list(dict.fromkeys([*before, *after]))
