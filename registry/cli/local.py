"""A design on this machine, as commands are given it: a folder with a manifest, or a single script."""

from collections.abc import Sequence
from pathlib import Path

import click

from designs.engines.interface import ENGINE_OF_SUFFIX, engine_for, find_engine
from designs.parameters import Parameter
from designs.script_files import engine_of
from designs.source import DesignSource, read_folder, read_script
from registry.errors import Unavailable

UNSAID = "LicenseRef-not-said"
"""Stands for the licence of a script while it is only looked at or built; nothing is published under it."""

design_argument = click.argument("design", type=click.Path(path_type=Path, exists=True), default=".")


def is_script(path: Path) -> bool:
    """A single script, or file of geometry, not a folder or manifest."""
    return path.is_file() and engine_for(path) is not None


def read_local(path: Path, *, licence: str | None = None, authors: Sequence[str] = ()) -> DesignSource:
    """Read a folder, its design.toml, or a script. Raises DesignError with every problem."""
    if is_script(path):
        engine = engine_of(path) or ""
        parameters = script_parameters(path, engine)
        told = authors or ["unknown"]
        return read_script(path, parameters, licence=licence or UNSAID, authors=told, engine=engine)
    if path.is_file() and path.name != "design.toml":
        raise click.BadParameter(f"{path} is neither a design's folder nor a script ({', '.join(ENGINE_OF_SUFFIX)})")
    return read_folder(path if path.is_dir() else path.parent)


def script_parameters(script: Path, engine: str) -> list[Parameter]:
    """The parameters that a script itself declares; it is read in the jail. Raises Unavailable without the engines."""
    if engine == "solid":
        return []
    try:
        from designs.build import read_script_parameters
        from designs.sandbox.shared import shared_jail
    except ModuleNotFoundError as error:
        raise engines_missing(error) from error
    return read_script_parameters(script, engine, jail=shared_jail(find_engine(engine).environment()))


def engines_missing(error: ModuleNotFoundError) -> Unavailable:
    return Unavailable(
        f"building needs what is not installed here ({error.name}): install it with `pip install cofab[cad]`",
        code="engines_missing",
    )
