"""The designs of the library as solids, built in this process by CadQuery's own gateway and kept for the session."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product
from pathlib import Path
from random import Random
from types import MappingProxyType

from designs.engines import without_vtk
from designs.manifest import Manifest, parse_manifest
from designs.parameters import Parameter, ParameterError, resolve

without_vtk.install()
from cadquery import Shape, Workplane, cqgi  # noqa: E402  (needs the line above)

FOLDER = Path(__file__).parents[2] / "designs" / "library"
NAMES = tuple(sorted(path.parent.name for path in FOLDER.glob("*/design.toml")))

Value = float | int | bool | str
Bodies = Mapping[str, Shape]

CANDIDATES = 100
"""Corners that are drawn for each one that is kept."""


@dataclass
class Library:
    """Builds a design once for each set of parameter values."""

    kept: dict[object, Bodies] = field(default_factory=dict)

    def manifest(self, name: str) -> Manifest:
        return parse_manifest((FOLDER / name / "design.toml").read_text(encoding="utf-8"))

    def script(self, name: str) -> str:
        return (FOLDER / name / self.manifest(name).source).read_text(encoding="utf-8")

    def bodies(self, name: str, preset: str | None = None, **given: Value) -> Bodies:
        """The bodies by name, in the order shown. Values that the relations forbid raise ParameterError."""
        values = resolve(self.manifest(name), given, preset).for_script()
        key = (name, tuple(values.items()))
        if key not in self.kept:
            self.kept[key] = MappingProxyType(run(self.script(name), values))
        return self.kept[key]

    def body(self, name: str, preset: str | None = None, **given: Value) -> Shape:
        """The only body of a design that has one."""
        (body,) = self.bodies(name, preset, **given).values()
        return body

    def default(self, name: str, parameter: str) -> float:
        """The default of a number."""
        (found,) = (p for p in self.manifest(name).parameters if p.name == parameter)
        return float(found.default)


def run(script: str, values: Mapping[str, Value]) -> dict[str, Shape]:
    """Run a script with these values as CQGI sets them. CQGI itself mixes up the names of several bodies."""
    model = cqgi.parse(script)
    model.set_param_values(dict(values))
    shown: dict[str, Shape] = {}

    def show_object(what: Workplane | Shape, name: str) -> None:
        assert name not in shown, f"two bodies are called {name}"
        shown[name] = what.val() if isinstance(what, Workplane) else what

    exec(compile(model.ast_tree, "<design>", "exec"), {"__name__": "__cqgi__", "show_object": show_object})
    return shown


def corners(manifest: Manifest, count: int) -> Iterator[dict[str, Value]]:
    """Corners of the parameter space that the relations allow; together they touch as many ends as they can.

    Always the same ones: the choice is drawn from a generator with a fixed seed.
    """
    random = Random(manifest.name)
    ends = {parameter.name: _ends(parameter) for parameter in manifest.parameters}
    untouched = {pair for name, values in ends.items() for pair in product([name], values)}
    for _ in range(count):
        candidates = [{name: random.choice(values) for name, values in ends.items()} for _ in range(CANDIDATES)]
        allowed = [candidate for candidate in candidates if _is_allowed(manifest, candidate)]
        if not allowed:
            return
        best = max(allowed, key=lambda candidate: len(untouched & candidate.items()))
        untouched -= best.items()
        yield best


def _ends(parameter: Parameter) -> list[Value]:
    if parameter.type == "boolean":
        return [False, True]
    if parameter.choices:
        return list(parameter.choices)
    assert parameter.min is not None
    assert parameter.max is not None
    return [_plain(parameter.min), _plain(parameter.max)]


def _plain(number: object) -> Value:
    exact = Fraction(str(number))
    return int(exact) if exact.denominator == 1 else float(exact)


def _is_allowed(manifest: Manifest, values: Mapping[str, Value]) -> bool:
    try:
        resolve(manifest, values)
    except ParameterError:
        return False
    return True
