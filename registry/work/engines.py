"""What the registry needs of the CAD engines and their jail apart from building."""

from functools import cache
from pathlib import Path

from designs.build import engine_fingerprint, read_script_parameters
from designs.build_error import BuildError
from designs.engines.interface import EngineAbsent, UnknownEngine, find_engine
from designs.parameters import Parameter
from designs.sandbox.confine import Confinement, Floor
from designs.sandbox.shared import demand, shared_jail
from registry.errors import Unavailable


@cache
def fingerprint(engine: str) -> str:
    """Names the whole toolchain of an engine. Reads files the first time: call it on a thread. Raises Unavailable."""
    try:
        return engine_fingerprint(engine)
    except (EngineAbsent, UnknownEngine) as error:
        raise Unavailable(f"nothing can be built with {engine!r} here: {error}", code="engine_absent") from error


def script_parameters(script: Path, engine: str) -> list[Parameter]:
    """The parameters that a script declares, read in the jail. Raises BuildError, Unavailable."""
    try:
        environment = find_engine(engine).environment()
    except (EngineAbsent, UnknownEngine) as error:
        raise Unavailable(f"nothing can be read with {engine!r} here: {error}", code="engine_absent") from error
    return read_script_parameters(script, engine, jail=shared_jail(environment))


def confine() -> Confinement:
    """Start the jail with all that this host has, however little: who may use it then is for the caller to say."""
    try:
        return shared_jail().confinement()
    except BuildError as error:
        if error.kind != "floor":
            raise
    demand(Floor.ANY)
    return shared_jail().confinement()
