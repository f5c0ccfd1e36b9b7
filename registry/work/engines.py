"""What the registry needs of the CAD engines apart from building."""

from pathlib import Path

from designs.parameters import Parameter
from registry.errors import Unavailable


def fingerprint(engine: str) -> str:
    """Names the whole toolchain of an engine."""
    raise Unavailable(f"the engine {engine!r} is not installed here", code="no_engine")


def script_parameters(script: Path, engine: str) -> list[Parameter]:
    """The parameters that a script declares, read in the jail."""
    raise Unavailable(f"the engine {engine!r} is not installed here", code="no_engine")
