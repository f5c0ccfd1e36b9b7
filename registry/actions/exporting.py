"""Everything that is a member's, put together for them to take along."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from designs.digest import Digest
from registry.core.permissions import Caller
from registry.store import accounts, groups, members
from registry.store import exporting as store

_NEVER = frozenset({"password_hash", "secret_sha256", "public_key"})
"""What identifies nobody but lets somebody in."""
_ACTS_AT_ONCE = 1000


@dataclass(frozen=True)
class File:
    """A file of a version, by the digest of its bytes."""

    path: str
    sha256: Digest


@dataclass(frozen=True)
class Export:
    """The documents, by their names in the archive, and the files of every version."""

    name: str
    documents: Mapping[str, object]
    files: tuple[File, ...]


def gather(connection: sa.Connection, caller: Caller, now: datetime) -> Export:
    """All that the registry keeps of a member and about them, as JSON; the bytes of files by their digests."""
    member = caller.member
    versions = store.versions_to_take(connection, member)
    files = [
        File(f"designs/{row['name'].replace('@', '/')}/{file['path']}", Digest(file["sha256"]))
        for row in versions
        for file in store.files_to_take(connection, row["id"])
    ]
    documents = {
        "member.json": {
            "exported_at": now,
            "member": _plain(members.member_by_id(connection, member)),
            "namespaces": _rows(members.namespaces_of(connection, member)),
            "groups": _rows(groups.groups_of(connection, member)),
            "invitations": _rows(groups.invitations_of(connection, member)),
            "tokens": _rows(members.tokens_of(connection, member)),
            "passkeys": _rows(accounts.passkeys_of(connection, member)),
        },
        "versions.json": _rows(versions),
        "orders.json": [
            {
                **_plain(order),
                "copies": _rows(store.copies_to_take(connection, order["id"])),
                "attempts": _rows(store.attempts_to_take(connection, order["id"])),
            }
            for order in store.orders_to_take(connection, member)
        ],
        "log.json": _acts(connection, caller.name),
    }
    return Export(caller.name, documents, tuple(files))


def _acts(connection: sa.Connection, name: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    after = 0
    while rows := store.acts_to_take(connection, name, after, _ACTS_AT_ONCE):
        found += _rows(rows)
        after = rows[-1]["sequence"]
    return found


def _rows(rows: Sequence[sa.RowMapping]) -> list[dict[str, object]]:
    return [_plain(row) for row in rows]


def _plain(row: sa.RowMapping | None) -> dict[str, object]:
    return {} if row is None else {key: value for key, value in row.items() if key not in _NEVER}
