"""`cofab compare`: two designs, versions or choices of parameters, side by side."""

import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from designs.digest import parse_digest
from designs.manifest import Manifest
from designs.parameters import ResolvedParameters, resolve
from designs.recipe import Recipe
from designs.snapshot import SourceFile, snapshot_of
from designs.source import DesignSource
from registry.cli.comparison_words import tell_comparison
from registry.cli.connection import connect
from registry.cli.local import engines_missing, read_local
from registry.cli.options import VERSION, json_option, read_parameters, registry_option
from registry.cli.output import good, note, progress, write_json
from registry.client_reply import Json, Reply
from registry.ids import VersionName

if TYPE_CHECKING:
    from registry.client import RegistryClient

WAIT_SECONDS = 20
"""How long one request for a comparison waits at the registry; then it is asked again."""


@dataclass(frozen=True)
class Built:
    """One of the two, built here."""

    name: str
    source: DesignSource
    parameters: ResolvedParameters
    recipe: str
    geometry: Path
    measurements: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "build": self.recipe, "parameters": dict(self.parameters.canonical)}


class SideType(click.ParamType[Path | VersionName]):
    """A folder or script on this machine, else a version in the registry."""

    name = "design"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Path | VersionName:
        if isinstance(value, Path | VersionName):
            return value
        text = str(value)
        if Path(text).exists():
            return Path(text)
        if "/" not in text or text.startswith((".", "/")):
            self.fail(f"{text!r} is neither here on this machine nor the name of a version, like ada/hook@1.0.0")
        return VERSION.convert(text, param, ctx)


SIDE = SideType()


F = TypeVar("F", bound=Callable[..., Any])


def _chosen(side: str, what: str) -> Callable[[F], F]:
    words = f"Choose a parameter of the {what} one, like --{side} wall=2. As often as needed."
    option: Callable[[F], F] = click.option(f"--{side}", multiple=True, metavar="NAME=VALUE", help=words)
    return option


@click.command(short_help="Show what differs between two designs, versions or choices of parameters.")
@click.argument("first", type=SIDE)
@click.argument("second", type=SIDE)
@_chosen("a", "first")
@_chosen("b", "second")
@click.option("--glb", type=click.Path(path_type=Path, dir_okay=False), help="File for the coloured difference in 3D.")
@click.option("--source", is_flag=True, help="Show also which lines of the source changed.")
@registry_option
@json_option
def compare(
    *,
    first: Path | VersionName,
    second: Path | VersionName,
    a: tuple[str, ...],
    b: tuple[str, ...],
    glb: Path | None,
    source: bool,
    registry_url: str | None,
    as_json: bool,
) -> None:
    """Show what differs between two designs: shape, parameters, manifest, measurements, files and source.

    FIRST and SECOND are folders or scripts on this machine, or versions in the registry; without @VERSION the latest.
    Two versions of the registry are compared there; everything else is built and compared here, in the jail.

    In the file that --glb writes, what SECOND has more is green, what it lacks is red, and the rest is grey.

    \b
    Examples:
      cofab compare ada/hook@1.0.0 ada/hook@1.1.0
      cofab compare my-hook my-hook --b width=30 --glb wider.glb
      cofab compare ada/hook my-hook --source
      cofab compare old.py new.py --json
    """
    chosen = (read_parameters(a), read_parameters(b))
    if isinstance(first, VersionName) and isinstance(second, VersionName):
        with connect(registry_url) as registry:
            told = _ask(registry, (first, second), chosen, quiet=as_json)
            if glb is not None:
                _fetch_model(registry, told, glb)
    else:
        with tempfile.TemporaryDirectory(prefix="cofab-compare-") as folder:
            told = _compare_here((first, second), chosen, Path(folder), glb, registry_url, quiet=as_json)
    if as_json:
        write_json(told.json)
        return
    tell_comparison(told, source=source)
    if glb is not None:
        (good if glb.exists() else note)(f"{glb} shows the difference" if glb.exists() else "there is nothing to show")


