"""fabnode profile: what parts are sliced with, and which file says so."""

from pathlib import Path

import click

from fabnode.cli.output import json_option, say, table

SHOWN_CHARACTERS = 48


@click.group()
def profile() -> None:
    """Slicer profiles: what ships, and what is in force for a machine.

    \b
    Example:
      fabnode profile show prusa-mk4 --material PETG
    """


@profile.command("list")
@json_option
def list_(*, as_json: bool) -> None:
    """The machines, materials and qualities that ship with the agent.

    \b
    Example:
      fabnode profile list
    """
    from fabnode.slicers.profiles import QUALITIES, load_profile, shipped_machines, shipped_materials

    machines = {name: load_profile(name).title for name in shipped_machines()}
    found = {"machines": machines, "materials": list(shipped_materials()), "qualities": list(QUALITIES)}
    words = table(("PROFILE", "MACHINE"), list(machines.items()))
    words += f"\nmaterials: {', '.join(shipped_materials())}\nqualities: {', '.join(QUALITIES)}"
    say(found, words, as_json=as_json)


@profile.command()
@click.argument("machine")
@click.option("--material", help="Default: what is loaded first, else PLA.")
@click.option("--quality", type=click.Choice(["draft", "normal", "fine"]), help="Default: the machine's own.")
@click.option("--slicer", type=click.Choice(["prusaslicer", "curaengine"]), help="Default: the machine's own.")
@click.option("--layer-height", "layer_height_mm", type=float, help="As a design would ask for it, mm.")
@click.option("--infill", "infill_percent", type=int, help="As a design would ask for it, %.")
@json_option
@click.pass_obj
def show(
    folder: Path, machine: str, *, material: str | None, quality: str | None, slicer: str | None,
    layer_height_mm: float | None, infill_percent: int | None, as_json: bool,
) -> None:  # fmt: skip
    """The settings that are in force, each with the layer and the file that it comes from.

    MACHINE is a machine of fabnode.toml, or a profile that ships with the agent.

    \b
    Examples:
      fabnode profile show prusa-1 --material PETG
      fabnode profile show prusa-mk4 --material PLA --quality fine --json | jq .settings.layer_height
      fabnode profile show prusa-1 --slicer curaengine
    """
    from fabnode.config import Config, load_config
    from fabnode.home import Home
    from fabnode.protocol import PrintHints
    from fabnode.slicers.showing import shown

    home = Home(folder)
    config = load_config(home.config) if home.config.is_file() else Config()
    hints = PrintHints(layer_height_mm=layer_height_mm, infill_percent=infill_percent)
    found = shown(machine, config, folder, hints, material=material, quality=quality, slicer=slicer)
    head = f"{found.machine} ({found.profile}) with {found.material}, {found.quality}, for {found.slicer}"
    rows = [
        (key, _short(setting.value), setting.layer, setting.source) for key, setting in sorted(found.settings.items())
    ]
    say(found.to_json(), f"{head}\n{table(('SETTING', 'VALUE', 'LAYER', 'FROM'), rows)}", as_json=as_json)


def _short(value: str) -> str:
    lines = value.strip().splitlines() or [""]
    first = lines[0][:SHOWN_CHARACTERS]
    return f"{first} …" if len(lines) > 1 or len(lines[0]) > SHOWN_CHARACTERS else first
