"""Reading designs, versions and files."""

import json
from datetime import datetime
from functools import lru_cache

import sqlalchemy as sa

from designs.digest import Digest
from designs.manifest import Manifest
from designs.snapshot import ParentKind, SourceFile
from registry.actions.design_views import (
    DesignCard,
    DesignView,
    ParentView,
    VersionSummary,
    VersionView,
    Withdrawal,
)
from registry.core.releases import version_key
from registry.errors import Moved, NotFound
from registry.ids import DesignName, NamespaceName, VersionId, VersionName
from registry.store import designs as store
from registry.store import members, proposals, transfers
from registry.store.proposal_talk import contributors_of

MANIFESTS_AT_HAND = 256
"""Of versions that were looked at lately."""


def read_design(connection: sa.Connection, design: DesignName) -> DesignView:
    """A design and its versions. Raises NotFound."""
    row = store.card_of(connection, design)
    if row is None:
        raise no_design(connection, design)
    namespace = members.namespace_by_name(connection, design.namespace)
    owner = "" if namespace is None else namespace["owner"]
    versions = tuple(_summary(version) for version in reversed(store.versions_of(connection, row["id"])))
    return DesignView(card(row), owner, versions, proposals.count_open(connection, design))


def read_version(connection: sa.Connection, design: DesignName, version: str) -> VersionView:
    """One version; `latest` names the design's latest one. Raises NotFound."""
    if version == "latest":
        head = store.card_of(connection, design)
        if head is None:
            raise no_design(connection, design)
        version = head["latest"]
    row = store.version_by_key(connection, design, version_key(version))
    if row is None:
        if store.card_of(connection, design) is None:
            raise no_design(connection, design)
        raise NotFound(
            f"{design} has no version {version[:64]!r}: see which there are", code="no_version", value=version[:64]
        )
    return _version(connection, row)


def engine_of(connection: sa.Connection, name: VersionName) -> str:
    """What builds a version. Raises NotFound."""
    engine = store.engine_of_version(connection, name.design, version_key(name.version))
    return engine or read_version(connection, name.design, name.version).manifest.engine


def read_version_by_id(connection: sa.Connection, version: VersionId) -> VersionView:
    """One version by its id, for those who have stored the id."""
    row = store.version_by_id(connection, version)
    if row is None:
        raise NotFound(f"there is no version with the id {version!r}", code="no_version", value=version)
    return _version(connection, row)


def file_named(view: VersionView, path: str) -> SourceFile:
    """A file of a version by its path. Raises NotFound."""
    for file in view.files:
        if file.path == path:
            return file
    raise NotFound(
        f"{view.name} has no file {path[:200]!r}: see the list of its files", code="no_file", value=path[:200]
    )


def no_design(connection: sa.Connection, design: DesignName) -> NotFound:
    """What to raise where there is no design of this name: it says so, or where the design has moved to."""
    moved = transfers.moved_to(connection, design)
    if moved is not None:
        new = f"{moved['namespace']}/{moved['name']}"
        return Moved(f"{design} is {new} now: use that name", value=str(design), moved_to=new)
    return NotFound(f"there is no design {design}: look for it by search", code="no_design", value=str(design))


def card(row: sa.RowMapping) -> DesignCard:
    """What a list shows of a design, from a row of `store.designs.cards`."""
    return DesignCard(
        id=row["id"],
        name=DesignName(NamespaceName(row["namespace"]), row["name"]),
        title=row["title"],
        description=row["description"],
        licence=row["licence"],
        engine=row["engine"],
        tags=tuple(row["tags"]),
        latest=row["latest"],
        image=row["image"] or row["thumbnail"],
        forked_from=row["forked_from"],
        forks=row["forks"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


@lru_cache(maxsize=MANIFESTS_AT_HAND)
def _manifest(text: str) -> Manifest:
    """Of its JSON; reading it takes longer than all else when a build is looked up, and versions never change."""
    return Manifest.from_json(json.loads(text))


def _version(connection: sa.Connection, row: sa.RowMapping) -> VersionView:
    return VersionView(
        id=row["id"],
        name=VersionName(DesignName(NamespaceName(row["namespace"]), row["name"]), row["version"]),
        snapshot=row["snapshot"],
        manifest=_manifest(json.dumps(row["manifest"])),
        licence=row["licence"],
        changelog=row["changelog"],
        files=tuple(
            SourceFile(file["path"], Digest(file["sha256"]), file["size"])
            for file in store.files_of(connection, row["id"])
        ),
        parents=tuple(
            ParentView(ParentKind(parent["kind"]), parent["version"], parent["snapshot"])
            for parent in store.parents_of(connection, row["id"])
        ),
        published_by=row["publisher"],
        published_at=row["published_at"],
        yanked=withdrawal(row["yanked_at"], row["yank_reason"]),
        recalled=withdrawal(row["recalled_at"], row["recall_reason"]),
        is_latest=row["id"] == row["latest_id"],
        default_build=row["default_build"],
        contributors=tuple(name for name in contributors_of(connection, row["id"]) if name != row["publisher"]),
    )


def _summary(row: sa.RowMapping) -> VersionSummary:
    return VersionSummary(
        id=row["id"],
        version=row["version"],
        snapshot=row["snapshot"],
        licence=row["licence"],
        changelog=row["changelog"],
        published_by=row["publisher"],
        published_at=row["published_at"],
        yanked=withdrawal(row["yanked_at"], row["yank_reason"]),
        recalled=withdrawal(row["recalled_at"], row["recall_reason"]),
    )


def withdrawal(at: datetime | None, reason: str | None) -> Withdrawal | None:
    return None if at is None else Withdrawal(at, reason or "")
