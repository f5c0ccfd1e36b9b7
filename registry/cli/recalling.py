"""`cofab recall`: a version that is dangerous is made no more, anywhere."""

from typing import TYPE_CHECKING

import click

from registry.cli.connection import connect
from registry.cli.options import LATEST, VERSION, json_option, registry_option
from registry.cli.output import good, warn, write_json
from registry.ids import VersionName

if TYPE_CHECKING:
    from registry.client_reply import Json


@click.command(short_help="Recall a version for safety.")
@click.argument("version", type=VERSION, metavar="NAMESPACE/NAME@VERSION")
@click.option("--reason", required=True, help="What is dangerous about it; everybody reads it.")
@registry_option
@json_option
def recall(*, version: VersionName, reason: str, registry_url: str | None, as_json: bool) -> None:
    """Recall a version: nobody can order or fork it, machines begin no copy of it, and what descends from it is warned.

    Copies that wait are stopped at once. A print that runs is not cut: the people at the machine are told, and decide.

    \b
    Example:
      cofab recall ada/my-hook@1.0.0 --reason "The arm breaks at 40 N and the load falls"
    """
    from registry.client import version_path

    if version.version == LATEST:
        raise click.BadParameter("name the version to recall, like ada/my-hook@1.0.0", param_hint="VERSION")
    body: dict[str, Json] = {"reason": reason}
    with connect(registry_url, needs_login=True) as registry:
        told = registry.post(f"{version_path(version)}/recall", body)
    if as_json:
        write_json(told.json)
        return
    good(f"{told.text('version')} is recalled; {told.whole('stopped')} copies that waited will not be made")
    if told.whole("running"):
        warn(f"{told.whole('running')} copies may be on a machine already: the people there are told")
