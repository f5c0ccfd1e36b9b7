"""fabnode enroll: from a one-time code to an agent that its registry knows."""

from pathlib import Path

import click

from fabnode.cli.output import json_option, say


@click.command()
@click.argument("registry")
@click.option("--code", prompt="Enrolment code from the facility's page", help="The one-time code.")
@click.option("--name", default=None, help="How the registry calls this agent. Default: this computer's name.")
@click.option("--again", is_flag=True, help="Replace an earlier enrolment. Its journal is kept aside.")
@json_option
@click.pass_obj
def enroll(folder: Path, registry: str, code: str, name: str | None, *, again: bool, as_json: bool) -> None:
    """Make this agent known to the registry at REGISTRY.

    \b
    Example:
      fabnode enroll https://cofab.example.org --code 7GH2-KX
    """
    import asyncio
    import socket

    from fabnode.enrolment import enrol
    from fabnode.home import Home

    identity = asyncio.run(
        enrol(Home(folder), registry, code.strip(), name or socket.gethostname() or "fabnode", replace=again)
    )
    words = (
        f"Enrolled with {identity.facility_name} at {identity.registry}.\n"
        f"Next: `fabnode machine add octoprint URL --profile prusa-mk4 --material PLA`, then `fabnode run`."
    )
    told = {"node": identity.node, "facility": identity.facility, "registry": identity.registry, "home": str(folder)}
    say(told, words, as_json=as_json)
