"""The environments that engines run in: where each is looked for, and what it is made of.

CadQuery and build123d need different kernels, and neither may see the other's packages: each engine names its own
interpreter, and its fingerprint names all that is installed there.
"""

import os
from functools import cache
from importlib import metadata
from pathlib import Path

from designs.engines.interface import EngineAbsent
from designs.sandbox.environment import Environment

CHECKOUT = Path(__file__).parents[2]
TOOLS = CHECKOUT / ".tools"
"""Where scripts/bootstrap puts what is no part of Cofab's own environment."""


def build123d() -> Environment:
    """That of `COFAB_BUILD123D`, else `.tools/build123d` beside the checkout. Raises EngineAbsent."""
    named = os.environ.get("COFAB_BUILD123D", "")
    prefix = Path(named) if named else TOOLS / "build123d"
    python = prefix / "bin" / "python"
    if not python.is_file():
        raise EngineAbsent(
            f"build123d is not installed here: there is no {python}. Make its environment with "
            "`scripts/bootstrap build123d`, or name one in COFAB_BUILD123D"
        )
    return Environment("build123d", python, ("build123d",))


def packages(environment: Environment) -> tuple[str, ...]:
    """`name/version` of every package that is installed for the environment's interpreter, sorted; read from the disk,
    nothing is imported."""
    return _packages(environment.python)


@cache
def _packages(python: Path) -> tuple[str, ...]:
    prefix = python.parent.parent
    folders = [str(folder) for folder in sorted(prefix.glob("lib/python3*/site-packages"))]
    found = {
        f"{distribution.metadata['Name'].lower()}/{distribution.version}"
        for distribution in metadata.distributions(path=folders)
    }
    return tuple(sorted(found))
