"""`cofab facility`: places where things are made."""

import click

from registry.cli.connection import connect
from registry.cli.options import json_option, registry_option
from registry.cli.output import good, note, say, table, write_json
from registry.cli.workplaces import export_okw, import_okw


@click.group(short_help="Make a facility, and codes by which its agents join.")
def facility() -> None:
    """Facilities: places with machines. An agent (`fabnode`) joins one by a one-time code.

    \b
    Examples:
      cofab facility create "FabLab Riverside" --slug fablab-riverside
      cofab facility enrol fablab-riverside
      cofab facility list
    """


@facility.command("create", short_help="Make a facility that you run.")
@click.argument("name")
@click.option("--slug", help="Its short name in addresses. [default: made from the name]")
@click.option("--address", default="", help="Where it is.")
@click.option("--latitude", type=click.FloatRange(-90, 90), help="Degrees north.")
@click.option("--longitude", type=click.FloatRange(-180, 180), help="Degrees east.")
@click.option(
    "--access",
    type=click.Choice(["public", "restricted", "private"]),
    default="public",
    show_default=True,
    help="Who may order there: every member, or only those who run it (private: and nobody else sees it).",
)
@click.option("--opening-hours", default="", help='Like "Tue-Sat 10:00-18:00".')
@click.option("--description", default="", help="What people should know.")
@click.option("--worker-owned", is_flag=True, help="It belongs to those who work in it, and they share all gains.")
@registry_option
@json_option
def create(
    *,
    name: str,
    slug: str | None,
    address: str,
    latitude: float | None,
    longitude: float | None,
    access: str,
    opening_hours: str,
    description: str,
    worker_owned: bool,
    registry_url: str | None,
    as_json: bool,
) -> None:
    """Make a facility that you run.

    \b
    Example:
      cofab facility create "FabLab Riverside" --address "12 Mill Lane, Leeds" --access public
    """
    from designs.manifest import name_from_file

    with connect(registry_url, needs_login=True) as registry:
        made = registry.post(
            "/facilities",
            {
                "name": name,
                "slug": slug or name_from_file(f"{name}.x"),
                "address": address,
                "latitude": latitude,
                "longitude": longitude,
                "access": access,
                "opening_hours": opening_hours,
                "description": description,
                "worker_owned": worker_owned,
            },
        )
    if as_json:
        write_json(made.json)
        return
    good(f"{made.text('name')} is made. Next: cofab facility enrol {made.text('slug')}")


@facility.command("enrol", short_help="Make a one-time code for an agent.")
@click.argument("slug")
@registry_option
@json_option
def enrol(*, slug: str, registry_url: str | None, as_json: bool) -> None:
    """Make a code by which one agent joins your facility. It is shown this once.

    \b
    Example:
      cofab facility enrol fablab-riverside
    """
    with connect(registry_url, needs_login=True) as registry:
        code = registry.post(f"/facilities/{slug}/enrolments")
        url = registry.url
    if as_json:
        write_json({**code.json, "registry": url})
        return
    note(f"Good for one agent, until {code.text('expires_at')[:16].replace('T', ' ')} UTC. By the machines, run:")
    say(f"fabnode enroll {url} --code {code.text('code')}")


@facility.command("list", short_help="List the facilities.")
@registry_option
@json_option
def list_facilities(*, registry_url: str | None, as_json: bool) -> None:
    """List the facilities that you can see.

    \b
    Example:
      cofab facility list
    """
    with connect(registry_url) as registry:
        answer = registry.get("/facilities")
    if as_json:
        write_json(answer.json)
        return
    table(
        [
            (each.text("slug"), each.text("name"), f"{each.whole('machines')} machines", each.text("access"))
            for each in answer.parts("facilities")
        ],
        indent="",
    )


facility.add_command(export_okw)
facility.add_command(import_okw)
