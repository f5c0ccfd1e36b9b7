"""What determines a build: its digest is the cache key of the artifacts."""

from dataclasses import dataclass, field
from decimal import Decimal

from designs.digest import Digest, JsonValue, digest_json
from designs.errors import DesignError
from designs.exact import NotANumber, number_text, parse_number
from designs.parameters import ResolvedParameters

FORMAT = "cofab-recipe/1"


class BadRecipe(DesignError):
    """The value is no part of a recipe. The message says why."""


@dataclass(frozen=True)
class OutputSettings:
    """How finely the geometry is written out."""

    tolerance_mm: Decimal = Decimal("0.1")
    """Largest distance between a mesh and the surface it stands for: less than a printer of this kind resolves."""
    angular_tolerance_rad: Decimal = Decimal("0.3")
    """Largest angle between neighbouring facets."""

    def __post_init__(self) -> None:
        if not Decimal("0.001") <= self.tolerance_mm <= 10:
            raise BadRecipe(f"tolerance_mm {self.tolerance_mm} is out of range: 0.001 to 10")
        if not Decimal("0.01") <= self.angular_tolerance_rad <= Decimal("1.5"):
            raise BadRecipe(f"angular_tolerance_rad {self.angular_tolerance_rad} is out of range: 0.01 to 1.5")

    def to_json(self) -> JsonValue:
        return {
            "angular_tolerance_rad": number_text(self.angular_tolerance_rad),
            "tolerance_mm": number_text(self.tolerance_mm),
        }

    @classmethod
    def from_json(cls, value: JsonValue) -> "OutputSettings":
        """Read the JSON form back; raises BadRecipe."""
        if not isinstance(value, dict) or set(value) != {"angular_tolerance_rad", "tolerance_mm"}:
            raise BadRecipe("output settings are an object with angular_tolerance_rad and tolerance_mm")
        try:
            return cls(
                tolerance_mm=parse_number(str(value["tolerance_mm"])),
                angular_tolerance_rad=parse_number(str(value["angular_tolerance_rad"])),
            )
        except NotANumber as error:
            raise BadRecipe(f"output settings: {error}") from error


@dataclass(frozen=True)
class Recipe:
    """Snapshot, parameter values, engine and output settings: everything that can change an artifact."""

    snapshot: Digest
    parameters: ResolvedParameters
    engine_fingerprint: str
    """Names the engine's whole toolchain."""
    output: OutputSettings = field(default_factory=OutputSettings)

    def to_json(self) -> JsonValue:
        parameters: dict[str, JsonValue] = dict(self.parameters.canonical.items())
        return {
            "format": FORMAT,
            "snapshot": self.snapshot,
            "parameters": parameters,
            "engine": self.engine_fingerprint,
            "output": self.output.to_json(),
        }

    @property
    def digest(self) -> Digest:
        """The cache key."""
        return digest_json(self.to_json())
