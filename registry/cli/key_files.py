"""Where one's own signing keys are kept, and how one is opened: files that only their owner can read."""

import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import platformdirs

from registry.errors import Invalid, NotFound

if TYPE_CHECKING:
    from designs.signing import PrivateKey

DEFAULT = "default"
PASSPHRASE_VARIABLE = "COFAB_KEY_PASSPHRASE"  # noqa: S105  (a name, not a secret)
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


def key_folder() -> Path:
    """The platform's folder for settings."""
    return platformdirs.user_config_path("cofab") / "keys"


def key_path(name: str) -> Path:
    """The file of a key of this name, there or not. Raises Invalid."""
    if not _NAME.fullmatch(name):
        raise Invalid(f"{name[:80]!r} is no name for a key: 1 to 63 letters a-z, digits and hyphens", code="bad_name")
    return key_folder() / f"{name}.pem"


def key_names() -> list[str]:
    """The keys that are kept here."""
    return sorted(path.stem for path in key_folder().glob("*.pem"))


def chosen_key(name: str | None) -> Path | None:
    """The file of the named key; without a name the default one, or the only one there is. Raises NotFound."""
    if name is not None:
        path = key_path(name)
        if not path.exists():
            raise NotFound(f"there is no key {name!r} in {path.parent}: make it by `cofab key new {name}`")
        return path
    names = key_names()
    if DEFAULT in names:
        return key_path(DEFAULT)
    return key_path(names[0]) if len(names) == 1 else None


def open_key(path: Path) -> "PrivateKey":
    """Read a key; a passphrase that is needed comes from the environment, or is asked for on a terminal."""
    from designs.signing_keys import PassphraseNeeded, read_key

    given = os.environ.get(PASSPHRASE_VARIABLE) or None
    try:
        return read_key(path, given)
    except PassphraseNeeded:
        if given is not None or not sys.stdin.isatty():
            raise
    return read_key(path, click.prompt(f"Passphrase of {path.stem}", hide_input=True, err=True))
