"""fabnode notify: whether people can be reached."""

from pathlib import Path

import click

from fabnode.cli.output import json_option, say


@click.group()
def notify() -> None:
    """The channels by which people are told of what happens at the machines: [notify] in fabnode.toml.

    \b
    Example:
      fabnode notify test
    """


@notify.command("test")
@json_option
@click.pass_obj
@click.pass_context
def test(context: click.Context, folder: Path, *, as_json: bool) -> None:
    """Send a trial message by every channel. Ends with status 1 when one does not go out.

    \b
    Example:
      fabnode notify test --json
    """
    import asyncio

    from fabnode.config import load_config
    from fabnode.home import Home
    from fabnode.notify import try_channels

    outcome = asyncio.run(try_channels(load_config(Home(folder).config).notify, folder))
    lines = [f"{'ok  ' if trouble is None else 'BAD '} {name}{f': {trouble}' if trouble else ''}"
             for name, trouble in outcome.items()]  # fmt: skip
    say(outcome, "\n".join(lines) or "No channel is configured: see [notify] in the how-to.", as_json=as_json)
    if any(outcome.values()):
        context.exit(1)
