"""Bundles of proofs put together: the log's tree brought up to date, the build signed, the content read."""

import asyncio

from designs.digest import Digest
from designs.provenance import Bundle
from registry.actions.designs import read_version
from registry.actions.order_views import read_order
from registry.actions.provenance import Wanted, bundle_of, sign_build
from registry.blobs import transfer
from registry.core.permissions import Caller
from registry.errors import NotFound
from registry.ids import BuildId, VersionName, parse_version_name
from registry.parts import State
from registry.store import orders as order_store
from registry.store.clock import database_now
from registry.work.log_signing import fold_through

MAX_SNAPSHOT = 4 << 20


async def prove_version(
    parts: State, name: VersionName, build: BuildId | None = None, *, content: bool = True
) -> Bundle:
    """The bundle of a version, and of a build of it. Raises NotFound, Unavailable."""
    return await _bundle(parts, name, build, order=None, content=content)


async def prove_order(parts: State, caller: Caller, order: str) -> Bundle:
    """The bundle of an order, for those who may read it, down to the machine files. Raises NotFound, Forbidden."""
    await parts.db.read(lambda connection: read_order(connection, order, caller))
    row = await parts.db.read(lambda connection: order_store.order_by_id(connection, order))
    if row is None:
        raise NotFound(f"there is no order {order[:80]!r}", code="no_order", value=order[:80])
    return await _bundle(parts, parse_version_name(row["version"]), BuildId(row["build_id"]), order=order)


async def _bundle(
    parts: State, name: VersionName, build: BuildId | None, *, order: str | None, content: bool = True
) -> Bundle:
    view = await parts.db.read(lambda connection: read_version(connection, name.design, name.version))
    await fold_through(parts)
    signed = build if build is not None and await _sign(parts, build, needed=order is None) else None
    wanted = Wanted(signed, order, await _content(parts, view.snapshot) if content else None)
    return await parts.db.read(lambda connection: bundle_of(connection, view, wanted))


async def _content(parts: State, snapshot: Digest) -> str:
    return (await asyncio.to_thread(transfer.read_whole, parts.blobs, snapshot, limit=MAX_SNAPSHOT)).decode()


async def _sign(parts: State, build: BuildId, *, needed: bool) -> bool:
    """Whether there is a signed statement of the build now. One that is not finished is no fault of an order."""
    signer = parts.signer
    if signer is None:
        return True  # another process may have signed it
    try:
        await parts.db.write(
            lambda connection: sign_build(connection, build, signer.origin, signer.statement, database_now(connection))
        )
    except NotFound:
        if needed:
            raise
        return False
    return True
