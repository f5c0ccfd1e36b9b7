"""`cofab licence` and `source`: what one may do with a version, and the source that goes along with it."""

import zipfile
from pathlib import Path

import click

from designs.digest import digest_file
from registry.cli.connection import connect
from registry.cli.licence_archive import SourceArchive, read_source_archive
from registry.cli.options import VERSION, json_option, registry_option
from registry.cli.output import good, note, progress, say, size_text, write_json
from registry.client_reply import Reply
from registry.errors import Conflict
from registry.ids import VersionName

ANSWERS = {"yes": "yes", "limited": "with conditions", "no": "no", "unknown": "not known"}


@click.command(short_help="Say what one may do with a version.")
@click.argument("version", type=VERSION, metavar="NAMESPACE/NAME[@VERSION]")
@click.option("--under", metavar="LICENCE", help="Whether a change of it may carry this licence, like MIT.")
@registry_option
@json_option
def licence(*, version: VersionName, under: str | None, registry_url: str | None, as_json: bool) -> None:
    """Say what one may do with a version by its licence: make, sell, change and join it to others, and why.

    It is a reading of the licences' texts and no legal advice. With --under, what a change of it may carry.

    \b
    Examples:
      cofab licence ada/gridfinity-bin
      cofab licence ada/gridfinity-bin@1.2.0 --under MIT --json
    """
    from registry.client import version_path

    with connect(registry_url) as registry:
        told = registry.get(f"{version_path(version)}/licence", {"under": under} if under else None)
    if as_json:
        write_json(told.json)
    elif under is None:
        _tell_permissions(told)
    else:
        _tell_verdict(told)


def _tell_permissions(told: Reply) -> None:
    say(f"{told.text('version')} is under {told.text('licence')}")
    for each in told.parts("permissions"):
        say(f"{each.text('what')}: {ANSWERS.get(each.text('may'), each.text('may'))}")
        _tell_reasons(each)
    for bond in told.parts("bonds"):
        how = "uses" if bond.flag("used") else "comes from"
        say(f"it {how} {bond.text('version')} under {bond.text('licence')}")
        _tell_reasons(bond)
    under = told.texts("changed_under")
    if under:
        say(f"a changed design may be under {', '.join(under)}")


def _tell_verdict(told: Reply) -> None:
    sure = "" if told.flag("certain") else " (the texts do not settle it)"
    answer = "yes" if told.flag("allowed") else "no"
    say(f"a change of {told.text('version')} under {told.text('under')}: {answer}{sure}")
    for bond in told.parts("bonds"):
        _tell_reasons(bond)
    if not told.flag("allowed") and told.texts("possible"):
        say(f"possible: {', '.join(told.texts('possible'))}")


def _tell_reasons(each: Reply) -> None:
    for reason in each.texts("reasons"):
        say(f"  {reason}")
    for duty in each.texts("duties"):
        say(f"  - {duty}")
    if each.texts("clauses"):
        say(f"  ({'; '.join(each.texts('clauses'))})")


@click.command(short_help="Fetch the complete source of a version.")
@click.argument("version", type=VERSION, metavar="NAMESPACE/NAME[@VERSION]")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="File. [default: NAME-VERSION-source.zip]")
@registry_option
@json_option
def source(*, version: VersionName, out: Path | None, registry_url: str | None, as_json: bool) -> None:
    """Fetch the complete source of a version as a zip: its files, those of what it uses as far as the licences ask for
    them, dated notices of every change, and the licences. Every file in it is verified against its list.

    Give it, or its address, to whoever gets the thing: that is what CERN-OHL-S-2.0 asks in its section 4.

    \b
    Examples:
      cofab source ada/gridfinity-bin
      cofab source ada/gridfinity-bin@1.2.0 --out bin-source.zip
    """
    from registry.client import version_path
    from registry.client_transfer import fetch_whole

    with connect(registry_url) as registry:
        shown = registry.version(version)
        number = shown.text("version")
        target = out or Path(f"{version.design.name}-{number}-source.zip")
        if target.exists():
            raise Conflict(f"{target} is there already: move it away, or choose another file with --out")
        exact = VersionName(version.design, number)
        with progress("Fetching the source", quiet=as_json) as advance:
            fetch_whole(registry, f"{version_path(exact)}/source.zip", target, lambda size: advance(size_text(size), 0))
    archive = _verified(target)
    if as_json:
        write_json(
            {"version": archive.version, "file": target, "sha256": digest_file(target), "included": archive.names}
        )
        return
    good(f"{target}: the complete source of {archive.version}")
    for name, folder, why in archive.included:
        say(f"  {name} in {folder}/: {why}")
    if archive.located:
        note(f"of {len(archive.located)} more versions the addresses are in SOURCES.json: {', '.join(archive.located)}")


def _verified(target: Path) -> SourceArchive:
    """What is in the archive; one that does not hold what it lists is removed."""
    try:
        return read_source_archive(target)
    except (zipfile.BadZipFile, Conflict):
        target.unlink()
        raise
