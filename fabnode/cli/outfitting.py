"""fabnode load, unload, fit, allow-short, spool, maintenance: what is at the machines, and what was done to them."""

from pathlib import Path
from typing import Any

import click

from fabnode.cli.output import by_option, json_option, say, table, user_name


@click.command()
@click.argument("machine")
@click.argument("material", default="")
@click.option("--colour", default=None, help="Its colour. Default: the spool's.")
@click.option("--spool", default=None, help="The number of the spool; its grams are counted from then on.")
@click.option("--thickness", "thickness_mm", type=float, default=None, help="Of a sheet, mm.")
@click.option("--slot", type=click.IntRange(1, 32), default=1, show_default=True, help="Where the machine has several.")
@by_option
@json_option
@click.pass_obj
def load(
    folder: Path,
    machine: str,
    material: str,
    *,
    colour: str | None,
    spool: str | None,
    thickness_mm: float | None,
    slot: int,
    by: str | None,
    as_json: bool,
) -> None:
    """MATERIAL is loaded at MACHINE from now on. The registry hears of it at once.

    A job that was prepared for something else goes back; one that prints goes on.

    \b
    Examples:
      fabnode load prusa-1 PLA --colour black --spool 12
      fabnode load laser-1 "birch plywood" --thickness 3
    """
    said = {"material": material, "colour": colour, "spool": spool, "thickness_mm": thickness_mm, "slot": slot}
    _outfit(folder, machine, "load", said, by)
    words = " ".join(filter(None, (material, colour, f"from spool {spool}" if spool else None)))
    say({"machine": machine, **said}, f"{machine}: {words} is loaded", as_json=as_json)


@click.command()
@click.argument("machine")
@by_option
@json_option
@click.pass_obj
def unload(folder: Path, machine: str, *, by: str | None, as_json: bool) -> None:
    """Forget what was loaded at MACHINE: fabnode.toml says it again.

    \b
    Example:
      fabnode unload prusa-1
    """
    _outfit(folder, machine, "unload", {}, by)
    say({"machine": machine}, f"{machine}: loaded as fabnode.toml says", as_json=as_json)


@click.command()
@click.argument("machine")
@click.option("--nozzle", "nozzle_mm", type=float, default=None, help="mm. Left out: as fabnode.toml says.")
@click.option("--profile", default=None, help="A shipped profile or an .ini file. Left out: as fabnode.toml says.")
@by_option
@json_option
@click.pass_obj
def fit(
    folder: Path, machine: str, *, nozzle_mm: float | None, profile: str | None, by: str | None, as_json: bool
) -> None:
    """Another nozzle or profile is in use at MACHINE. Not while it prints.

    \b
    Example:
      fabnode fit prusa-1 --nozzle 0.6
    """
    said = {"nozzle_mm": nozzle_mm, "profile": profile}
    _outfit(folder, machine, "fit", said, by)
    say({"machine": machine, **said}, f"{machine}: noted", as_json=as_json)


@click.command("allow-short")
@click.argument("machine")
@by_option
@json_option
@click.pass_obj
def allow_short(folder: Path, machine: str, *, by: str | None, as_json: bool) -> None:
    """Let MACHINE begin prints that its spool may not last for, until something else is loaded.

    \b
    Example:
      fabnode allow-short prusa-1
    """
    _outfit(folder, machine, "allow-short", {}, by)
    say({"machine": machine}, f"{machine}: prints may begin whatever is left on the spool", as_json=as_json)


@click.group()
def spool() -> None:
    """The workshop's spools and what is left on them.

    \b
    Examples:
      fabnode spool add PLA --colour black --grams 1000
      fabnode spool weigh 12 640
      fabnode spool list
    """


@spool.command("add")
@click.argument("material")
@click.option("--grams", type=float, required=True, help="What is on it, without the empty spool.")
@click.option("--colour", default=None, help="Its colour, as orders ask for it.")
@click.option("--name", default="", help="Maker, batch, or whatever you know it by.")
@click.option("--number", "number", default=None, help="Its number. Default: the next one.")
@json_option
@click.pass_obj
def add(
    folder: Path, material: str, *, grams: float, colour: str | None, name: str, number: str | None, as_json: bool
) -> None:
    """A new spool of MATERIAL.

    \b
    Example:
      fabnode spool add PETG --colour "traffic orange" --grams 750 --name "Prusament, batch 4"
    """
    said = {"id": number, "material": material, "grams": grams, "colour": colour, "name": name}
    kept = _keep(folder, said)
    say({**said, "id": kept}, f"It is spool {kept}: write the number on it.", as_json=as_json)


@spool.command("weigh")
@click.argument("number")
@click.argument("grams", type=float)
@json_option
@click.pass_obj
def weigh(folder: Path, number: str, grams: float, *, as_json: bool) -> None:
    """GRAMS are on spool NUMBER now, without the empty spool.

    \b
    Example:
      fabnode spool weigh 12 640
    """
    _keep(folder, {"id": number, "grams": grams})
    say({"id": number, "grams": grams}, f"spool {number}: {grams:g} g", as_json=as_json)


@spool.command("list")
@json_option
@click.pass_obj
def list_(folder: Path, *, as_json: bool) -> None:
    """Every spool, and what is left on it.

    \b
    Example:
      fabnode spool list --json
    """
    from fabnode.cli.local import desk
    from fabnode.home import Home

    with desk(Home(folder)) as there:
        spools = there.spools()
    rows = [(one["id"], one["material"], one["colour"] or "", f"{one['grams']:.0f} g", one["name"]) for one in spools]
    say(spools, table(("SPOOL", "MATERIAL", "COLOUR", "LEFT", "NAME"), rows), as_json=as_json)


@click.group()
def maintenance() -> None:
    """What the machines need every so often, and that it was done.

    \b
    Examples:
      fabnode maintenance list
      fabnode maintenance done prusa-1 nozzle
    """


@maintenance.command("list")
@json_option
@click.pass_obj
def due(folder: Path, *, as_json: bool) -> None:
    """Every interval of every machine and how far it is used up.

    \b
    Example:
      fabnode maintenance list
    """
    from fabnode.cli.local import desk
    from fabnode.home import Home

    with desk(Home(folder)) as there:
        machines = there.status()["machines"]
    dues = [{"machine": one["key"], **item} for one in machines for item in one["care"]]
    rows = [(item["machine"], item["what"], f"{item['share']:.0%}", item["words"]) for item in dues]
    say(dues, table(("MACHINE", "WHAT", "USED UP", "HOW"), rows), as_json=as_json)


@maintenance.command("done")
@click.argument("machine")
@click.argument("what")
@click.option("--note", default="", help="Whatever you want to remember of it.")
@by_option
@json_option
@click.pass_obj
def done(folder: Path, machine: str, what: str, *, note: str, by: str | None, as_json: bool) -> None:
    """WHAT was done to MACHINE just now: its interval begins anew.

    \b
    Example:
      fabnode maintenance done prusa-1 nozzle --note "0.4 brass"
    """
    _outfit(folder, machine, "done", {"what": what, "note": note}, by)
    say({"machine": machine, "what": what}, f"{machine}: {what} is done", as_json=as_json)


def _outfit(folder: Path, machine: str, action: str, said: dict[str, Any], by: str | None) -> None:
    from fabnode.cli.local import desk
    from fabnode.home import Home

    with desk(Home(folder)) as there:
        there.outfit(machine, action, {**said, "by": user_name(by)})


def _keep(folder: Path, said: dict[str, Any]) -> str:
    from fabnode.cli.local import desk
    from fabnode.home import Home

    with desk(Home(folder)) as there:
        return there.keep_spool(said)
