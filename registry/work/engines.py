"""What the registry needs of the CAD engines apart from building."""

from functools import cache
from pathlib import Path

from designs.build import engine_fingerprint, read_script_parameters
from designs.parameters import Parameter


@cache
def fingerprint(engine: str) -> str:
    """Names the whole toolchain of an engine. Reads files the first time: call it on a thread."""
    return engine_fingerprint(engine)


def script_parameters(script: Path, engine: str) -> list[Parameter]:
    """The parameters that a script declares, read in the jail. Raises BuildError."""
    return read_script_parameters(script, engine)
