"""fabnode bed: what lies on the machines' beds, by the operator's word."""

from pathlib import Path

import click

from fabnode.cli.output import by_option, json_option, say, table, user_name


@click.group()
def bed() -> None:
    """Say that a bed is clear, and see which are.

    \b
    Examples:
      fabnode bed status
      fabnode bed clear prusa-1
    """


@bed.command("clear")
@click.argument("machine")
@by_option
@json_option
@click.pass_obj
def clear(folder: Path, machine: str, by: str | None, *, as_json: bool) -> None:
    """You looked: nothing lies on the bed of MACHINE. A job that waits for it may start.

    \b
    Example:
      fabnode bed clear prusa-1
    """
    from fabnode.cli.local import desk
    from fabnode.home import Home

    with desk(Home(folder)) as there:
        there.clear_bed(machine, user_name(by))
    say({"machine": machine, "bed": "clear"}, f"{machine}: the bed is clear", as_json=as_json)


@bed.command("status")
@json_option
@click.pass_obj
def status(folder: Path, *, as_json: bool) -> None:
    """What is known of each bed, since when, by whose word.

    \b
    Example:
      fabnode bed status --json
    """
    from fabnode.cli.local import desk
    from fabnode.home import Home

    with desk(Home(folder)) as there:
        machines = there.status()["machines"]
    beds = [{name: machine[name] for name in ("key", "bed", "bed_since", "bed_note")} for machine in machines]
    rows = [(bed["key"], bed["bed"], bed["bed_since"] or "", bed["bed_note"]) for bed in beds]
    say(beds, table(("MACHINE", "BED", "SINCE", "WHY"), rows), as_json=as_json)
