"""The environments that engines run in: where each is looked for, and what it is made of.

CadQuery and build123d need different kernels, and neither may see the other's packages: each engine names its own
interpreter, and its fingerprint names all that it works with there.
"""

import hashlib
import os
import platform
import re
import sys
from collections.abc import Mapping
from functools import cache
from importlib import metadata
from importlib.metadata import Distribution
from pathlib import Path

from designs.engines.interface import EngineAbsent
from designs.sandbox.environment import Environment

TOOLS = Path(__file__).parents[2] / ".tools"
"""Where scripts/bootstrap puts what is no part of Cofab's own environment."""
_ROOTS = (
    "bd-warehouse",
    "build123d",
    "cadquery",
    "cadquery-ocp",
    "cadquery-ocp-novtk",
    "fontpkg-arimo",
    "fontpkg-roboto-mono",
    "lib3mf",
    "manifold3d",
    "numpy",
    "pillow",
)
"""Packages that make geometry or artifacts, where they are installed; what they need is found from there."""
_NAMED = ("build123d", "cadquery", "cadquery-ocp", "cadquery-ocp-novtk", "numpy")
"""Those that a fingerprint names in words; the others are in its digest."""
_REQUIRED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


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


@cache
def fingerprint(environment: Environment) -> str:
    """Names the interpreter, the system's C library, the machine's kind and every package that geometry passes
    through in the environment, or a digest of them. Read from the disk: nothing is imported. Raises EngineAbsent."""
    packages = _packages(environment.python)
    used = sorted(f"{name}/{packages[name].version}" for name in _closure(packages))
    digest = hashlib.sha256("\n".join(used).encode()).hexdigest()
    named = [package for package in used if package.partition("/")[0] in _NAMED]
    system = (f"python/{_python_version(environment.python)}", "/".join(platform.libc_ver()), platform.machine())
    return " ".join([*named, f"packages/{digest[:16]}", *system])


def _packages(python: Path) -> Mapping[str, Distribution]:
    """What is installed for an interpreter, by normalised name."""
    if _is_own(python):
        found = metadata.distributions()
    else:
        folders = [str(folder) for folder in sorted(python.parent.parent.glob("lib/python3*/site-packages"))]
        found = metadata.distributions(path=folders)
    packages = {_normalised(distribution.name): distribution for distribution in found}
    if not packages:
        raise EngineAbsent(f"there are no packages for {python}: make its environment again with `scripts/bootstrap`")
    return packages


def _closure(packages: Mapping[str, Distribution]) -> set[str]:
    """The roots and all that they require, as far as it is installed."""
    found: set[str] = set()
    waiting = [name for name in _ROOTS if name in packages]
    while waiting:
        name = waiting.pop()
        if name in found or name not in packages:
            continue
        found.add(name)
        for line in packages[name].requires or ():
            required = _REQUIRED.match(line)
            if required and "extra ==" not in line:
                waiting.append(_normalised(required[0]))
    return found


def _python_version(python: Path) -> str:
    if _is_own(python):
        return platform.python_version()
    settings = (python.parent.parent / "pyvenv.cfg").read_text()
    found = re.search(r"^version(?:_info)? *= *(\S+)", settings, re.MULTILINE)
    if found is None:
        raise EngineAbsent(f"{python} belongs to no virtual environment: make one with `scripts/bootstrap`")
    return found[1]


def _is_own(python: Path) -> bool:
    return python == Path(sys.executable)


def _normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
