"""`cofab facility export` and `import`: places that make things, as Open Know-Where."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from designs.manifest import name_from_file
from designs.okw import Workplace, read_okw
from designs.toml_document import MAX_CHARACTERS, DocumentError, Problem
from registry.cli.connection import connect
from registry.cli.options import json_option, registry_option
from registry.cli.output import good, note, say, write_json
from registry.errors import Conflict

if TYPE_CHECKING:
    from registry.client_reply import Json


@click.command("export", short_help="Write a facility as Open Know-Where.")
@click.argument("slug")
@click.option("--format", "form", type=click.Choice(["yaml", "json"]), default="yaml", show_default=True,
              help="How it is written.")  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="File. [default: what is written to it]")
@registry_option
def export_okw(*, slug: str, form: str, out: Path | None, registry_url: str | None) -> None:
    """Write a facility with its machines as Open Know-Where, for maps and catalogues that gather these.

    \b
    Example:
      cofab facility export fablab-riverside --out okw.yaml
    """
    with connect(registry_url) as registry:
        text = registry.text(f"/facilities/{slug}/okw?format={form}")
    if out is None:
        say(text.rstrip("\n"))
        return
    if out.exists():
        raise Conflict(f"{out} is there already: move it away, or choose another file")
    out.write_text(text, encoding="utf-8")
    good(f"{slug} is in {out}")


@click.command("import", short_help="Make a facility of an Open Know-Where file.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--slug", help="Its short name in addresses. [default: made from the name]")
@registry_option
@json_option
def import_okw(*, file: Path, slug: str | None, registry_url: str | None, as_json: bool) -> None:
    """Make a facility that you run of an Open Know-Where description, JSON or YAML. Its machines come with their agents
    (`fabnode`); what the file says of them is told, so that each can be set up.

    \b
    Example:
      cofab facility import okw.yaml --slug fablab-riverside
    """
    place = read_okw(_text(file), file=file.name)
    with connect(registry_url, needs_login=True) as registry:
        made = registry.post("/facilities", _body(place, slug or name_from_file(f"{place.name}.x")))
    if as_json:
        write_json({**made.json, "equipment": len(place.equipment)})
        return
    good(f"{made.text('name')} is made. Next: cofab facility enrol {made.text('slug')}")
    for each in place.equipment:
        box = " × ".join(f"{side.normalize():f}" for side in each.travel_mm or ()) or "of no known size"
        note(f"set up: {' '.join(part for part in (each.kind, each.make, each.model) if part)}, {box} mm")


def _text(file: Path) -> str:
    with file.open("rb") as opened:
        data = opened.read(4 * MAX_CHARACTERS + 1)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DocumentError([Problem(file.name, None, "", f"is not UTF-8 text (byte {error.start})")]) from error


def _body(place: Workplace, slug: str) -> dict[str, "Json"]:
    return {
        "name": place.name,
        "slug": slug,
        "address": place.address,
        "latitude": None if place.latitude is None else float(place.latitude),
        "longitude": None if place.longitude is None else float(place.longitude),
        "access": place.access,
        "opening_hours": place.opening_hours,
        "description": place.description,
    }
