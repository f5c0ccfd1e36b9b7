"""`cofab register`, `login`, `logout`, `whoami`: who one is at a registry."""

import sys

import click

from registry.cli.connection import connect, registry_address
from registry.cli.options import json_option, registry_option
from registry.cli.output import good, say, warn, write_json
from registry.cli.token_file import Login, read_logins, token_file, with_login, without_login, write_logins
from registry.errors import Unauthenticated

password_option = click.option("--password-stdin", is_flag=True, help="Read the password from the input stream.")
url_argument = click.argument("url", required=False)


@click.command(short_help="Become a member of a registry.")
@url_argument
@click.option("--name", prompt="Name", help="Your name there, also that of your namespace: a-z, digits, hyphens.")
@click.option("--display-name", default="", help="What people read.")
@click.option("--email", help="Only you and the administrator see it.")
@password_option
@json_option
def register(
    *, url: str | None, name: str, display_name: str, email: str | None, password_stdin: bool, as_json: bool
) -> None:
    """Become a member of the registry at URL, and be logged in there.

    \b
    Examples:
      cofab register http://127.0.0.1:8440 --name ada
      cofab register https://registry.example.org --name ada --email ada@example.org
    """
    from registry.client import RegistryClient

    address = _address(url)
    password = _password(from_input=password_stdin, new=True)
    with RegistryClient(address) as registry:
        answer = registry.register(name, password, display_name, email)
    member = answer.part("member").text("name")
    _keep(address, Login(member, answer.text("token")))
    _tell(address, member, as_json=as_json, done="registered and logged in")


@click.command(short_help="Log in at a registry.")
@url_argument
@click.option("--name", help="Your name there.")
@password_option
@click.option("--token-stdin", is_flag=True, help="Read a token from the input stream, instead of name and password.")
@json_option
def login(url: str | None, name: str | None, password_stdin: bool, token_stdin: bool, as_json: bool) -> None:
    """Log in at the registry at URL. It becomes the one that other commands mean.

    The token is kept in a file that only you can read. Programs set COFAB_TOKEN instead.

    \b
    Examples:
      cofab login http://127.0.0.1:8440 --name ada
      cofab login https://registry.example.org --token-stdin < token.txt
    """
    from registry.client import RegistryClient

    address = _address(url)
    if token_stdin:
        token = sys.stdin.readline().strip()
        if not token:
            raise click.UsageError("the input stream holds no token")
    else:
        name = name or click.prompt("Name", err=True)
        password = _password(from_input=password_stdin, new=False)
        with RegistryClient(address) as registry:
            token = registry.log_in(str(name), password)
    with RegistryClient(address, token) as registry:
        member = registry.me().text("name")
    _keep(address, Login(member, token))
    _tell(address, member, as_json=as_json, done="logged in")


@click.command(short_help="Forget the login at a registry.")
@url_argument
@json_option
def logout(url: str | None, as_json: bool) -> None:
    """End the session at the registry at URL, and forget its token.

    \b
    Examples:
      cofab logout
      cofab logout https://registry.example.org
    """
    from registry.client import RegistryClient, RegistryRefused, RegistryUnreachable

    address = registry_address(url)
    logins = read_logins(token_file())
    if address not in logins.by_url:
        raise Unauthenticated(f"you are not logged in at {address}")
    write_logins(token_file(), without_login(logins, address))
    try:
        with RegistryClient(address, logins.by_url[address].token) as registry:
            current = next((each for each in registry.get("/tokens").parts("tokens") if each.flag("current")), None)
            if current is not None and current.flag("session"):
                registry.delete(f"/tokens/{current.text('id')}")
    except (RegistryRefused, RegistryUnreachable) as error:
        warn(f"the token is forgotten here, but {address} was not told: {error}")
    if as_json:
        write_json({"registry": address})
    else:
        good(f"logged out of {address}")


@click.command(short_help="Say who you are at a registry.")
@registry_option
@json_option
def whoami(registry_url: str | None, as_json: bool) -> None:
    """Say who you are at the registry, and what your token may do.

    \b
    Examples:
      cofab whoami
      cofab whoami --json
    """
    with connect(registry_url, needs_login=True) as registry:
        me = registry.me()
    if as_json:
        write_json({**me.json, "registry": registry.url})
        return
    say(f"{me.text('name')} at {registry.url}, may {', '.join(me.texts('scopes'))}")


def _address(given: str | None) -> str:
    from registry.client import is_loopback

    address = registry_address(given)
    if address.startswith("http://") and not is_loopback(address):
        warn(f"{address} is not encrypted: others on the way can read your password and token")
    return address


def _password(*, from_input: bool, new: bool) -> str:
    if not from_input:
        return str(click.prompt("Password", hide_input=True, confirmation_prompt=new, err=True))
    password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise click.UsageError("the input stream holds no password")
    return password


def _keep(address: str, login: Login) -> None:
    write_logins(token_file(), with_login(read_logins(token_file()), address, login))


def _tell(address: str, member: str, *, as_json: bool, done: str) -> None:
    if as_json:
        write_json({"registry": address, "member": member})
    else:
        good(f"{done} at {address} as {member}")
