"""Queries of designs, their versions and files."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from registry.ids import DesignId, DesignName, VersionId
from registry.store.tables.builds import build_artifacts
from registry.store.tables.designs import design_tags, designs, edges, version_files, versions
from registry.store.tables.members import members
from registry.store.upsert import insert_if_new

_origin = versions.alias("origin")
_origin_design = designs.alias("origin_design")
_latest = versions.alias("latest")


def full_name(table: sa.FromClause, version: sa.FromClause) -> sa.ColumnElement[str]:
    """`namespace/name@version` as SQL."""
    return table.c.namespace + "/" + table.c.name + "@" + version.c.version


def cards() -> sa.Select[tuple[object, ...]]:
    """One row a design, with its latest version and origin: the ground of lists and of a design's head."""
    forks = sa.select(sa.func.count()).where(_forked.c.origin_id.in_(_own_versions)).scalar_subquery()
    thumbnail = (
        sa.select(build_artifacts.c.sha256)
        .where(build_artifacts.c.build_id == _latest.c.default_build, build_artifacts.c.name == "thumbnail.png")
        .scalar_subquery()
    )
    return (
        sa.select(
            designs,
            _latest.c.version.label("latest"),
            full_name(_origin_design, _origin).label("forked_from"),
            forks.label("forks"),
            thumbnail.label("thumbnail"),
        )
        .join_from(designs, _latest, _latest.c.id == designs.c.latest_id)
        .outerjoin(_origin, _origin.c.id == designs.c.origin_id)
        .outerjoin(_origin_design, _origin_design.c.id == _origin.c.design_id)
    )


_forked = designs.alias("forked")
_own = versions.alias("own")
_own_versions = sa.select(_own.c.id).where(_own.c.design_id == designs.c.id).correlate(designs)


def card_of(connection: sa.Connection, design: DesignName) -> sa.RowMapping | None:
    """A design's head by its name."""
    query = cards().where(designs.c.namespace == design.namespace, designs.c.name == design.name)
    return connection.execute(query).mappings().one_or_none()


def design_by_name(connection: sa.Connection, design: DesignName) -> sa.RowMapping | None:
    """The bare row of a design, also of one whose first version is just being written."""
    query = sa.select(designs).where(designs.c.namespace == design.namespace, designs.c.name == design.name)
    return connection.execute(query).mappings().one_or_none()


def design_by_id(connection: sa.Connection, design: str) -> sa.RowMapping | None:
    """The bare row of a design."""
    return connection.execute(sa.select(designs).where(designs.c.id == design)).mappings().one_or_none()


def lock_design(connection: sa.Connection, design: DesignId) -> None:
    """Let no other transaction change this design until the end of this one (SQLite has one writer anyway)."""
    connection.execute(sa.select(designs.c.id).where(designs.c.id == design).with_for_update()).one()


def add_design_if_new(connection: sa.Connection, values: Mapping[str, object]) -> None:
    insert_if_new(connection, designs, [values])


def change_design(connection: sa.Connection, design: DesignId, values: Mapping[str, object]) -> None:
    connection.execute(sa.update(designs).where(designs.c.id == design).values(values))


def replace_tags(connection: sa.Connection, design: DesignId, tags: Sequence[str]) -> None:
    """Make these the tags by which the design is found."""
    connection.execute(sa.delete(design_tags).where(design_tags.c.design_id == design))
    insert_if_new(connection, design_tags, [{"design_id": design, "tag": tag} for tag in tags])


def versions_of(connection: sa.Connection, design: DesignId) -> list[sa.RowMapping]:
    """All versions of a design, without their manifests, oldest first."""
    columns = [column for column in versions.c if column.name != "manifest"]
    query = (
        sa.select(*columns, members.c.name.label("publisher"))
        .join(members, members.c.id == versions.c.published_by)
        .where(versions.c.design_id == design)
        .order_by(versions.c.published_at, versions.c.id)
    )
    return list(connection.execute(query).mappings())


def _with_names() -> sa.Select[tuple[object, ...]]:
    return (
        sa.select(
            versions,
            designs.c.namespace,
            designs.c.name,
            designs.c.latest_id,
            members.c.name.label("publisher"),
        )
        .join(designs, designs.c.id == versions.c.design_id)
        .join(members, members.c.id == versions.c.published_by)
    )


def version_by_key(connection: sa.Connection, design: DesignName, key: str) -> sa.RowMapping | None:
    """One version by the design's name and its number in lower case."""
    query = _with_names().where(
        designs.c.namespace == design.namespace, designs.c.name == design.name, versions.c.version_key == key
    )
    return connection.execute(query).mappings().one_or_none()


def engine_of_version(connection: sa.Connection, design: DesignName, key: str) -> str | None:
    """What builds one version; None when there is no such one."""
    query = (
        sa.select(versions.c.manifest["engine"].as_string())
        .join(designs, designs.c.id == versions.c.design_id)
        .where(designs.c.namespace == design.namespace, designs.c.name == design.name, versions.c.version_key == key)
    )
    return connection.execute(query).scalar_one_or_none()


def version_by_id(connection: sa.Connection, version: VersionId) -> sa.RowMapping | None:
    return connection.execute(_with_names().where(versions.c.id == version)).mappings().one_or_none()


def versions_with_snapshot(connection: sa.Connection, snapshot: str) -> list[str]:
    """Names of the versions that have exactly this content, oldest first."""
    query = (
        sa.select(full_name(designs, versions))
        .join_from(versions, designs)
        .where(versions.c.snapshot == snapshot)
        .order_by(versions.c.published_at)
        .limit(20)
    )
    return list(connection.execute(query).scalars())


def files_of(connection: sa.Connection, version: VersionId) -> list[sa.RowMapping]:
    """The files of a version by path."""
    query = sa.select(version_files).where(version_files.c.version_id == version).order_by(version_files.c.path)
    return list(connection.execute(query).mappings())


def parents_of(connection: sa.Connection, version: VersionId) -> list[sa.RowMapping]:
    """What a version comes from: kind, name and snapshot of each parent."""
    query = (
        sa.select(edges.c.kind, full_name(designs, versions).label("version"), versions.c.snapshot)
        .join_from(edges, versions, versions.c.id == edges.c.parent_id)
        .join(designs, designs.c.id == versions.c.design_id)
        .where(edges.c.child_id == version)
        .order_by(edges.c.kind, "version")
    )
    return list(connection.execute(query).mappings())


def add_version(
    connection: sa.Connection,
    values: Mapping[str, object],
    files: Sequence[Mapping[str, object]],
    parents: Sequence[Mapping[str, object]],
) -> None:
    """Write a version together with its files and the edges to its parents."""
    connection.execute(sa.insert(versions).values(values))
    if files:
        connection.execute(sa.insert(version_files), list(files))
    if parents:
        connection.execute(sa.insert(edges), list(parents))


def yank(connection: sa.Connection, version: VersionId, reason: str, now: datetime) -> None:
    connection.execute(sa.update(versions).where(versions.c.id == version).values(yanked_at=now, yank_reason=reason))


def set_default_build(connection: sa.Connection, version: VersionId, build: str) -> None:
    connection.execute(sa.update(versions).where(versions.c.id == version).values(default_build=build))


def manifest_of(connection: sa.Connection, version: VersionId) -> object:
    """The manifest of a version, as JSON."""
    return connection.execute(sa.select(versions.c.manifest).where(versions.c.id == version)).scalar_one()