def _compare_here(
    sides: tuple[Path | VersionName, Path | VersionName],
    chosen: tuple[dict[str, str], dict[str, str]],
    folder: Path,
    glb: Path | None,
    registry_url: str | None,
    *,
    quiet: bool,
) -> Reply:
    """Build both and compare them on this machine. Raises DesignError, Unavailable."""
    try:
        from designs.compare import MODEL, Side, compare_geometries, compare_values
    except ModuleNotFoundError as error:
        raise engines_missing(error) from error
    before, after = (
        _built(side, given, folder / name, registry_url, quiet=quiet)
        for side, given, name in zip(sides, chosen, ("before", "after"), strict=True)
    )
    with progress("compare", quiet=quiet) as advance:
        shape = compare_geometries(before.geometry, after.geometry, folder / "result", progress=advance)
    first, second = (
        Side(built.source.manifest, built.source.files, built.parameters.canonical, built.measurements)
        for built in (before, after)
    )
    values = compare_values(
        first,
        second,
        lambda file: (before.source.root / file.path).read_bytes(),
        lambda file: (after.source.root / file.path).read_bytes(),
    )
    if glb is not None:
        _put(folder / "result" / MODEL, glb)
    told = {"before": before.to_json(), "after": after.to_json(), "shape": shape.change.to_json(), **values.to_json()}
    return Reply(json.loads(json.dumps(told)), "comparison")


def _built(
    side: Path | VersionName, given: dict[str, str], folder: Path, registry_url: str | None, *, quiet: bool
) -> Built:
    from designs.build import engine_fingerprint, make_artifacts, make_geometry

    name, source = _read(side, folder / "source", registry_url, quiet=quiet)
    manifest, parameters = source.manifest, resolve(source.manifest, given)
    snapshot = snapshot_of(source.files, manifest).digest
    recipe = Recipe(snapshot, parameters, engine_fingerprint(manifest.engine))
    with progress(name, quiet=quiet) as advance:
        made = make_geometry(source.root, manifest, recipe, folder / "made", progress=advance)
        result = make_artifacts(made.path, manifest, recipe, folder / "made", wanted=("measurements.json",))
    return Built(name, source, parameters, recipe.digest, made.path, dict(result.measurements.to_json()))


def _read(side: Path | VersionName, folder: Path, registry_url: str | None, *, quiet: bool) -> tuple[str, DesignSource]:
    """The design on this machine, or downloaded into the folder."""
    if isinstance(side, Path):
        return str(side), read_local(side)
    from registry.cli.downloading import fetch_files, listed_file

    with connect(registry_url) as registry:
        shown = registry.version(side)
        files: list[SourceFile] = [listed_file(each) for each in shown.parts("files")]
        fetch_files(registry, files, folder, quiet=quiet)
    manifest = Manifest.from_json(shown.part("manifest").exact())
    return f"{shown.text('design')}@{shown.text('version')}", DesignSource(folder, manifest, tuple(sorted(files)))


def _ask(
    registry: "RegistryClient",
    versions: tuple[VersionName, VersionName],
    chosen: tuple[dict[str, str], dict[str, str]],
    *,
    quiet: bool,
) -> Reply:
    """Have the registry compare, and wait for it."""
    sides = zip(("a", "b"), versions, chosen, strict=True)
    body: dict[str, Json] = {
        side: {"version": f"{version.design}@{version.version}", "parameters": dict(given)}
        for side, version, given in sides
    }
    with progress("compare", quiet=quiet) as advance:
        while True:
            told = registry.post(f"/compare?wait={WAIT_SECONDS}", body)
            if told.text("state") in ("done", "failed"):
                return told
            advance(told.text("stage"), told.number("progress") or 0.0)


def _fetch_model(registry: "RegistryClient", told: Reply, glb: Path) -> None:
    model = told.maybe_part("model")
    if model is None:
        return
    from registry.client_transfer import download

    with tempfile.TemporaryDirectory(prefix="cofab-compare-") as folder:
        target = Path(folder) / "model.glb"
        file = (parse_digest(model.text("sha256")), model.whole("size"))
        download(registry, model.text("url"), target, file, lambda _: None)
        _put(target, glb)


def _put(made: Path, target: Path) -> None:
    if made.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(made, target)
