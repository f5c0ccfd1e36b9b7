"""`cofab key`: keys to sign with, made and kept here; the registry gets the public part alone."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from registry.cli.connection import connect
from registry.cli.key_files import DEFAULT, chosen_key, key_names, key_path, open_key
from registry.cli.options import json_option, registry_option
from registry.cli.output import good, note, say, table, write_json
from registry.errors import Invalid, NotFound

if TYPE_CHECKING:
    from designs.signing import PrivateKey
    from registry.client import RegistryClient, Reply
    from registry.client_reply import Json


@click.group(short_help="Make, register and revoke keys to sign with.")
def key() -> None:
    """Keys to sign versions with. The private part stays in a file that only you can read.

    \b
    Examples:
      cofab key new
      cofab key list
      cofab key revoke laptop --reason "the laptop was stolen" --compromised-since 2026-05-01
    """


@key.command("new", short_help="Make a key and register it.")
@click.argument("name", default=DEFAULT)
@click.option("--passphrase", is_flag=True, help="Encrypt the file; COFAB_KEY_PASSPHRASE, else you are asked.")
@click.option("--days", type=click.IntRange(1, 3650), help="How long it is valid. [default: until it is revoked]")
@click.option("--no-register", is_flag=True, help="Only make the file.")
@registry_option
@json_option
def new(
    *, name: str, passphrase: bool, days: int | None, no_register: bool, registry_url: str | None, as_json: bool
) -> None:
    """Make an Ed25519 key and register its public part as yours. From then on `cofab publish` signs with it.

    \b
    Examples:
      cofab key new
      cofab key new laptop --passphrase --days 365
    """
    from designs.signing_keys import new_key, write_key

    path, made = key_path(name), new_key()
    write_key(path, made, _new_passphrase() if passphrase else None)
    told: dict[str, Json] = {"name": name, "file": str(path), "id": made.public.id, "public": made.public.text}
    if not no_register:
        with connect(registry_url, needs_login=True) as registry:
            told = {**_register(registry, name, made, days).json, "file": str(path)}
    if as_json:
        write_json(told)
        return
    good(f"{path} holds your new key {made.public.id[:16]}; keep a copy of it where nobody else comes")
    if no_register:
        say(f"  Register it: cofab key register {name}")


@key.command("register", short_help="Register a key that is kept here.")
@click.argument("name", default=DEFAULT)
@click.option("--days", type=click.IntRange(1, 3650), help="How long it is valid. [default: until it is revoked]")
@registry_option
@json_option
def register(*, name: str, days: int | None, registry_url: str | None, as_json: bool) -> None:
    """Register the public part of a key as yours, at this registry. It needs a token with the scope admin, or a login.

    \b
    Example:
      cofab key register laptop
    """
    path = chosen_key(name)
    assert path is not None, "it was named"
    with connect(registry_url, needs_login=True) as registry:
        told = _register(registry, name, open_key(path), days)
    if as_json:
        write_json(told.json)
    else:
        good(f"{name} ({told.text('id')[:16]}) is registered as {told.text('member')}'s")


@key.command("list", short_help="List your keys.")
@registry_option
@json_option
def list_keys(*, registry_url: str | None, as_json: bool) -> None:
    """List the keys that the registry knows as yours, and whether their private part is kept here.

    \b
    Example:
      cofab key list
    """
    with connect(registry_url, needs_login=True) as registry:
        answer = registry.get("/me/keys")
    if as_json:
        write_json(answer.json["keys"])
        return
    here = set(key_names())
    rows = [
        (each.text("name"), each.text("id")[:16], _state(each), "kept here" if each.text("name") in here else "")
        for each in answer.parts("keys")
    ]
    table(rows, indent="") if rows else note("You have no key: make one by `cofab key new`")


@key.command("revoke", short_help="Let a key count no more.")
@click.argument("name")
@click.option("--reason", required=True, help="Why; everybody reads it.")
@click.option(
    "--compromised-since",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]),
    help="Since when somebody else had it (UTC): what it signed since then counts no more.",
)
@registry_option
@json_option
def revoke(
    *, name: str, reason: str, compromised_since: datetime | None, registry_url: str | None, as_json: bool
) -> None:
    """Revoke a key by its name or the beginning of its id. What it signed before stays good, unless it was stolen.

    \b
    Examples:
      cofab key revoke laptop --reason "replaced by a new one"
      cofab key revoke laptop --reason "stolen" --compromised-since 2026-05-01
    """
    since = None if compromised_since is None else compromised_since.replace(tzinfo=UTC).isoformat()
    with connect(registry_url, needs_login=True) as registry:
        found = [
            each
            for each in registry.get("/me/keys").parts("keys")
            if each.text("name") == name or (len(name) >= 8 and each.text("id").startswith(name))
        ]
        if len(found) != 1:
            raise NotFound(f"you have no key {name!r} there: `cofab key list` shows which there are")
        body: dict[str, Json] = {"reason": reason, "compromised_since": since}
        told = registry.post(f"/keys/{found[0].text('id')}/revoke", body)
    if as_json:
        write_json(told.json)
    else:
        good(f"{told.text('name')} is revoked: {reason}")


def _register(registry: "RegistryClient", name: str, made: "PrivateKey", days: int | None) -> "Reply":
    from designs.signing import possession_statement, sign_statement

    member = registry.me().text("name")
    proof = sign_statement(possession_statement(member, made.public, registry.url), made)
    until = None if days is None else (datetime.now(UTC) + timedelta(days=days)).isoformat()
    body: dict[str, Json] = {
        "name": name,
        "public": made.public.text,
        "proof": {**proof},  # type: ignore[dict-item]
        "valid_until": until,
    }
    return registry.post("/me/keys", body)


def _new_passphrase() -> str:
    import os

    from registry.cli.key_files import PASSPHRASE_VARIABLE

    given = os.environ.get(PASSPHRASE_VARIABLE) or click.prompt(
        "Passphrase", hide_input=True, confirmation_prompt=True, err=True
    )
    if len(given) < 8:
        raise Invalid("the passphrase is too short: at least 8 characters")
    return str(given)


def _state(told: "Reply") -> str:
    revoked = told.maybe_part("revoked")
    if revoked is not None:
        return f"revoked {revoked.text('at')[:10]}: {revoked.text('reason')}"
    until = told.maybe_text("valid_until")
    return f"valid until {until[:10]}" if until else "valid"
