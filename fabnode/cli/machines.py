"""fabnode machine: the machines that this agent serves."""

from pathlib import Path

import click

from fabnode.cli.output import json_option, say, table


@click.group()
def machine() -> None:
    """Add machines and list them.

    \b
    Examples:
      fabnode machine add octoprint http://octopi.local --profile prusa-mk4 --material PLA:black
      fabnode machine list
    """


@machine.command("add")
@click.argument("driver")
@click.argument("url", default="")
@click.option("--key", default=None, help="Its short stable name here. Default: made from the address.")
@click.option("--name", default=None, help="Its name for people.")
@click.option("--profile", default="generic", show_default=True, help="A shipped profile, or an .ini file of your own.")
@click.option(
    "--material",
    "materials",
    multiple=True,
    help="What is loaded: PLA, PLA:black, or a sheet like plywood@3 (mm). May be repeated.",
)
@click.option(
    "--nozzle", type=float, default=None, help="Nozzle (or a router's tool) in mm, when it is not the profile's."
)
@click.option(
    "--plate-copies",
    type=click.IntRange(1, 100),
    default=1,
    show_default=True,
    help="How many copies of a part it may make side by side as one plate, as far as they fit.",
)
@click.option(
    "--slicer",
    type=click.Choice(["prusaslicer", "curaengine"]),
    default="prusaslicer",
    show_default=True,
    help="What its parts are sliced with.",
)
@click.option("--api-key", default=None, help="An API key you have already; else one is asked for at the machine.")
@click.option("--user", default=None, help="The machine's user who is to grant the key.")
@click.option(
    "--option", "options", multiple=True, metavar="NAME=VALUE", help="A setting of the driver. May be repeated."
)
@click.option("--no-check", is_flag=True, help="Add it without asking it who it is.")
@json_option
@click.pass_obj
def add(
    folder: Path,
    *,
    driver: str,
    url: str,
    key: str | None,
    name: str | None,
    profile: str,
    materials: tuple[str, ...],
    nozzle: float | None,
    plate_copies: int,
    slicer: str,
    api_key: str | None,
    user: str | None,
    options: tuple[str, ...],
    no_check: bool,
    as_json: bool,
) -> None:
    """Add the machine at URL, driven by DRIVER (octoprint, moonraker, prusalink, grbl, virtual).

    With `discovered` for DRIVER, URL is the name of a machine that `fabnode discover` lists, or a part of it.

    OctoPrint is asked for an application key of its own: the page that this command names shows a request to grant.
    Shipped profiles: prusa-mk3s, prusa-mk4, creality-ender3, klipper, generic; of lasers and routers: diode-laser-400,
    co2-laser-300, router-6040.

    \b
    Examples:
      fabnode machine add octoprint http://octopi.local --profile prusa-mk3s --material PLA:black --material PETG
      fabnode machine add discovered bench-3 --profile prusa-mk3s --material PLA
      fabnode machine add virtual --key trial --option folder=/var/tmp/trial --material PLA
      fabnode machine add grbl --key laser-1 --profile diode-laser-400 --material "birch plywood@3" \\
        --option tool=laser --option port=/dev/ttyUSB0 --option folder=/var/lib/fabnode/laser-1
    """
    import asyncio

    from fabnode.adding import NewMachine, add_machine
    from fabnode.home import Home

    if driver == "discovered":
        driver, url, found = _discovered(url)
        name = name or found
    new = NewMachine(driver, url, key, name, profile, materials, nozzle, api_key, user, options, plate_copies, slicer)
    added, software = asyncio.run(add_machine(Home(folder), new, _tell_where_to_grant, check=not no_check))
    words = f"Added {added.key} ({software}). It is served from the next `fabnode run` on."
    say({"key": added.key, "driver": driver, "software": software}, words, as_json=as_json)


@machine.command("list")
@json_option
@click.pass_obj
def list_(folder: Path, *, as_json: bool) -> None:
    """The machines of this agent and how they are.

    \b
    Example:
      fabnode machine list
    """
    from fabnode.cli.local import desk
    from fabnode.home import Home

    with desk(Home(folder)) as there:
        machines = there.status()["machines"]
    rows = [(one["key"], one["name"], one["state"], one["bed"]) for one in machines]
    say(machines, table(("MACHINE", "NAME", "STATE", "BED"), rows), as_json=as_json)


def _discovered(words: str) -> tuple[str, str, str]:
    """Driver, address and name of the machine that announces itself so."""
    import asyncio

    from fabnode.discovery import chosen, discover

    found = chosen(asyncio.run(discover()), words)
    click.echo(f"Found {found.name}: {found.driver} at {found.url}", err=True)
    return found.driver, found.url, found.name


def _tell_where_to_grant(page: str) -> None:
    click.echo(f"Grant the key on the machine's page: {page}", err=True)
