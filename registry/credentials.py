"""Secrets: random tokens that are stored as hashes, and passwords by Argon2id."""

import hashlib
import secrets
from dataclasses import dataclass
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

TOKEN_PREFIX = "cofab_"  # noqa: S105  (no secret)
"""Lets people and secret scanners recognise a token that has leaked."""
_hasher = PasswordHasher()


@dataclass(frozen=True)
class Secret:
    """A fresh token: shown once to whom it belongs, kept by its hash alone."""

    text: str
    sha256: str


def new_secret() -> Secret:
    """256 random bits: too many to guess, so that a plain hash suffices to keep them."""
    text = TOKEN_PREFIX + secrets.token_urlsafe(32)
    return Secret(text, secret_hash(text))


def secret_hash(text: str) -> str:
    """Under what a token is stored and looked up."""
    return hashlib.sha256(text.encode()).hexdigest()


def hash_password(password: str) -> str:
    """Slow on purpose (tens of milliseconds): call it on a thread."""
    return _hasher.hash(password)


def verify_password(stored: str | None, password: str) -> bool:
    """Slow on purpose, and as slow for a member that is not there (`stored` None)."""
    try:
        return _hasher.verify(stored or _hash_of_nobody(), password) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def has_weak_hash(stored: str) -> bool:
    """Whether the password should be hashed again: what counts as slow enough has grown since."""
    return _hasher.check_needs_rehash(stored)


@cache
def _hash_of_nobody() -> str:
    return _hasher.hash(secrets.token_urlsafe(16))
