"""`cofab admin`: what administrators and moderators do about members and reports."""

import click

from registry.cli.connection import connect
from registry.cli.options import json_option, registry_option
from registry.cli.output import good, note, say, table, write_json


@click.group(short_help="For administrators: members, rights, reports.")
def admin() -> None:
    """For administrators and moderators of a registry.

    \b
    Examples:
      cofab admin members
      cofab admin rights grace --moderator
      cofab admin suspend mallory --reason "Floods the registry"
      cofab admin reports
    """


@admin.command("members", short_help="List the members.")
@click.option("--after", default="", metavar="NAME", help="Begin after this name.")
@registry_option
@json_option
def list_members(*, after: str, registry_url: str | None, as_json: bool) -> None:
    """List the members by name, with their rights.

    \b
    Example:
      cofab admin members
    """
    with connect(registry_url, needs_login=True) as registry:
        answer = registry.get("/members", {"after": after, "limit": 500})
    if as_json:
        write_json(answer.json)
        return
    rows = []
    for one in answer.parts("members"):
        marks = [word for word in ("admin", "moderator", "deleted") if one.json[word]]
        marks += ["suspended"] if one.maybe_text("suspended") is not None else []
        rows.append((one.text("name"), ", ".join(marks), f"{one.whole('published')} versions"))
    table(rows, indent="")


@admin.command("rights", short_help="Make somebody an administrator or a moderator.")
@click.argument("name")
@click.option("--admin/--no-admin", "is_admin", default=None, help="An administrator, or no longer one.")
@click.option("--moderator/--no-moderator", "is_moderator", default=None, help="A moderator, or no longer one.")
@registry_option
@json_option
def rights(
    *, name: str, is_admin: bool | None, is_moderator: bool | None, registry_url: str | None, as_json: bool
) -> None:
    """Give rights to a member, or take them.

    \b
    Examples:
      cofab admin rights grace --moderator
      cofab admin rights grace --no-admin
    """
    if is_admin is None and is_moderator is None:
        raise click.UsageError("say what to change, like --moderator")
    with connect(registry_url, needs_login=True) as registry:
        registry.change("PUT", f"/members/{name}/rights", {"admin": is_admin, "moderator": is_moderator})
    _done({"member": name, "admin": is_admin, "moderator": is_moderator}, f"{name} has these rights", as_json=as_json)


@admin.command("suspend", short_help="Let somebody only read.")
@click.argument("name")
@click.option("--reason", required=True, help="The member reads it, and everybody in the log.")
@registry_option
@json_option
def suspend(*, name: str, reason: str, registry_url: str | None, as_json: bool) -> None:
    """Suspend a member: they read, take their data out, and change nothing.

    \b
    Example:
      cofab admin suspend mallory --reason "Floods the registry"
    """
    with connect(registry_url, needs_login=True) as registry:
        registry.change("PUT", f"/members/{name}/suspension", {"reason": reason})
    _done({"member": name, "suspended": reason}, f"{name} is suspended", as_json=as_json)


@admin.command("reinstate", short_help="End a suspension.")
@click.argument("name")
@registry_option
@json_option
def reinstate(*, name: str, registry_url: str | None, as_json: bool) -> None:
    """Let a suspended member do everything again.

    \b
    Example:
      cofab admin reinstate mallory
    """
    with connect(registry_url, needs_login=True) as registry:
        registry.delete(f"/members/{name}/suspension")
    _done({"member": name, "suspended": None}, f"{name} may do everything again", as_json=as_json)


@admin.command("password-link", short_help="Let somebody in who lost their password.")
@click.argument("name")
@registry_option
@json_option
def password_link(*, name: str, registry_url: str | None, as_json: bool) -> None:
    """Make a one-time link by which a member sets another password. It is shown this once.

    \b
    Example:
      cofab admin password-link grace
    """
    with connect(registry_url, needs_login=True) as registry:
        made = registry.post(f"/members/{name}/password-link")
    if as_json:
        write_json(made.json)
        return
    note(f"Give it to {name} by a way that only they read; good until {made.text('expires_at')[:16]} UTC:")
    say(made.text("url"))


@admin.command("reports", short_help="List what was reported.")
@registry_option
@json_option
def reports(*, registry_url: str | None, as_json: bool) -> None:
    """List the reports that nobody has answered, the oldest first.

    \b
    Example:
      cofab admin reports
    """
    with connect(registry_url, needs_login=True) as registry:
        answer = registry.get("/reports")
    if as_json:
        write_json(answer.json)
        return
    for one in answer.parts("reports"):
        say(f"{one.text('id')}  {one.text('kind')} {one.text('subject')}: {one.text('words')}")


@admin.command("hide", short_help="Hide a design or what a member writes about themselves.")
@click.argument("kind", type=click.Choice(["design", "member", "comment"]))
@click.argument("subject")
@click.option("--reason", required=True, help="Everybody reads it.")
@registry_option
@json_option
def hide(*, kind: str, subject: str, reason: str, registry_url: str | None, as_json: bool) -> None:
    """Hide something. Nothing is deleted: its owner and moderators still see it, and the owner may appeal.

    \b
    Example:
      cofab admin hide design mallory/bin --reason "A copy without licence"
    """
    with connect(registry_url, needs_login=True) as registry:
        made = registry.post("/hidings", {"kind": kind, "subject": subject, "reason": reason})
    _done(made.json, f"{subject} is hidden ({made.text('id')})", as_json=as_json)


@admin.command("decide", short_help="Answer an appeal, or show something again.")
@click.argument("hiding")
@click.option("--show/--keep-hidden", "shown", required=True, help="Whether it is shown again.")
@click.option("--answer", required=True, help="Everybody reads it.")
@registry_option
@json_option
def decide(*, hiding: str, shown: bool, answer: str, registry_url: str | None, as_json: bool) -> None:
    """Answer an appeal, or show something again without one.

    \b
    Example:
      cofab admin decide hid_3k7m --show --answer "The author agrees"
    """
    with connect(registry_url, needs_login=True) as registry:
        made = registry.post(f"/hidings/{hiding}/decide", {"answer": answer, "shown": shown})
    _done(made.json, f"{made.text('subject')} is {'shown again' if shown else 'still hidden'}", as_json=as_json)


def _done(told: object, words: str, *, as_json: bool) -> None:
    if as_json:
        write_json(told)
    else:
        good(words)
