"""`cofab search` and `show`: what there is, and what it is."""

from typing import TYPE_CHECKING

import click

from designs.manifest import Manifest
from registry.cli.checking import tell_parameters
from registry.cli.connection import connect
from registry.cli.lineage import tell_news
from registry.cli.options import VERSION, json_option, registry_option
from registry.cli.output import note, say, size_text, table, warn, write_json
from registry.ids import VersionName

if TYPE_CHECKING:
    from registry.client import RegistryClient, Reply


@click.command(short_help="Find designs.")
@click.argument("words", nargs=-1)
@click.option("--tag", help="Only designs with this tag.")
@click.option("--licence", help="Only designs under this licence.")
@click.option("--limit", type=click.IntRange(1, 100), default=24, show_default=True, help="At most so many.")
@registry_option
@json_option
def search(
    *, words: tuple[str, ...], tag: str | None, licence: str | None, limit: int, registry_url: str | None, as_json: bool
) -> None:
    """Find designs that have all the words.

    \b
    Examples:
      cofab search gridfinity
      cofab search hinge --licence CERN-OHL-S-2.0 --json
    """
    query: dict[str, str | int | bool] = {"q": " ".join(words), "limit": limit}
    query |= {"tag": tag} if tag else {}
    query |= {"licence": licence} if licence else {}
    with connect(registry_url) as registry:
        page = registry.get("/designs", query)
    if as_json:
        write_json(page.json)
        return
    found = list(page.parts("designs"))
    table([(f"{d.text('design')}@{d.text('latest')}", d.text("title"), d.text("licence")) for d in found], indent="")
    if not found:
        note("nothing found")


@click.command(short_help="Show a design or one of its versions.")
@click.argument("version", type=VERSION, metavar="NAMESPACE/NAME[@VERSION]")
@registry_option
@json_option
def show(*, version: VersionName, registry_url: str | None, as_json: bool) -> None:
    """Show a version: what it is, what can be chosen, its files and where it comes from. Without @VERSION the latest.

    \b
    Examples:
      cofab show ada/gridfinity-bin
      cofab show ada/gridfinity-bin@1.2.0 --json
    """
    with connect(registry_url) as registry:
        shown = registry.version(version)
        if as_json:
            write_json(shown.json)
            return
        _tell(registry, version, shown)


def _tell(registry: "RegistryClient", version: VersionName, shown: "Reply") -> None:
    manifest = Manifest.from_json(shown.part("manifest").exact())
    say(f"{shown.text('design')}@{shown.text('version')}  {manifest.title}")
    for key, word in (("yanked", "withdrawn"), ("recalled", "recalled: do not make it")):
        withdrawal = shown.maybe_part(key)
        if withdrawal is not None:
            warn(f"{word}: {withdrawal.text('reason')}")
    if manifest.description:
        say(manifest.description)
    say(f"{shown.text('licence')}, by {', '.join(manifest.authors)}, published {shown.text('published_at')[:10]}")
    for parent in shown.parts("parents"):
        say(f"{parent.text('kind')} {parent.text('version')}")
    tell_parameters(manifest)
    say("Files:")
    table([(file.text("path"), size_text(file.whole("size"))) for file in shown.parts("files")])
    design = registry.design(version.design)
    say(f"Versions: {', '.join(each.text('version') for each in design.parts('versions'))}")
    if design.maybe_text("forked_from") is not None:
        tell_news(registry.get(f"/designs/{version.design}/news"))
