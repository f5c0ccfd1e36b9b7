"""`cofab fork` and `cofab yank`: begin from somebody's version; withdraw one's own."""

import click

from registry.cli.connection import connect
from registry.cli.options import DESIGN, LATEST, VERSION, json_option, registry_option
from registry.cli.output import good, say, write_json
from registry.ids import DesignName, VersionName, parse_version


@click.command(short_help="Begin a design of your own from a version.")
@click.argument("version", type=VERSION)
@click.option(
    "--to", "target", type=DESIGN, help="namespace/name of the fork. [default: your namespace, the same name]"
)
@click.option("--as-version", help="Number of the fork's first version. [default: that of the origin]")
@registry_option
@json_option
def fork(
    *, version: VersionName, target: DesignName | None, as_version: str | None, registry_url: str | None, as_json: bool
) -> None:
    """Fork a version: a design of your own that says where it comes from. No file is copied or uploaded.

    \b
    Examples:
      cofab fork ada/gridfinity-bin
      cofab fork ada/gridfinity-bin@1.2.0 --to open-lab/deep-bin
    """
    number = str(parse_version(as_version)) if as_version else None
    with connect(registry_url, needs_login=True) as registry:
        namespace = target.namespace if target else registry.me().text("name")
        name = target.name if target else version.design.name
        forked = registry.fork(version, {"namespace": namespace, "name": name, "version": number})
    if as_json:
        write_json(forked.json)
        return
    made = f"{forked.text('design')}@{forked.text('version')}"
    origin = next((each.text("version") for each in forked.parts("parents")), str(version))
    good(f"{made} is forked from {origin}")
    say(f"  Get its files:       cofab download {made}")
    say(f"  Publish your change: cofab publish --to {forked.text('design')}")


@click.command(short_help="Withdraw a version of your own.")
@click.argument("version", type=VERSION)
@click.option("--reason", required=True, help="What is wrong with it; everybody reads it.")
@registry_option
@json_option
def yank(*, version: VersionName, reason: str, registry_url: str | None, as_json: bool) -> None:
    """Withdraw a version: it stays reachable, with the reason, but is offered to nobody any more.

    \b
    Example:
      cofab yank ada/my-hook@1.0.0 --reason "The arm breaks at 40 N"
    """
    if version.version == LATEST:
        raise click.BadParameter("name the version to withdraw, like ada/my-hook@1.0.0", param_hint="VERSION")
    with connect(registry_url, needs_login=True) as registry:
        yanked = registry.yank(version, reason)
    if as_json:
        write_json(yanked.json)
    else:
        good(f"{version} is withdrawn: {reason}")
