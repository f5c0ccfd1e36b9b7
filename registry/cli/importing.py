"""`cofab import` and `export-okh`: designs that come as Open Know-How modules, and that go out as such."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from designs.manifest import FILE_NAME
from designs.okh import OpenKnowHow
from designs.okh_design import Imported, design_of, design_toml
from designs.okh_toml import read_okh, write_okh
from designs.okh_v1 import read_okh_v1
from designs.portable import is_clutter
from designs.toml_document import MAX_CHARACTERS, DocumentError, Problem
from registry.cli.git_source import clone
from registry.cli.options import VERSION, json_option, registry_option
from registry.cli.output import good, note, say, write_json
from registry.errors import Conflict, Invalid
from registry.ids import VersionName

MOST_FILES = 2000


@click.command("import", short_help="Make a design of an Open Know-How module.")
@click.argument("source", metavar="FOLDER|ADDRESS")
@click.option("--tag", help="Of a repository: the tag or branch. [default: its main branch]")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder. [default: the design's name]")
@click.option("--licence", help="Licence as an SPDX expression, where the manifest's is none.")
@json_option
def import_(*, source: str, tag: str | None, out: Path | None, licence: str | None, as_json: bool) -> None:
    """Make a design that can be published of an Open Know-How module: a folder, or a git repository by its address.

    Read are `okh.toml` (okhv 2.x or OKH-LOSHv1.0) and the YAML of version 1 (okh.yml). The folder gets a `design.toml`
    beside it; nothing else is changed. What cannot be read is told with file, line and key.

    \b
    Examples:
      cofab import loom
      cofab import https://example.org/ada/loom.git --tag v1.2.0
    """
    with _folder(source, tag, out) as (folder, copied):
        manifest, okh = _read(folder)
        if os.path.lexists(folder / FILE_NAME):  # a link that leads nowhere too: it would be written through
            raise Conflict(f"{folder / FILE_NAME} is there already: publish the folder as it is, with `cofab publish`")
        made = design_of(okh, _files(folder), file=manifest, licence=licence)
        target = _keep(folder, made, out) if copied else folder
        (target / FILE_NAME).write_text(design_toml(made.manifest), encoding="utf-8")
    _tell(made, target, as_json=as_json)


def _tell(made: Imported, target: Path, *, as_json: bool) -> None:
    if as_json:
        manifest = made.manifest.to_json()
        write_json({"folder": target, "version": made.version, "fork_of": made.fork_of or None, "manifest": manifest})
        return
    good(f"{made.manifest.title} is in {target}, with a {FILE_NAME}")
    if made.fork_of:
        note(f"it says that it comes from {made.fork_of}: name that as its origin if it is published here")
    say(f"  Look at it:  cofab check {target}")
    say(f"  Publish it:  cofab publish {target} --version {made.version}")


@contextmanager
def _folder(source: str, tag: str | None, out: Path | None) -> Iterator[tuple[Path, bool]]:
    """The module's folder, and whether it is a copy that has to be kept."""
    if Path(source).is_dir() and not Path(source, "HEAD").is_file():
        if tag is not None or out is not None:
            raise click.UsageError("--tag and --out are for repositories that are fetched: a folder is used as it is")
        yield Path(source), False
        return
    if "://" not in source and "@" not in source and not Path(source).exists():
        raise click.BadParameter(f"{source!r} is no folder and no address of a repository", param_hint="SOURCE")
    if out is not None and out.exists():
        raise Conflict(f"{out} is there already: move it away, or choose another folder with --out")
    with tempfile.TemporaryDirectory(prefix="cofab-import-", dir=Path.cwd()) as scratch:
        folder = Path(scratch, "source")
        clone(source, folder, tag)
        yield folder, True


def _keep(folder: Path, made: Imported, out: Path | None) -> Path:
    target = out or Path(made.manifest.name)
    if target.exists():
        raise Conflict(f"{target} is there already: move it away, or choose another folder with --out")
    shutil.move(folder, target)
    return target


def _read(folder: Path) -> tuple[str, OpenKnowHow]:
    """The manifest's name and what it says."""
    listed = sorted(path for path in folder.glob("*okh*") if path.is_file() and not path.is_symlink())
    found = [path for path in listed if path.match("okh*.toml")]
    found += [path for path in listed if path.match("okh*.y*ml") or path.match(".okh*.y*ml")]
    if not found:
        raise Invalid(f"{folder} has no okh.toml and no okh.yml", code="no_okh")
    path = found[0]
    with path.open("rb") as file:
        data = file.read(4 * MAX_CHARACTERS + 1)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DocumentError([Problem(path.name, None, "", f"is not UTF-8 text (byte {error.start})")]) from error
    return path.name, (read_okh if path.suffix == ".toml" else read_okh_v1)(text, file=path.name)


def _files(folder: Path) -> set[str]:
    """Paths of the files of the folder that a design would hold."""
    found: set[str] = set()
    for path in folder.rglob("*"):
        relative = path.relative_to(folder)
        if any(is_clutter(part) for part in relative.parts) or path.is_symlink() or not path.is_file():
            continue
        found.add(relative.as_posix())
        if len(found) > MOST_FILES:
            raise Invalid(
                f"{folder} holds more than {MOST_FILES} files: import the module's own folder", code="too_many"
            )
    return found


@click.command(short_help="Write a version as okh.toml.")
@click.argument("version", type=VERSION, metavar="NAMESPACE/NAME[@VERSION]")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="File. [default: what is written to it]")
@registry_option
@json_option
def export_okh(*, version: VersionName, out: Path | None, registry_url: str | None, as_json: bool) -> None:
    """Write a version as an Open Know-How manifest, `okh.toml`, for catalogues that gather these.

    \b
    Examples:
      cofab export-okh ada/gridfinity-bin > okh.toml
      cofab export-okh ada/gridfinity-bin@1.2.0 --out okh.toml
    """
    from registry.cli.connection import connect
    from registry.client import version_path

    with connect(registry_url) as registry:
        okh = read_okh(registry.text(f"{version_path(version)}/okh.toml"))
    text = write_okh(okh)
    if out is not None:
        if out.exists():
            raise Conflict(f"{out} is there already: move it away, or choose another file")
        out.write_text(text, encoding="utf-8")
    if as_json:
        write_json({"version": str(version), "file": out, "okh": text})
    elif out is None:
        say(text.rstrip("\n"))
    else:
        good(f"{out}: {okh.name} {okh.version}")
