"""Pictures of a make: kept for the agent whose attempt it is, shown to those who may see the order."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from designs.digest import Digest
from registry.actions.nodes import NodeIdentity
from registry.actions.order_views import read_order
from registry.blobs.interface import VerifiedFile
from registry.core.permissions import Caller
from registry.errors import Invalid, NotFound
from registry.ids import JobId
from registry.store import blobs as blob_store
from registry.store import snapshots as store

MAX_PICTURE_BYTES = 2 << 20
KINDS = {b"\xff\xd8\xff": "jpg", b"\x89PNG\r\n\x1a\n": "png"}
"""By the first bytes; nothing else of a picture is looked at, and none is ever opened here."""


@dataclass(frozen=True)
class Picture:
    """One picture of a make."""

    attempt: str
    moment: str
    """start, end or failure."""
    taken_at: datetime


def require_owner(connection: sa.Connection, node: NodeIdentity, attempt: str) -> str:
    """The order of an attempt of this node. Raises NotFound."""
    row = store.owner_of(connection, attempt)
    if row is None or row["node_id"] != node.id:
        raise NotFound(f"this agent has no attempt {attempt[:80]!r}", value=attempt[:80])
    order: str = row["order_id"]
    return order


def is_there(connection: sa.Connection, order: str, attempt: str, moment: str) -> bool:
    """Whether a picture of this moment came before."""
    return store.snapshot_of(connection, order, attempt, moment) is not None


def keep(connection: sa.Connection, attempt: str, moment: str, picture: VerifiedFile, now: datetime) -> None:
    """Note a picture whose bytes are in the store. The first of each moment stays."""
    blob_store.record_blobs(connection, {picture.digest: picture.size}, now)
    store.add_snapshot(connection, attempt_id=attempt, moment=moment, sha256=picture.digest, taken_at=now)


def pictures_of(connection: sa.Connection, order: str) -> dict[JobId, tuple[Picture, ...]]:
    """The pictures of every copy. Who may see them is checked by `read_order`."""
    found: dict[JobId, list[Picture]] = {}
    for row in store.snapshots_of_order(connection, order):
        found.setdefault(row["job_id"], []).append(Picture(row["attempt_id"], row["moment"], row["taken_at"]))
    return {job: tuple(pictures) for job, pictures in found.items()}


def find_picture(connection: sa.Connection, order: str, attempt: str, moment: str, caller: Caller) -> Digest:
    """Raises NotFound, also when the caller has nothing to do with the order."""
    read_order(connection, order, caller)
    digest = store.snapshot_of(connection, order, attempt, moment)
    if digest is None:
        raise NotFound(f"there is no picture of the {moment} of this try", value=attempt[:80])
    return Digest(digest)


def kind_of(picture: bytes) -> str:
    """jpg or png. Raises Invalid."""
    for start, kind in KINDS.items():
        if picture.startswith(start):
            return kind
    raise Invalid("a picture must be JPEG or PNG, and this begins like neither", code="not_a_picture")
