"""The complete source of a version: what it comes from and uses, and which of it goes along."""

from dataclasses import dataclass

import sqlalchemy as sa

from designs.snapshot import ParentKind, SourceFile
from registry.actions.designs import read_version
from registry.core.source_bundle import Bundle, Relative, plan
from registry.ids import DesignName, VersionId
from registry.store import designs as design_store
from registry.store import licences as store

MOST = 2000
"""Of versions that are looked at; of those beyond, the lineage at the version's address tells."""


@dataclass(frozen=True)
class CompleteSource:
    """A bundle's plan with the files that go into it."""

    bundle: Bundle
    relatives: dict[VersionId, Relative]
    files: dict[VersionId, tuple[SourceFile, ...]]
    """Of each version that is included."""


def read_source(connection: sa.Connection, design: DesignName, version: str) -> CompleteSource:
    """Plan the complete source of a version. Raises NotFound."""
    start = read_version(connection, design, version).id
    rows = store.reached_from(connection, start, MOST)
    above: dict[str, list[tuple[ParentKind, VersionId]]] = {}
    for edge in store.edges_above(connection, [row["id"] for row in rows]):
        above.setdefault(edge["child_id"], []).append((ParentKind(edge["kind"]), VersionId(edge["parent_id"])))
    relatives = {VersionId(row["id"]): _relative(row, tuple(above.get(row["id"], ()))) for row in rows}
    bundle = plan(relatives[start], relatives)
    files = {each.version.id: _files(connection, each.version.id) for each in bundle.included}
    return CompleteSource(bundle, relatives, files)


def _files(connection: sa.Connection, version: VersionId) -> tuple[SourceFile, ...]:
    rows = design_store.files_of(connection, version)
    return tuple(SourceFile(row["path"], row["sha256"], row["size"]) for row in rows)


def _relative(row: sa.RowMapping, parents: tuple[tuple[ParentKind, VersionId], ...]) -> Relative:
    design = row["manifest"]["design"]
    return Relative(
        id=VersionId(row["id"]),
        name=row["version"],
        title=design.get("title", design["name"]),
        licence=row["licence"],
        authors=tuple(design.get("authors", ())),
        publisher=row["publisher"],
        published_at=row["published_at"],
        changelog=row["changelog"],
        parents=parents,
        hidden=row["hidden_reason"] is not None,
    )
