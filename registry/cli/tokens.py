"""`cofab token`: tokens for programs, each with the scopes that it needs and an end."""

import click

from registry.cli.connection import connect
from registry.cli.options import json_option, registry_option
from registry.cli.output import good, note, say, table, write_json

SCOPES = ("read", "publish", "order", "facility", "admin")


@click.group(short_help="Make, list and revoke tokens for programs.")
def token() -> None:
    """Tokens for programs: each with the scopes that it needs, and an end.

    \b
    Examples:
      cofab token create "CI of the hook" --scope publish --days 90
      cofab token list
      cofab token revoke tok_3k7v
    """


@token.command("create", short_help="Make a token; it is shown once.")
@click.argument("label")
@click.option("--scope", "scopes", type=click.Choice(SCOPES), multiple=True, required=True, help="What it may do.")
@click.option("--days", type=click.IntRange(1, 3650), default=90, show_default=True, help="How long it is valid.")
@registry_option
@json_option
def create(label: str, scopes: tuple[str, ...], days: int, registry_url: str | None, as_json: bool) -> None:
    """Make a token. It is written to the output stream this once; the registry keeps only a hash of it.

    \b
    Examples:
      cofab token create laptop --scope publish --scope order
      cofab token create ci --scope publish --days 30 > token.txt
    """
    with connect(registry_url, needs_login=True) as registry:
        made = registry.post("/tokens", {"label": label, "scopes": [*sorted(set(scopes))], "expires_in_days": days})
    if as_json:
        write_json(made.json)
        return
    note(f"The token {label!r} ({made.text('id')}), valid for {days} days. It is not shown again:")
    say(made.text("token"))


@token.command("list", short_help="List your tokens and sessions.")
@registry_option
@json_option
def list_tokens(registry_url: str | None, as_json: bool) -> None:
    """List your tokens and sessions, without their secrets.

    \b
    Example:
      cofab token list
    """
    with connect(registry_url, needs_login=True) as registry:
        answer = registry.get("/tokens")
    if as_json:
        write_json(answer.json["tokens"])
        return
    table(
        [
            (
                each.text("id"),
                each.text("label") + (" (this one)" if each.flag("current") else ""),
                "session" if each.flag("session") else ", ".join(each.texts("scopes")),
                f"until {(each.maybe_text('expires_at') or 'revoked')[:10]}",
            )
            for each in answer.parts("tokens")
        ],
        indent="",
    )


@token.command("revoke", short_help="Make a token worthless.")
@click.argument("token_id", metavar="ID")
@registry_option
@json_option
def revoke(token_id: str, registry_url: str | None, as_json: bool) -> None:
    """Make one of your tokens worthless, at once. `cofab token list` shows their ids.

    \b
    Example:
      cofab token revoke tok_3k7v
    """
    with connect(registry_url, needs_login=True) as registry:
        registry.delete(f"/tokens/{token_id}")
    if as_json:
        write_json({"revoked": token_id})
    else:
        good(f"{token_id} is revoked")
