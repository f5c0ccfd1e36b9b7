"""`cofab init`: a first design that builds."""

import getpass
import subprocess
from pathlib import Path

import click

from designs.licences import COMMON, parse_licence
from designs.manifest import FILE_NAME, name_from_file, parse_manifest
from designs.source import read_folder
from registry.cli.options import json_option
from registry.cli.output import good, say, write_json
from registry.cli.starter import starter_files
from registry.errors import Conflict


@click.command(short_help="Make a first design that builds.")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=".")
@click.option("--name", help="Name of the design. [default: made from the folder's name]")
@click.option("--title", help="What people read. [default: the name]")
@click.option("--licence", default=COMMON[0], show_default=True, help="SPDX expression, or LicenseRef-…")
@click.option("--author", help="Name <mail@example.org>. [default: what git knows of you]")
@json_option
def init(*, folder: Path, name: str | None, title: str | None, licence: str, author: str | None, as_json: bool) -> None:
    """Make a small working design in FOLDER: a manifest, a CadQuery script and a README.

    Files that are there already are never overwritten.

    \b
    Examples:
      cofab init my-hook
      cofab init . --name camera-mount --licence CERN-OHL-W-2.0
      cofab init bracket --author "Ada Example <ada@example.org>"
    """
    name = name or name_from_file(folder.resolve().name.replace(".", "-") + ".py")
    expression = parse_licence(licence).expression
    files = starter_files(name, title or name, expression, author or _author())
    parse_manifest(files[FILE_NAME])
    there = [path for path in files if (folder / path).exists()]
    if there:
        raise Conflict(f"{folder / there[0]} is there already: choose another folder, or write a {FILE_NAME} yourself")
    folder.mkdir(parents=True, exist_ok=True)
    for path, content in files.items():
        with (folder / path).open("x", encoding="utf-8", newline="\n") as file:
            file.write(content)
    source = read_folder(folder)
    if as_json:
        write_json({"name": source.manifest.name, "folder": folder, "files": list(files)})
        return
    good(f"{name} is in {folder}: {', '.join(files)}")
    say("Next: " + ("" if folder == Path() else f"cd {folder} && ") + "cofab build")


def _author() -> str:
    """Who git says one is, else the login name of the system."""
    try:
        name, mail = (_git(f"user.{key}") for key in ("name", "email"))
    except OSError:
        name = mail = ""
    if not name:
        return getpass.getuser()
    return f"{name} <{mail}>" if "@" in mail else name


def _git(key: str) -> str:
    asked = subprocess.run(["git", "config", "--get", key], capture_output=True, text=True, timeout=10, check=False)
    return asked.stdout.strip().translate({ord("<"): None, ord(">"): None})
