"""How two shapes differ, as values: what the jail tells, read strictly, since the shapes may be hostile."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Self, TypeVar

from designs.errors import DesignError
from designs.measure import Vector

MOST_PIECES = 40
"""Of the added and removed pieces, the largest ones that are told one by one."""
MOST_BODIES = 500
MAX_WORDS = 400
DECIMALS = 6

E = TypeVar("E", bound=StrEnum)


class BadComparison(DesignError):
    """The JSON is no comparison of shapes."""


class Verdict(StrEnum):
    IDENTICAL = "identical"
    """The same bytes."""
    SAME = "same"
    """Other bytes, the same shape."""
    DIFFERENT = "different"
    IMPOSSIBLE = "impossible"
    """They cannot be compared; `reason` says why."""


class BodyState(StrEnum):
    SAME = "same"
    MOVED = "moved"
    """The same shape in another place, not turned."""
    CHANGED = "changed"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True)
class Solid:
    """One side's material as a whole."""

    volume_mm3: float
    """Exact where the geometry is."""
    least: Vector
    greatest: Vector
    """Corners of the bounding box, mm."""
    centre: Vector
    """Of mass, mm."""
    facet_error_mm3: float
    """By how much the volume of the facets that were compared differs from the exact one."""


@dataclass(frozen=True)
class Piece:
    """Material that hangs together and is on one side only."""

    added: bool
    """False: it was removed."""
    volume_mm3: float
    thickness_mm: float
    """Twice the volume by the area: for a sheet, how thick it is."""
    least: Vector
    greatest: Vector


@dataclass(frozen=True)
class BodyChange:
    """One body, by its name on both sides."""

    before: str | None
    after: str | None
    state: BodyState
    volume_before_mm3: float
    volume_after_mm3: float
    shift: Vector | None
    """How far its centre of mass moved, mm; None unless it is on both sides."""


@dataclass(frozen=True)
class ShapeChange:
    """How the shape of a part changed from one build to another."""

    verdict: Verdict
    reason: str = ""
    before: Solid | None = None
    after: Solid | None = None
    """Not given where the shapes are identical or cannot be compared."""
    added_mm3: float = 0.0
    removed_mm3: float = 0.0
    kept_mm3: float = 0.0
    pieces: tuple[Piece, ...] = ()
    """Those that are thicker than `tolerance_mm`, the largest first."""
    more_pieces: int = 0
    """So many further, smaller ones."""
    thin_pieces: int = 0
    """So many are thinner than `tolerance_mm`: they may come of the facets alone, and are not in the picture unless
    nothing else is."""
    thin_mm3: float = 0.0
    """Their volume together, which is in that of what was added and removed."""
    bodies: tuple[BodyChange, ...] = ()
    tolerance_mm: float = 0.0
    """How far the compared facets may be from the exact surfaces."""

    @property
    def shift(self) -> Vector | None:
        """How far the centre of mass moved, mm."""
        if self.before is None or self.after is None:
            return None
        x, y, z = (after - before for before, after in zip(self.before.centre, self.after.centre, strict=True))
        return (x, y, z)

    @property
    def kept_share(self) -> float | None:
        """Of all material that is on either side, what is on both: 0 to 1."""
        whole = self.kept_mm3 + self.added_mm3 + self.removed_mm3
        return self.kept_mm3 / whole if whole else None

    def to_json(self) -> dict[str, Any]:
        """Rounded to nanometres and the like, so that the last bits of floats are not told."""
        told: dict[str, Any] = _plain({**asdict(self), "shift": self.shift, "kept_share": self.kept_share})
        return told

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read strictly; raises BadComparison."""
        told = _object(value)
        return cls(
            verdict=_word(Verdict, told.get("verdict")),
            reason=_text(told.get("reason")),
            before=_solid(told.get("before")),
            after=_solid(told.get("after")),
            added_mm3=_number(told.get("added_mm3")),
            removed_mm3=_number(told.get("removed_mm3")),
            kept_mm3=_number(told.get("kept_mm3")),
            pieces=tuple(_piece(each) for each in _list(told.get("pieces"), MOST_PIECES)),
            more_pieces=int(_number(told.get("more_pieces"))),
            thin_pieces=int(_number(told.get("thin_pieces"))),
            thin_mm3=_number(told.get("thin_mm3")),
            bodies=tuple(_body(each) for each in _list(told.get("bodies"), MOST_BODIES)),
            tolerance_mm=_number(told.get("tolerance_mm")),
        )


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return round(value, DECIMALS) + 0.0 if isinstance(value, float) else value  # + 0.0: no negative zero


def _solid(value: object) -> Solid | None:
    if value is None:
        return None
    told = _object(value)
    volume, error = _number(told.get("volume_mm3")), _number(told.get("facet_error_mm3"))
    least, greatest, centre = (_vector(told.get(name)) for name in ("least", "greatest", "centre"))
    return Solid(volume, least, greatest, centre, error)


def _piece(value: object) -> Piece:
    told = _object(value)
    volume, thickness = _number(told.get("volume_mm3")), _number(told.get("thickness_mm"))
    return Piece(
        told.get("added") is True, volume, thickness, _vector(told.get("least")), _vector(told.get("greatest"))
    )


def _body(value: object) -> BodyChange:
    told = _object(value)
    before, after = (None if told.get(name) is None else _text(told.get(name)) for name in ("before", "after"))
    shift = None if told.get("shift") is None else _vector(told.get("shift"))
    volumes = (_number(told.get("volume_before_mm3")), _number(told.get("volume_after_mm3")))
    return BodyChange(before, after, _word(BodyState, told.get("state")), *volumes, shift)


def _object(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise BadComparison("an object is missing")
    return value


def _list(value: object, most: int) -> list[object]:
    if not isinstance(value, list) or len(value) > most:
        raise BadComparison(f"a list of at most {most} is missing")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > MAX_WORDS or not value.isprintable():
        raise BadComparison("words are missing")
    return value


def _word(kind: type[E], value: object) -> E:
    try:
        return kind(str(value))
    except ValueError as error:
        raise BadComparison(f"{str(value)[:40]!r} is no {kind.__name__}") from error


def _number(value: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise BadComparison("a number is missing")
    return float(value)


def _vector(value: object) -> Vector:
    if not isinstance(value, list | tuple) or len(value) != 3:
        raise BadComparison("three numbers are missing")
    return (_number(value[0]), _number(value[1]), _number(value[2]))
