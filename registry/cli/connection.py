"""From options, environment and the token file to a registry that can be asked."""

import os
from typing import TYPE_CHECKING

import click

from registry.cli.token_file import TOKEN_VARIABLE, read_logins, token_file
from registry.errors import Unauthenticated

if TYPE_CHECKING:
    from registry.client import RegistryClient

DEFAULT_URL = "http://127.0.0.1:8440"


def registry_address(given: str | None) -> str:
    """The given address, else the one logged in to last, else this machine."""
    if given is None:
        return read_logins(token_file()).latest or DEFAULT_URL
    url = given.strip().rstrip("/")
    if not url.startswith(("http://", "https://")) or len(url) <= len("https://"):
        raise click.BadParameter(f"{given!r} is no address, like https://registry.example.org", param_hint="--registry")
    return url


def connect(given: str | None, *, needs_login: bool = False) -> "RegistryClient":
    """A registry, with the token of the login there. Raises Unauthenticated where one is needed and there is none."""
    from registry.client import RegistryClient

    url = registry_address(given)
    token = os.environ.get(TOKEN_VARIABLE) or None
    if token is None:
        login = read_logins(token_file()).by_url.get(url)
        token = login.token if login else None
    if token is None and needs_login:
        raise Unauthenticated(f"you are not logged in at {url}: run `cofab login {url}`, or set {TOKEN_VARIABLE}")
    return RegistryClient(url, token)
