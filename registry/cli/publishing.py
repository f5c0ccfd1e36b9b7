"""`cofab publish`: a folder or an unmodified script becomes a version that never changes."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from designs.licences import parse_licence
from designs.manifest import name_from_file
from designs.portable import path_problem
from designs.script_files import files_of_script, most_bytes
from designs.snapshot import SourceFile, snapshot_of
from designs.source import read_folder
from registry.cli.connection import connect
from registry.cli.git_source import git_source, toolchain_of
from registry.cli.local import design_argument, is_script
from registry.cli.options import DESIGN, VERSION, json_option, registry_option
from registry.cli.output import good, progress, say, size_text, write_json
from registry.cli.signing import key_option, sign_published
from registry.errors import Invalid, NotFound
from registry.ids import DesignName, VersionName, design_name, parse_version

if TYPE_CHECKING:
    from registry.client import RegistryClient
    from registry.client_reply import Json

FIRST_VERSION = "1.0.0"


@click.command(short_help="Publish a version of a design.")
@design_argument
@click.option("--to", "target", type=DESIGN, help="namespace/name. [default: your namespace and the design's name]")
@click.option("--version", help="Its number, like 1.2.0. [default: 1.0.0, then the next small step]")
@click.option("--changelog", default="", help="What is new in it.")
@click.option("--revises", type=VERSION, multiple=True, help="The version that it revises. [default: the latest]")
@click.option("--merges", type=VERSION, multiple=True, help="A version whose changes it takes in.")
@click.option("--uses", type=VERSION, multiple=True, help="A version of another design that it is built from.")
@click.option("--licence", help="For a single script: SPDX expression or LicenseRef-…")
@click.option("--author", "authors", multiple=True, help="For a single script. [default: you]")
@click.option("--description", default="", help="For a single script.")
@click.option("--git/--no-git", "git", default=None, help="Name the commit. [default: when it is at a tag]")
@click.option("--dirty", is_flag=True, help="Name the commit although files are not committed, and say so.")
@click.option("--sign/--no-sign", "signs", default=None, help="Sign it. [default: when you have a key]")
@key_option
@registry_option
@json_option
def publish(
    *,
    design: Path,
    target: DesignName | None,
    version: str | None,
    changelog: str,
    revises: tuple[VersionName, ...],
    merges: tuple[VersionName, ...],
    uses: tuple[VersionName, ...],
    licence: str | None,
    authors: tuple[str, ...],
    description: str,
    git: bool | None,
    dirty: bool,
    signs: bool | None,
    key_name: str | None,
    registry_url: str | None,
    as_json: bool,
) -> None:
    """Publish a version of a design. It never changes afterwards, and its number is never used again.

    DESIGN is a folder with a design.toml, or a single file: an unmodified script (CadQuery, build123d,
    OpenSCAD), geometry (STEP, STL, 3MF, OBJ) or a drawing to be cut (SVG, DXF); a single file needs
    --licence. Only files that the registry does not have yet are uploaded.

    From a git repository at a tag the version names commit, tag and remote, and gets the tag's number.

    \b
    Examples:
      cofab publish
      git checkout v1.2.0 && cofab publish
      cofab publish my-hook --version 1.1.0 --changelog "Thicker arm"
      cofab publish bracket.py --licence CERN-OHL-S-2.0 --to ada/bracket
    """
    root, name, files = _read(design, licence)
    found = None if git is False else git_source(root)
    toolchain = toolchain_of(found, wanted=git, dirty=dirty)
    body: dict[str, Json] = {"changelog": changelog} | ({"toolchain": {**toolchain}} if toolchain else {})
    version = version or (found.version if found and toolchain else None)
    if is_script(design):
        body |= {"licence": licence, "description": description, "authors": list(authors)}
    parents = [("revises", each) for each in revises] + [("merges", each) for each in merges]
    with connect(registry_url, needs_login=True) as registry:
        wanted = target or design_name(registry.me().text("name"), name)
        body["parents"] = [
            {"kind": kind, "version": _exact(registry, each)} for kind, each in [*parents, *(("uses", u) for u in uses)]
        ]
        body["version"] = str(parse_version(version)) if version else next_version(registry, wanted)
        body["manifest_files"] = [{"path": file.path, "sha256": file.sha256, "size": file.size} for file in files]
        sent = _upload(registry, root, files, quiet=as_json)
        published = registry.publish(wanted, body)
        signed = None if signs is False else sign_published(registry, published, files, key_name, root)
    if as_json:
        write_json(published.json)
        return
    good(f"{wanted}@{published.text('version')} is published ({len(files)} files, {size_text(sent)} uploaded)")
    if signed is not None:
        say(f"  signed with {signed}")
    elif signs:
        raise NotFound(f"{wanted} is published, but not signed: no key of yours can sign here; see `cofab key new`")
    say(f"  {registry.url}/designs/{wanted}")


def _read(design: Path, licence: str | None) -> tuple[Path, str, Sequence[SourceFile]]:
    """Folder, name and files of what is to be published. A script's parameters are read by the registry."""
    if not is_script(design):
        if licence is not None:
            raise click.UsageError("--licence is for a single script: a folder's licence stands in its design.toml")
        source = read_folder(design if design.is_dir() else design.parent)
        snapshot_of(source.files, source.manifest)
        return source.root, source.manifest.name, source.files
    if licence is None:
        raise click.UsageError(f"{design.name} has no design.toml that gives a licence: add --licence CERN-OHL-S-2.0")
    parse_licence(licence)
    size = design.stat().st_size
    most = most_bytes(design)
    problem = path_problem(design.name) or (None if 0 < size <= most else f"{size} bytes")
    if problem:
        raise Invalid(f"{design}: {problem}; it may have 1 to {most} bytes and needs a plain name")
    root = design.parent
    return root, name_from_file(design.name), [_file(root, path) for path in files_of_script(design)]


def _file(root: Path, path: str) -> SourceFile:
    from designs.digest import digest_bytes

    data = (root / path).read_bytes()
    return SourceFile(path, digest_bytes(data), len(data))


def next_version(registry: "RegistryClient", design: DesignName) -> str:
    """The number after the latest release: one step of the last place, or the first number of a new design."""
    from registry.client import RegistryRefused

    try:
        numbers = [parse_version(each.text("version")) for each in registry.design(design).parts("versions")]
    except RegistryRefused as error:
        if error.status == 404:
            return FIRST_VERSION
        raise
    return str(max(numbers).finalize_version().bump_patch()) if numbers else FIRST_VERSION


def _exact(registry: "RegistryClient", version: VersionName) -> str:
    """`namespace/name@1.2.0` where only the design, or `latest`, was given."""
    return f"{version.design}@{registry.version(version).text('version')}"


def _upload(registry: "RegistryClient", root: Path, files: Sequence[SourceFile], *, quiet: bool) -> int:
    """Upload what the registry does not have; the number of bytes."""
    from registry.client_transfer import upload

    missing = set(registry.missing_blobs([file.sha256 for file in files]))
    wanted = {file.sha256: file for file in files if file.sha256 in missing}
    total, sent = sum(file.size for file in wanted.values()), 0
    with progress("Uploading", quiet=quiet or not wanted) as advance:
        for file in wanted.values():

            def told(count: int, name: str = file.path) -> None:
                nonlocal sent
                sent += count
                advance(name, sent / total)

            upload(registry, root / file.path, file.sha256, file.size, told)
    return total
