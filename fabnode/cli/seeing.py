"""fabnode status and doctor: how the agent is, and what is wrong with it."""

from pathlib import Path
from typing import Any

import click

from fabnode.cli.meaning import name_of
from fabnode.cli.output import json_option, say


@click.command()
@json_option
@click.pass_obj
def status(folder: Path, *, as_json: bool) -> None:
    """What the machines do, what waits for you, and what is owed to the registry.

    \b
    Examples:
      fabnode status
      fabnode status --json | jq '.to_decide[].attempt'
    """
    from fabnode.cli.local import desk
    from fabnode.home import Home

    with desk(Home(folder)) as there:
        now = there.status()
    say(now, _words(now), as_json=as_json)


@click.command()
@json_option
@click.pass_obj
@click.pass_context
def doctor(context: click.Context, folder: Path, *, as_json: bool) -> None:
    """Check folder, configuration, registry, slicer and every machine, and say what to do.

    Ends with status 1 when something is wrong.

    \b
    Example:
      fabnode doctor
    """
    import asyncio

    from fabnode.examining import examine
    from fabnode.home import Home

    findings = asyncio.run(examine(Home(folder)))
    words = "\n".join(f"{'ok  ' if finding.well else 'BAD '} {finding.what}: {finding.words}" for finding in findings)
    say([vars(finding) for finding in findings], words, as_json=as_json)
    if not all(finding.well for finding in findings):
        context.exit(1)


def _copies(number: int) -> str:
    return f" ({number} copies on one plate)" if number > 1 else ""


def _words(now: dict[str, Any]) -> str:
    lines = ["the agent runs" if now["running"] else "the agent does not run"]
    if now["trouble"]:
        lines.append(f"registry: {now['trouble']}")
    if now["owed_reports"]:
        lines.append(f"{now['owed_reports']} reports wait to be sent")
    for one in now["machines"]:
        progress = f" {one['progress']:.0%}" if one["progress"] is not None else ""
        attempt = one["attempt"]
        held = f"; {attempt['design']} is {attempt['state'].replace('_', ' ')}" if attempt else ""
        lines.append(f"{one['key']}: {one['state']}{progress}, bed {one['bed']}{held}")
        lines += [f"  {need}" for need in one.get("needs", ())]
    for attempt in now["to_decide"]:
        verb = "settle" if attempt["state"] == "uncertain" else "accept"
        lines.append(
            f"waiting for you: {attempt['design']}{_copies(attempt['copies'])} on {attempt['machine']} is "
            f"{attempt['state'].replace('_', ' ')}: "
            f"fabnode {verb} {name_of(now, attempt)} good"
        )
    return "\n".join(lines)
