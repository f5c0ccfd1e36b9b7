"""The registry's own key: made at the first start, and used for checkpoints of the log and statements of builds.

Its file is the identity of the log. A process without it, one of several on one database, serves what others signed.
"""

import asyncio
import logging
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import sqlalchemy as sa

from designs.checkpoints import Checkpoint, LogKey, sign_checkpoint
from designs.signing import Envelope, PrivateKey, PublicKey, Statement, sign_statement, succession_statement
from designs.signing_keys import KeyFileUnusable, new_key, read_key, write_key
from registry.actions.log import append
from registry.errors import Unavailable
from registry.moments import now
from registry.settings import Settings
from registry.store import log_tree
from registry.store import provenance as store
from registry.store.database import Database

logger = logging.getLogger(__name__)

KEY_FILE = Path("keys") / "registry.pem"


@dataclass(frozen=True)
class Signer:
    """Signs in the name of the log."""

    origin: str
    key: PrivateKey

    @property
    def log_key(self) -> LogKey:
        return LogKey(self.origin, self.key.public)

    def checkpoint(self, checkpoint: Checkpoint) -> str:
        return sign_checkpoint(checkpoint, self.key)

    def statement(self, statement: Statement) -> Envelope:
        return sign_statement(statement, self.key)


async def open_signer(settings: Settings, db: Database) -> Signer | None:
    """The registry's key, made where there is none yet; None where this process has none of the registry's.

    Raises KeyFileUnusable, and Unavailable when the file holds a key that nobody named as the successor.
    """
    path = settings.signing_key or settings.data / KEY_FILE
    known = await db.read(store.keys_of_registry)
    key = await asyncio.to_thread(_read_or_make, path, make=not known)
    if key is None:
        logger.warning("there is no %s, and the registry has a key already: this process signs nothing", path)
        return None
    before = settings.signing_key_before
    old = None if before is None else await asyncio.to_thread(read_key, before)
    host = urlsplit(settings.url).netloc or "cofab"
    origin = await db.write(lambda connection: _take_up(connection, key, old, f"{host}/log"))
    return Signer(origin, key)


def _read_or_make(path: Path, *, make: bool) -> PrivateKey | None:
    if not path.exists():
        if not make:
            return None
        try:
            write_key(path, new_key())
        except KeyFileUnusable:
            logger.info("another process has just made the key %s", path)
    return read_key(path)


def _take_up(connection: sa.Connection, key: PrivateKey, before: PrivateKey | None, named: str) -> str:
    """Know the key as the registry's; the log's name, which stays what it was at first."""
    log_tree.name_log(connection, named)
    tree = log_tree.read_tree(connection, lock=True)
    origin = tree.origin or named
    known = store.keys_of_registry(connection)
    if known and known[-1]["id"] == key.public.id:
        return origin
    succession = None
    if known:
        succession = _succession(origin, key.public, before, known)
    store.add_key_of_registry(
        connection,
        id=key.public.id,
        number=len(known) + 1,
        public=key.public.text,
        succession=succession,
        added_at=now(),
    )
    if known:
        append(connection, "registry.key_changed", origin, "registry", {"public": key.public.text}, now())
    return origin


def _succession(origin: str, key: PublicKey, before: PrivateKey | None, known: list[sa.RowMapping]) -> Envelope:
    if before is None or before.public.id != known[-1]["id"] or any(row["id"] == key.id for row in known):
        raise Unavailable(
            "the signing key is not the one that this registry signed with last: put the file back, or replace the key "
            "by giving the old one as COFAB_SIGNING_KEY_BEFORE once, so that it names the new one",
            code="strange_signing_key",
        )
    return sign_statement(succession_statement(before.public, key, origin), before)
