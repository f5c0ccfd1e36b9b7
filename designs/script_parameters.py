"""The parameters of a script that has no manifest."""

import tempfile
from decimal import Decimal
from pathlib import Path

from designs.build_error import BuildError
from designs.exact import NotANumber, exact
from designs.parameter_reading import MAX_DESCRIPTION
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
    with tempfile.TemporaryDirectory(prefix="cofab-read-") as folder:
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
    name, kind, default, description = (told.get(key) for key in ("name", "type", "default", "description"))
    if not isinstance(name, str) or not isinstance(kind, str) or not isinstance(description, str) or name_problem(name):
        return None
    try:
        value: Decimal | int | bool | str
        match ParameterType(kind), default:
            case ParameterType.BOOLEAN, bool():
                value = default
            case ParameterType.TEXT, str():
                value = default
            case ParameterType.INTEGER, int():
                value = int(exact(default))
            case ParameterType.NUMBER, int() | float():
                value = exact(default)
            case _:
                return None
        words = "" if text_problem(description, limit=MAX_DESCRIPTION, lines=True) else description
        parameter = Parameter(name, ParameterType(kind), value, description=words)
        parse_value(parameter, value)
    except (ValueError, NotANumber, BadValue):
        return None
    return parameter
