"""What an analysis says, as plain values, and its JSON. Lengths in mm."""

import json
from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar, Self

from designs.analysis.descriptor import Descriptor
from designs.errors import DesignError
from designs.finding import Finding
from designs.measure import Vector

FORMAT = "cofab-analysis/1"
_DECIMALS = 4
_UNIT = {"descriptor", "axes", "up", "matrix", "quaternion"}
_UNIT_DECIMALS = 7
"""Of these: a rotation must not shift what is far from the middle."""
_STRICT = {"extra": "forbid", "strict": True, "allow_inf_nan": False}


class BadAnalysis(DesignError):
    """The JSON is no analysis."""


@dataclass(frozen=True)
class BoxFigures:
    """The smallest box around something, in any direction."""

    __pydantic_config__: ClassVar = _STRICT

    centre: Vector
    axes: tuple[Vector, Vector, Vector]
    """Unit; right-handed."""
    size: Vector
    """Along the axes, longest first."""
    volume_mm3: float


@dataclass(frozen=True)
class WallFigures:
    """How thick the material is, over the surface. `None` where nothing was felt."""

    __pydantic_config__: ClassVar = _STRICT

    samples: int
    """Places that were felt; the figures are estimates from them."""
    least_mm: float | None
    """Of walls, whose two sides are about parallel; None where there are none."""
    p5_mm: float | None
    """A twentieth of the surface has thinner material behind it."""
    median_mm: float | None
    walls_share: float
    """Of the surface that was felt: with a side opposite that is about parallel."""
    edges_mm: tuple[float, ...]
    """Of the histogram; the last bin is open."""
    shares: tuple[float, ...]
    """Of the surface, one for each bin, which begins at the edge of the same number."""
    thinnest: tuple[tuple[float, float, float, float], ...]
    """x, y, z and thickness, thinnest first, apart from each other."""


@dataclass(frozen=True)
class PoseFigures:
    """One way to lie on the bed; see designs/analysis/poses.py for what counts."""

    __pydantic_config__: ClassVar = _STRICT

    name: str
    up: Vector
    """The direction of the model that points up."""
    matrix: tuple[Vector, Vector, Vector]
    """Rows of the rotation that brings `up` to z."""
    quaternion: tuple[float, float, float, float]
    """The same, (w, x, y, z)."""
    overhang_mm2: float
    support_mm3: float
    contact_mm2: float
    height_mm: float
    footprint_mm: tuple[float, float]
    tip_degrees: float
    fits: bool
    cost: float
    """Lower is better; no unit."""


@dataclass(frozen=True)
class Proposal:
    """The way to lie that is proposed."""

    __pydantic_config__: ClassVar = _STRICT

    pose: int
    """Which of the poses."""
    as_drawn: bool
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class BodyAnalysis:
    """Of one body. What needs an inside is None, or empty, for a body that is not watertight."""

    __pydantic_config__: ClassVar = _STRICT

    name: str
    triangles: int
    box: BoxFigures | None
    """None for a flat body."""
    hull_mm3: float | None
    hull_fill: float | None
    """Share of the hull that is material."""
    box_fill: float | None
    walls: WallFigures | None
    poses: tuple[PoseFigures, ...]
    proposal: Proposal | None


@dataclass(frozen=True)
class Analysis:
    """Of a part."""

    __pydantic_config__: ClassVar = _STRICT

    bodies: tuple[BodyAnalysis, ...]
    box: BoxFigures | None
    """Around all bodies together."""
    hull_mm3: float | None
    descriptor: Descriptor | None = None
    """Of the shape of all bodies together, for finding similar ones; None where one is not closed."""
    notes: tuple[str, ...] = ()
    """What was estimated or left out because the part is large."""
    findings: tuple[Finding, ...] = ()
    """Each takes the place of a quick finding with the same code about the same body."""

    def to_json(self) -> dict[str, Any]:
        """Rounded to a tenth of a micrometre and the like, so that the last bits of floats are not told."""
        plain = asdict(self)
        plain["findings"] = [finding.to_json() for finding in self.findings]
        rounded: dict[str, Any] = _rounded({"format": FORMAT, **plain})
        return rounded

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read strictly; raises BadAnalysis."""
        from pydantic import TypeAdapter, ValidationError

        if not isinstance(value, dict) or value.get("format") != FORMAT or not isinstance(value.get("findings"), list):
            raise BadAnalysis(f"an analysis is an object of format {FORMAT} with a list of findings")
        plain = {key: item for key, item in value.items() if key not in {"format", "findings"}}
        try:
            read = TypeAdapter(cls).validate_json(json.dumps(plain))
        except (ValidationError, ValueError) as error:
            first = error.errors()[0] if isinstance(error, ValidationError) else {"loc": (), "msg": str(error)}
            raise BadAnalysis(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error
        return replace(read, findings=tuple(Finding.from_json(item) for item in value["findings"]))


def _rounded(value: Any, decimals: int = _DECIMALS) -> Any:
    if isinstance(value, float):
        return round(value, decimals) + 0.0  # + 0.0: no negative zero
    if isinstance(value, dict):
        return {key: _rounded(item, _UNIT_DECIMALS if key in _UNIT else decimals) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(item, decimals) for item in value]
    return value
