"""`cofab group`: groups, who belongs to them, and invitations."""

from typing import TYPE_CHECKING

import click

from registry.cli.connection import connect
from registry.cli.options import json_option, registry_option
from registry.cli.output import good, say, table, write_json

if TYPE_CHECKING:
    from registry.client_reply import Json

ROLES = click.Choice(["member", "maintainer", "owner"])
KINDS = click.Choice(["community", "coalition", "institution"])


@click.group(short_help="Make groups, invite, join, and leave.")
def group() -> None:
    """Groups: they own namespaces together. Nobody belongs to one without accepting an invitation.

    \b
    Examples:
      cofab group create open-lab --title "Open lab" --kind coalition
      cofab group invite open-lab grace --role maintainer
      cofab group accept open-lab
    """


@group.command("create", short_help="Make a group that you own.")
@click.argument("name")
@click.option("--title", default="", help="What people read.")
@click.option("--kind", type=KINDS, default="community", show_default=True, help="What it is.")
@click.option("--description", default="", help="What people should know.")
@click.option("--worker-owned", is_flag=True, help="It belongs to those who work in it, and they share all gains.")
@registry_option
@json_option
def create(
    *,
    name: str,
    title: str,
    kind: str,
    description: str,
    worker_owned: bool,
    registry_url: str | None,
    as_json: bool,
) -> None:
    """Make a group, with a namespace of the same name.

    \b
    Example:
      cofab group create open-lab --title "Open lab" --kind coalition
    """
    body: dict[str, Json] = {
        "name": name,
        "display_name": title,
        "kind": kind,
        "description": description,
        "worker_owned": worker_owned,
    }
    with connect(registry_url, needs_login=True) as registry:
        made = registry.post("/groups", body)
    if as_json:
        write_json(made.json)
    else:
        good(f"{made.text('name')} is made. Next: cofab group invite {made.text('name')} NAME")


@group.command("list", short_help="List your groups and invitations.")
@registry_option
@json_option
def list_groups(*, registry_url: str | None, as_json: bool) -> None:
    """List the groups that you belong to, and the invitations that wait for your answer.

    \b
    Example:
      cofab group list
    """
    with connect(registry_url, needs_login=True) as registry:
        answer = registry.get("/me/groups")
    if as_json:
        write_json(answer.json)
        return
    table([(one.text("name"), one.text("role"), one.text("kind")) for one in answer.parts("groups")], indent="")
    for one in answer.parts("invitations"):
        say(f"{one.text('invited_by')} invites you to {one.text('group')} as {one.text('role')}")


@group.command("show", short_help="Show a group.")
@click.argument("name")
@registry_option
@json_option
def show(*, name: str, registry_url: str | None, as_json: bool) -> None:
    """Show who belongs to a group, and its namespaces.

    \b
    Example:
      cofab group show open-lab
    """
    with connect(registry_url) as registry:
        shown = registry.get(f"/groups/{name}")
    if as_json:
        write_json(shown.json)
        return
    say(f"{shown.text('display_name')} ({shown.text('kind')})")
    table([(one.text("name"), one.text("role")) for one in shown.parts("members")])
    say(f"  namespaces: {', '.join(shown.texts('namespaces'))}")


@group.command("invite", short_help="Invite somebody to a group that you own.")
@click.argument("name")
@click.argument("member")
@click.option("--role", type=ROLES, default="member", show_default=True, help="Maintainers publish, owners decide.")
@registry_option
@json_option
def invite(*, name: str, member: str, role: str, registry_url: str | None, as_json: bool) -> None:
    """Invite somebody. They belong to the group when they accept.

    \b
    Example:
      cofab group invite open-lab grace --role maintainer
    """
    with connect(registry_url, needs_login=True) as registry:
        shown = registry.post(f"/groups/{name}/invitations", {"member": member, "role": role})
    _done(shown.json, f"{member} is invited to {name} as {role}", as_json=as_json)


@group.command("accept", short_help="Join a group that invites you.")
@click.argument("name")
@registry_option
@json_option
def accept(*, name: str, registry_url: str | None, as_json: bool) -> None:
    """Join a group to which you are invited.

    \b
    Example:
      cofab group accept open-lab
    """
    with connect(registry_url, needs_login=True) as registry:
        shown = registry.post(f"/groups/{name}/accept")
    _done(shown.json, f"you belong to {name} as {shown.text('your_role')}", as_json=as_json)


@group.command("role", short_help="Give somebody another role.")
@click.argument("name")
@click.argument("member")
@click.argument("role", type=ROLES)
@registry_option
@json_option
def role(*, name: str, member: str, role: str, registry_url: str | None, as_json: bool) -> None:
    """Give somebody who belongs to a group of yours another role.

    \b
    Example:
      cofab group role open-lab grace owner
    """
    with connect(registry_url, needs_login=True) as registry:
        shown = registry.put(f"/groups/{name}/members/{member}", {"role": role})
    _done(shown.json, f"{member} is {role} of {name}", as_json=as_json)


@group.command("leave", short_help="Leave a group, or take somebody out of yours.")
@click.argument("name")
@click.option("--member", help="Whom to take out. [default: yourself]")
@registry_option
@json_option
def leave(*, name: str, member: str | None, registry_url: str | None, as_json: bool) -> None:
    """Leave a group; with --member, take somebody out of a group that you own.

    \b
    Examples:
      cofab group leave open-lab
      cofab group leave open-lab --member grace
    """
    with connect(registry_url, needs_login=True) as registry:
        who = member or registry.me().text("name")
        registry.delete(f"/groups/{name}/members/{who}")
    _done({"group": name, "left": who}, f"{who} has left {name}", as_json=as_json)


def _done(told: object, words: str, *, as_json: bool) -> None:
    if as_json:
        write_json(told)
    else:
        good(words)
