"""`cofab download`: the files of a version, each verified, going on where an earlier try broke off."""

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import click

from designs.digest import digest_file, parse_digest
from designs.portable import path_problem
from designs.snapshot import SourceFile
from registry.cli.connection import connect
from registry.cli.options import VERSION, json_option, registry_option
from registry.cli.output import good, progress, size_text, write_json
from registry.errors import Conflict
from registry.ids import VersionName

if TYPE_CHECKING:
    from registry.client import RegistryClient, Reply


@click.command(short_help="Download the files of a version.")
@click.argument("version", type=VERSION, metavar="NAMESPACE/NAME[@VERSION]")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder. [default: the design's name]")
@registry_option
@json_option
def download(*, version: VersionName, out: Path | None, registry_url: str | None, as_json: bool) -> None:
    """Download the files of a version into a folder. Every file is verified against its digest.

    Run it again after an interruption: what is there already is not fetched again. A file that is there with other
    content is never overwritten.

    \b
    Examples:
      cofab download ada/gridfinity-bin
      cofab download ada/gridfinity-bin@1.2.0 --out bin
    """
    folder = out or Path(version.design.name)
    with connect(registry_url) as registry:
        shown = registry.version(version)
        files = [listed_file(each) for each in shown.parts("files")]
        wanted = [file for file in files if not _is_there(folder, file)]
        fetch_files(registry, wanted, folder, quiet=as_json)
    name = f"{shown.text('design')}@{shown.text('version')}"
    if as_json:
        write_json({"version": name, "folder": folder, "files": [file.path for file in files], "fetched": len(wanted)})
    else:
        good(f"{name} is in {folder}: {len(files)} files, {len(wanted)} fetched")


def listed_file(told: "Reply") -> SourceFile:
    """A file of the registry's list. A path that leads out of the folder is refused, whatever the registry says."""
    from registry.client import RegistryConfused

    path = told.text("path")
    problem = path_problem(path)
    if problem:
        raise RegistryConfused(f"the registry lists a file {path[:100]!r} that is not taken: {problem}")
    return SourceFile(path, parse_digest(told.text("sha256")), told.whole("size"))


def _is_there(folder: Path, file: SourceFile) -> bool:
    target = folder / file.path
    if not target.exists() and not target.is_symlink():
        return False
    if target.is_symlink() or not target.is_file() or digest_file(target) != file.sha256:
        raise Conflict(f"{target} is there with other content: move it away, or choose another folder with --out")
    return True


def fetch_files(registry: "RegistryClient", files: list[SourceFile], folder: Path, *, quiet: bool) -> None:
    """Download files of a version into a folder, each verified."""
    from registry.client_transfer import download as download_blob

    total, got = sum(file.size for file in files), 0
    with progress(f"Downloading {size_text(total)}", quiet=quiet or not files) as advance:
        for file in files:

            def told(count: int, name: str = file.path) -> None:
                nonlocal got
                got += count
                advance(name, got / max(total, 1))

            url = f"/api/v1/blobs/{quote(file.sha256)}"
            download_blob(registry, url, folder / file.path, (file.sha256, file.size), told)
