"""fabnode discover: machines that announce themselves in the local network."""

import click

from fabnode.cli.output import json_option, say, table


@click.command()
@click.option("--seconds", type=click.FloatRange(0.5, 60), default=3, show_default=True, help="How long to listen.")
@json_option
def discover(*, seconds: float, as_json: bool) -> None:
    """List the machines that announce themselves in this network. Nothing is added or asked for.

    \b
    Examples:
      fabnode discover
      fabnode machine add discovered "OctoPrint on bench-3" --profile prusa-mk3s --material PLA
    """
    import asyncio

    from fabnode.discovery import discover as look

    found = asyncio.run(look(seconds))
    if found:
        words = table(("NAME", "DRIVER", "ADDRESS"), [(one.name, one.driver, one.url) for one in found])
        words += '\nAdd one: fabnode machine add discovered "NAME" --profile … --material …'
    else:
        words = "No machine announces itself here. Add one by its address: fabnode machine add octoprint http://…"
    say([vars(one) for one in found], words, as_json=as_json)
