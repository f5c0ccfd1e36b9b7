"""Where tokens are kept: one file that only its owner can read, or the environment. Never shown, never logged."""

import contextlib
import json
import os
import secrets
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import platformdirs

from registry.errors import RegistryError

TOKEN_VARIABLE = "COFAB_TOKEN"  # noqa: S105  (a name, not a secret)
PRIVATE = 0o600


class TokenFileUnusable(RegistryError):
    """The file with the tokens cannot be read, or others could read it."""

    code = "token_file_unusable"
    title = "The tokens cannot be used"


@dataclass(frozen=True)
class Login:
    """Who one is at a registry."""

    member: str
    token: str = field(repr=False)


@dataclass(frozen=True)
class Logins:
    """The logins that are kept, by address of the registry."""

    latest: str | None = None
    """The registry that was logged in to last: where no address is given, it is meant."""
    by_url: Mapping[str, Login] = field(default_factory=dict)


def token_file() -> Path:
    """The platform's folder for settings."""
    return platformdirs.user_config_path("cofab") / "logins.json"


def read_logins(path: Path) -> Logins:
    """The logins in the file; none where there is no file. Raises TokenFileUnusable."""
    try:
        with path.open(encoding="utf-8") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            if os.name == "posix" and mode & 0o077:
                raise TokenFileUnusable(
                    f"others can read {path} (mode {mode:o}): run `chmod 600 {path}`, then log in anew"
                )
            value = json.load(file)
    except FileNotFoundError:
        return Logins()
    except ValueError as error:
        raise TokenFileUnusable(f"{path} is damaged: remove it and log in again") from error
    try:
        by_url = {str(url): Login(str(each["member"]), str(each["token"])) for url, each in value["logins"].items()}
        return Logins(value["latest"], by_url)
    except (KeyError, TypeError, AttributeError) as error:
        raise TokenFileUnusable(f"{path} is damaged: remove it and log in again") from error


def write_logins(path: Path, logins: Logins) -> None:
    """Replace the file in one step; it is never readable by others, not even while it is written."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    value = {
        "latest": logins.latest,
        "logins": {url: {"member": login.member, "token": login.token} for url, login in logins.by_url.items()},
    }
    staging = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(staging, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE), "w", encoding="utf-8") as file:
            json.dump(value, file, indent=2)
            file.flush()
            os.fsync(file.fileno())
        staging.replace(path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            staging.unlink()


def with_login(logins: Logins, url: str, login: Login) -> Logins:
    return Logins(url, {**logins.by_url, url: login})


def without_login(logins: Logins, url: str) -> Logins:
    kept = {other: login for other, login in logins.by_url.items() if other != url}
    return Logins(logins.latest if logins.latest != url else next(iter(kept), None), kept)
