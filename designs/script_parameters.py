"""The parameters of a script that has no manifest."""

from decimal import Decimal
from pathlib import Path

from designs.build_error import BuildError
from designs.exact import NotANumber, exact
from designs.parameter_reading import MAX_CHOICES, MAX_DESCRIPTION, MAX_LABEL
from designs.sandbox.folders import owned_folder
from designs.sandbox.jail import Jail
from designs.sandbox.limits import Limits
from designs.sandbox.parcel import Json
from designs.sandbox.shared import shared_jail
from designs.values import BadValue, Parameter, ParameterType, name_problem, parse_value
from designs.wording import text_problem

_LIMITS = Limits(wall_seconds=20, cpu_seconds=20)


def read_script_parameters(script: Path, engine: str = "cadquery", *, jail: Jail | None = None) -> list[Parameter]:
    """The parameters that a script declares itself. Its source is read in the jail, and not run. Raises BuildError."""
    request: Json = {"engine": engine, "source": script.name}
    with owned_folder("cofab-read-") as folder:
        finished = (jail or shared_jail()).run(
            "read_parameters", request, {script.name: script}, into=Path(folder), limits=_LIMITS
        )
    found = finished.result.get("parameters") if isinstance(finished.result, dict) else None
    if not isinstance(found, list):
        raise BuildError("crashed", "the script's parameters did not come back", finished.log)
    parameters = [_parameter(told) for told in found if isinstance(told, dict)]
    return [parameter for parameter in parameters if parameter is not None]


def _parameter(told: dict[str, Json]) -> Parameter | None:
    """A parameter as the source declares it; None where its default cannot be kept. Unreadable words are left out."""
    name, kind, group = told.get("name"), told.get("type"), told.get("group")
    if not isinstance(name, str) or not isinstance(kind, str) or name_problem(name):
        return None
    try:
        parameter = Parameter(
            name,
            ParameterType(kind),
            _default(ParameterType(kind), told.get("default")),
            min=_limit(told.get("min")),
            max=_limit(told.get("max")),
            step=_limit(told.get("step")),
            choices=_choices(told.get("choices")),
            description=_words(told.get("description"), MAX_DESCRIPTION, lines=True),
            group=_words(group, MAX_LABEL, lines=False),
        )
        parse_value(parameter, parameter.default)
    except (ValueError, NotANumber, BadValue):
        return None
    return parameter


def _default(kind: ParameterType, default: Json) -> Decimal | int | bool | str:
    match kind, default:
        case ParameterType.BOOLEAN, bool():
            return default
        case ParameterType.TEXT | ParameterType.CHOICE, str():
            return default
        case ParameterType.INTEGER, int():
            return int(exact(default))
        case ParameterType.NUMBER, int() | float():
            return exact(default)
    raise ValueError(f"no default of a {kind}: {default!r}")


def _limit(told: Json) -> Decimal | None:
    return exact(told) if isinstance(told, int | float) and not isinstance(told, bool) else None


def _choices(told: Json) -> tuple[Decimal | str, ...]:
    if not isinstance(told, list) or len(told) > MAX_CHOICES:
        return ()
    return tuple(item if isinstance(item, str) else exact(item) for item in told if isinstance(item, str | int | float))


def _words(told: Json, limit: int, *, lines: bool) -> str:
    return told if isinstance(told, str) and not text_problem(told, limit=limit, lines=lines) else ""
