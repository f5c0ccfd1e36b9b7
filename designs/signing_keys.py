"""Files that hold private keys: PKCS #8, readable by their owner alone, encrypted where there is a passphrase."""

import contextlib
import os
import secrets
import stat
from pathlib import Path

from designs.errors import DesignError
from designs.signing import PrivateKey

PRIVATE = 0o600
MAX_KEY_FILE = 64 << 10


class KeyFileUnusable(DesignError):
    """The file cannot be read, holds no Ed25519 key, could be read by others, or needs another passphrase."""


class PassphraseNeeded(KeyFileUnusable):
    """The key is encrypted, and no passphrase was given, or a wrong one."""


def new_key() -> PrivateKey:
    """A fresh key."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return PrivateKey(Ed25519PrivateKey.generate())


def write_key(path: Path, key: PrivateKey, passphrase: str | None = None) -> None:
    """Keep a key in a new file, whole or not at all. Raises KeyFileUnusable when there is one of this name already."""
    from cryptography.hazmat.primitives.serialization import (
        BestAvailableEncryption,
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    hidden = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
    data = key.secret.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, hidden)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    staging = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(staging, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.link(staging, path)  # unlike a rename it never takes the place of a key that is there
    except FileExistsError as error:
        raise KeyFileUnusable(f"{path} is there already: a key is never written over. Choose another name") from error
    finally:
        with contextlib.suppress(FileNotFoundError):
            staging.unlink()


def read_key(path: Path, passphrase: str | None = None) -> PrivateKey:
    """Raises KeyFileUnusable, PassphraseNeeded."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            data = file.read(MAX_KEY_FILE)
    except OSError as error:
        raise KeyFileUnusable(f"the key {path} cannot be read: {error.strerror}") from error
    if os.name == "posix" and mode & 0o077:
        raise KeyFileUnusable(f"others can read {path} (mode {mode:o}): run `chmod 600 {path}`, or make a new key")
    encrypted = b"ENCRYPTED" in data
    if encrypted and not passphrase:
        raise PassphraseNeeded(f"the key {path} is encrypted: give its passphrase")
    try:
        found = load_pem_private_key(data, passphrase.encode() if passphrase and encrypted else None)
    except (ValueError, TypeError) as error:
        if encrypted:
            raise PassphraseNeeded(f"the passphrase does not open {path}") from error
        raise KeyFileUnusable(f"{path} holds no private key in PEM form") from error
    if not isinstance(found, Ed25519PrivateKey):
        raise KeyFileUnusable(f"{path} holds another kind of key than Ed25519")
    return PrivateKey(found)
