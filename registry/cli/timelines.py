"""`cofab timeline`: what happened to a design, a member, a facility or a need."""

import click

from registry.cli.connection import connect
from registry.cli.options import json_option, registry_option
from registry.cli.output import note, table, write_json


@click.command(short_help="See what happened to a design, member, facility or need.")
@click.argument("name")
@click.option("--facility", is_flag=True, help="NAME is a facility's short name.")
@click.option("--kind", "kinds", multiple=True, help="Only this kind, like version.yanked, or need for all of them.")
@click.option("-n", "--limit", type=click.IntRange(1, 200), default=20, show_default=True, help="How many entries.")
@registry_option
@json_option
def timeline(
    *, name: str, facility: bool, kinds: tuple[str, ...], limit: int, registry_url: str | None, as_json: bool
) -> None:
    """What happened, newest first. NAME is a design (namespace/name), a need (nee_…), or else a member.

    \b
    Examples:
      cofab timeline ada/my-hook
      cofab timeline ada --kind need --kind proposal
      cofab timeline fablab-riverside --facility
    """
    query: dict[str, str | list[str]] = {"limit": str(limit)}
    if kinds:
        query["kind"] = list(kinds)
    with connect(registry_url) as registry:
        answer = registry.get(f"{_place(name, facility=facility)}/timeline", query)
    if as_json:
        write_json(answer.json)
        return
    entries = list(answer.parts("entries"))
    table(
        [
            (
                each.text("at")[:16].replace("T", " "),
                each.text("actor"),
                each.text("kind"),
                each.part("data").maybe_text("title") or each.text("subject"),
            )
            for each in entries
        ],
        indent="",
    )
    if not entries:
        note("nothing has happened yet")


def _place(name: str, *, facility: bool) -> str:
    if facility:
        return f"/facilities/{name}"
    if "/" in name:
        return f"/designs/{name}"
    return f"/needs/{name}" if name.startswith("nee_") else f"/members/{name}"
