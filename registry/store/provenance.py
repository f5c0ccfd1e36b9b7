"""Queries of keys, signatures, what the registry signs, and recalls."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

import sqlalchemy as sa

from registry.ids import BuildId, MemberId, VersionId
from registry.store.designs import full_name
from registry.store.tables.builds import build_artifacts, builds
from registry.store.tables.designs import designs, edges, versions
from registry.store.tables.members import members
from registry.store.tables.orders import attempts, jobs, orders
from registry.store.tables.provenance import build_statements, member_keys, registry_keys, version_signatures
from registry.store.upsert import insert_if_new

_ACROSS = ("forks", "merges", "uses")
"""Edges by which a design takes over what another one is."""
_MOST_WALKED = 5000
"""Ancestors that are looked at for a warning, the nearest first."""


def _keys() -> sa.Select[tuple[object, ...]]:
    return sa.select(member_keys, members.c.name.label("member")).join(members, members.c.id == member_keys.c.member_id)


def key_by_id(connection: sa.Connection, key: str) -> sa.RowMapping | None:
    """A key with its member's name."""
    return connection.execute(_keys().where(member_keys.c.id == key)).mappings().one_or_none()


def keys_of(connection: sa.Connection, member: MemberId) -> list[sa.RowMapping]:
    """A member's keys, oldest first."""
    query = _keys().where(member_keys.c.member_id == member).order_by(member_keys.c.added_at, member_keys.c.id)
    return list(connection.execute(query).mappings())


def add_key(connection: sa.Connection, **values: object) -> None:
    connection.execute(sa.insert(member_keys).values(values))


def revoke_key(connection: sa.Connection, key: str, **values: object) -> bool:
    """False when it was revoked already."""
    fresh = sa.and_(member_keys.c.id == key, member_keys.c.revoked_at.is_(None))
    return connection.execute(sa.update(member_keys).where(fresh).values(values)).rowcount == 1


def lock_key(connection: sa.Connection, key: str) -> None:
    """Let nobody revoke a key until the end of the transaction, so that the log's order is the order of what counts."""
    connection.execute(sa.select(member_keys.c.id).where(member_keys.c.id == key).with_for_update()).one_or_none()


def add_signature(connection: sa.Connection, **values: object) -> None:
    connection.execute(sa.insert(version_signatures).values(values))


def signatures_of(connection: sa.Connection, version: VersionId) -> list[sa.RowMapping]:
    """Signatures of a version with their keys and members, oldest first."""
    query = (
        sa.select(
            version_signatures,
            member_keys.c.name.label("key_name"),
            member_keys.c.public,
            member_keys.c.valid_from,
            member_keys.c.valid_until,
            member_keys.c.added_entry,
            member_keys.c.revoked_at,
            member_keys.c.revoke_reason,
            member_keys.c.compromised_since,
            member_keys.c.revoked_entry,
            members.c.name.label("member"),
        )
        .join(member_keys, member_keys.c.id == version_signatures.c.key_id)
        .join(members, members.c.id == member_keys.c.member_id)
        .where(version_signatures.c.version_id == version)
        .order_by(version_signatures.c.entry)
    )
    return list(connection.execute(query).mappings())


def keys_of_registry(connection: sa.Connection) -> list[sa.RowMapping]:
    """What the registry signs and signed with, oldest first."""
    return list(connection.execute(sa.select(registry_keys).order_by(registry_keys.c.number)).mappings())


def add_key_of_registry(connection: sa.Connection, **values: object) -> None:
    connection.execute(sa.insert(registry_keys).values(values))


def recipe_of(connection: sa.Connection, build: BuildId) -> sa.RowMapping | None:
    """A build's snapshot, recipe and state."""
    query = sa.select(builds.c.snapshot, builds.c.recipe, builds.c.state).where(builds.c.id == build)
    return connection.execute(query).mappings().one_or_none()


