"""What is built: the benchmark's own models and the designs of the library, each with parameters that really change."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import count, product
from pathlib import Path

from designs.manifest import Manifest
from designs.parameters import Parameter, ParameterError, ParameterType, resolve
from designs.source import read_folder, read_script

Values = Mapping[str, str]
"""Given values by name, in canonical spelling."""

MODELS = Path(__file__).parent / "models"
LIBRARY = Path(__file__).parents[1] / "designs" / "library"
NAMES = ("box", "bolt", "gear", "bin", "assembly", "plate")
"""The benchmark's own models, from the simplest to the one with most faces."""
TINY = "tiny"
"""The model for counting builds."""
_SLID = {
    "box": ("length", "60", "0.1"),
    "bolt": ("length", "30", "0.1"),
    "gear": ("width", "12", "0.1"),
    "bin": ("height", "42", "0.1"),
    "assembly": ("height", "60", "0.1"),
    "plate": ("thickness", "4", "0.01"),
    TINY: ("size", "10", "0.001"),
}
"""The parameter that is changed, where it begins, and by how much."""
_NEAR = 12
"""Steps to either side of a library design's default that are tried."""


@dataclass(frozen=True)
class Subject:
    """One design, ready to be built again and again with other values."""

    name: str
    root: Path
    manifest: Manifest

    @property
    def script(self) -> Path:
        return self.root / self.manifest.source

    def variations(self) -> Iterator[Values]:
        """Values that differ each time, the default first; ends when there are no more."""
        if self.name in _SLID:
            name, first, step = _SLID[self.name]
            return ({name: str(Decimal(first) + k * Decimal(step))} for k in count())
        return _around_defaults(self.manifest)


def model(name: str) -> Subject:
    """One of the benchmark's own; its manifest knows the parameter that is changed."""
    parameter = Parameter(_SLID[name][0], ParameterType.NUMBER, Decimal(_SLID[name][1]))
    source = read_script(
        MODELS / f"{name}.py", [parameter], licence="AGPL-3.0-or-later", authors=["Cofab contributors"]
    )
    return Subject(name, source.root, source.manifest)


def library() -> list[Subject]:
    """Every design that ships with Cofab and is a CadQuery script."""
    found = [read_folder(path.parent) for path in sorted(LIBRARY.glob("*/design.toml"))]
    return [
        Subject(source.manifest.name, source.root, source.manifest)
        for source in found
        if source.manifest.engine == "cadquery"
    ]


def _around_defaults(manifest: Manifest) -> Iterator[Values]:
    """The defaults, then one parameter moved, then two at once."""
    yield {}
    movable = [(parameter.name, values) for parameter in manifest.parameters if (values := _near(parameter))]
    for name, values in movable:
        yield from (given for value in values if _fits(manifest, given := {name: value}))
    for (one, firsts), (other, seconds) in product(movable, movable):
        if one < other:
            pairs = ({one: first, other: second} for first, second in product(firsts, seconds))
            yield from (given for given in pairs if _fits(manifest, given))


def _near(parameter: Parameter) -> list[str]:
    """Values of a number near its default, nearest first; none for what is no number, or is one of a few."""
    if parameter.choices or parameter.type not in (ParameterType.NUMBER, ParameterType.INTEGER):
        return []
    step = parameter.step or (Decimal(1) if parameter.type is ParameterType.INTEGER else Decimal("0.1"))
    default = Decimal(str(parameter.default))
    return [str(default + sign * k * step) for k in range(1, _NEAR + 1) for sign in (1, -1)]


def _fits(manifest: Manifest, given: Values) -> bool:
    try:
        resolve(manifest, given)
    except ParameterError:
        return False
    return True
