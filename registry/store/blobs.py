"""Queries of the bytes that the registry knows to be safe."""

from collections.abc import Collection, Mapping
from datetime import datetime

import sqlalchemy as sa

from designs.digest import Digest
from registry.store.tables.designs import blobs
from registry.store.upsert import insert_if_new

AT_ONCE = 500


def record_blobs(connection: sa.Connection, sizes: Mapping[Digest, int], now: datetime) -> None:
    """Note that these bytes are in the store."""
    rows = [{"sha256": digest, "size": size, "created_at": now} for digest, size in sorted(sizes.items())]
    for start in range(0, len(rows), AT_ONCE):
        insert_if_new(connection, blobs, rows[start : start + AT_ONCE])


def known_sizes(connection: sa.Connection, digests: Collection[Digest]) -> dict[Digest, int]:
    """Of these digests, the ones whose bytes are in the store, with their sizes."""
    wanted, known = sorted(set(digests)), {}
    for start in range(0, len(wanted), AT_ONCE):
        query = sa.select(blobs.c.sha256, blobs.c.size).where(blobs.c.sha256.in_(wanted[start : start + AT_ONCE]))
        known.update({row.sha256: row.size for row in connection.execute(query)})
    return known