def artifacts_done(connection: sa.Connection, build: BuildId) -> dict[str, str]:
    """Names and digests of what a build gave."""
    query = sa.select(build_artifacts.c.name, build_artifacts.c.sha256).where(
        build_artifacts.c.build_id == build, build_artifacts.c.state == "done"
    )
    return {row.name: row.sha256 for row in connection.execute(query)}


def statement_of(connection: sa.Connection, build: BuildId) -> sa.RowMapping | None:
    """What the registry signed of a build."""
    query = sa.select(build_statements).where(build_statements.c.build_id == build)
    return connection.execute(query).mappings().one_or_none()


def keep_statement(connection: sa.Connection, build: BuildId, values: Mapping[str, object]) -> None:
    """Keep what was signed of a build, in place of what was before."""
    if not insert_if_new(connection, build_statements, [{"build_id": build, **values}]):
        connection.execute(sa.update(build_statements).where(build_statements.c.build_id == build).values(values))


def recall(connection: sa.Connection, version: VersionId, reason: str, now: datetime) -> bool:
    """False when it was recalled already."""
    fresh = sa.and_(versions.c.id == version, versions.c.recalled_at.is_(None))
    change = sa.update(versions).where(fresh).values(recalled_at=now, recall_reason=reason)
    return connection.execute(change).rowcount == 1


def jobs_to_stop(
    connection: sa.Connection, states: Collection[str], limit: int, *, version: VersionId | None, since: datetime | None
) -> list[sa.RowMapping]:
    """Jobs in these states of a recalled version, or of any that was recalled since: ids, and why."""
    query = (
        sa.select(jobs.c.id, versions.c.recall_reason)
        .join(orders, orders.c.id == jobs.c.order_id)
        .join(versions, versions.c.id == orders.c.version_id)
        .where(versions.c.recalled_at.is_not(None), jobs.c.state.in_(states))
        .order_by(jobs.c.id)
        .limit(limit)
    )
    if version is not None:
        query = query.where(versions.c.id == version)
    if since is not None:
        query = query.where(versions.c.recalled_at >= since)
    return list(connection.execute(query).mappings())


def recalls_among(connection: sa.Connection, wanted: Iterable[str]) -> list[sa.RowMapping]:
    """Those of these attempts that make a recalled version: `id`, `version`, `reason`."""
    query = (
        sa.select(
            attempts.c.id, full_name(designs, versions).label("version"), versions.c.recall_reason.label("reason")
        )
        .join(orders, orders.c.id == attempts.c.order_id)
        .join(versions, versions.c.id == orders.c.version_id)
        .join(designs, designs.c.id == versions.c.design_id)
        .where(attempts.c.id.in_(sorted(set(wanted))), versions.c.recalled_at.is_not(None))
        .order_by(attempts.c.id)
    )
    return list(connection.execute(query).mappings())


def recalled_origins(connection: sa.Connection, version: VersionId, limit: int) -> list[sa.RowMapping]:
    """Recalled versions that this one, or what it comes from, forked, merged or used: `version`, `reason`.

    A later revision of a recalled version is its keepers' answer to what was wrong, and so is no reason to warn.
    """
    recalled = versions.c.recalled_at.is_not(None)
    if connection.execute(sa.select(versions.c.id).where(recalled).limit(1)).first() is None:
        return []
    came = sa.select(sa.literal(version).label("id")).cte("came", recursive=True)
    came = came.union(sa.select(edges.c.parent_id).join(came, edges.c.child_id == came.c.id))
    walked = sa.select(came.c.id).limit(_MOST_WALKED).subquery()
    query = (
        sa.select(full_name(designs, versions).label("version"), versions.c.recall_reason.label("reason"))
        .join_from(edges, versions, versions.c.id == edges.c.parent_id)
        .join(designs, designs.c.id == versions.c.design_id)
        .where(edges.c.child_id.in_(sa.select(walked.c.id)), edges.c.kind.in_(_ACROSS), recalled)
        .distinct()
        .order_by("version")
        .limit(limit)
    )
    return list(connection.execute(query).mappings())
