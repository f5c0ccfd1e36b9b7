"""`cofab check`: whether a design can be published, and every reason why not."""

from pathlib import Path

import click

from designs.manifest import Manifest
from designs.parameters import Parameter, ParameterType, resolve
from designs.snapshot import snapshot_of
from designs.source import DesignSource
from designs.values import value_text
from registry.cli.building import build_json, build_locally, tell_build
from registry.cli.local import UNSAID, design_argument, read_local
from registry.cli.options import json_option, parameters_option, preset_option, read_parameters
from registry.cli.output import good, say, size_text, table, write_json

JUDGED = ("model.step", "analysis.json")
"""What shows faults of the geometry beside the quick checks."""


@click.command(short_help="Say whether a design can be published, and why not.")
@design_argument
@parameters_option
@preset_option
@click.option("--build", "with_build", is_flag=True, help="Also build it, and judge the geometry.")
@json_option
def check(design: Path, parameters: tuple[str, ...], preset: str | None, with_build: bool, as_json: bool) -> None:
    """Check a design's manifest, parameters and files, and its geometry with --build.

    DESIGN is a folder with a design.toml, a script, or a file of geometry. Every problem is told with file, line and
    key.

    \b
    Examples:
      cofab check
      cofab check my-hook --build
      cofab check bracket.py -p width=12
    """
    source = read_local(design)
    snapshot = snapshot_of(source.files, source.manifest)
    resolved = resolve(source.manifest, read_parameters(parameters), preset)
    built = build_locally(source, resolved, None, wanted=JUDGED, quiet=as_json) if with_build else None
    if as_json:
        told: dict[str, object] = {
            "design": source.manifest.name,
            "snapshot": snapshot.digest,
            "manifest": source.manifest.to_json(),
            "parameters": resolved.canonical,
            "files": [{"path": file.path, "size": file.size, "sha256": file.sha256} for file in source.files],
        }
        write_json(told if built is None else {**told, "build": build_json(built)})
        return
    _tell(source)
    if built is not None:
        tell_build(built)
    good(f"{source.manifest.name} can be published")


def _tell(source: DesignSource) -> None:
    manifest = source.manifest
    if manifest.licence == UNSAID:
        say(f"{manifest.name}, a file without manifest: give its licence when you publish it (--licence)")
    else:
        say(f"{manifest.title} ({manifest.name}), {manifest.licence}, by {', '.join(manifest.authors)}")
    tell_parameters(manifest)
    total = sum(file.size for file in source.files)
    say(f"Files: {len(source.files)}, {size_text(total)}")


def tell_parameters(manifest: Manifest) -> None:
    """The parameters with their defaults and what they allow, and the presets."""
    if manifest.parameters:
        say("Parameters:")
        table([(each.name, value_text(each.default), _allowed(each), each.description) for each in manifest.parameters])
    if manifest.presets:
        say("Presets:")
        table(
            [
                (preset.name, ", ".join(f"{name}={value}" for name, value in preset.values.items()), preset.title)
                for preset in manifest.presets
            ]
        )


def _allowed(parameter: Parameter) -> str:
    return "" if parameter.type is ParameterType.BOOLEAN else parameter.allowed()
