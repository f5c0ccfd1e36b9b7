"""Queries of places: which lines the versions stand on, how the lines cross, and which families are one."""

from collections.abc import Collection, Iterable, Mapping
from typing import TypeVar

import sqlalchemy as sa

from registry.core.lineage_lines import Crossing, Place, Stretch
from registry.ids import DesignId, VersionId
from registry.store.tables.designs import versions
from registry.store.tables.lineage import crossings, families

Value = TypeVar("Value")

_AT_ONCE = 400
"""Values that one statement compares with."""


_NAMED = versions.c.id.in_(sa.bindparam("wanted", expanding=True))
_PLACES = sa.select(versions.c.id, versions.c.line, versions.c.generation).where(_NAMED)
_OWNERS = sa.select(versions.c.id, versions.c.design_id).where(_NAMED)
_ROOTS = (
    sa.select(versions.c.id, families.c.root).join_from(versions, families, families.c.name == versions.c.family)
).where(_NAMED)


def places_of(connection: sa.Connection, wanted: Collection[VersionId]) -> dict[VersionId, Place]:
    """Where these versions stand."""
    found = connection.execute(_PLACES, {"wanted": sorted(wanted)})
    return {row.id: Place(row.line, row.generation) for row in found}


def tips_of(connection: sa.Connection, lines: Collection[str]) -> dict[str, int]:
    """The greatest generation on each of these lines."""
    query = (
        sa.select(versions.c.line, sa.func.max(versions.c.generation).label("generation"))
        .where(versions.c.line.in_(sorted(lines)))
        .group_by(versions.c.line)
    )
    return {row.line: row.generation for row in connection.execute(query)}


def versions_at(connection: sa.Connection, places: Collection[Place]) -> dict[Place, VersionId]:
    """Which versions stand at these places."""
    return {Place(row["line"], row["generation"]): VersionId(row["id"]) for row in _at(connection, places)}


def designs_at(connection: sa.Connection, lines: Collection[str]) -> dict[str, DesignId]:
    """To which design each of these lines belongs."""
    found: dict[str, DesignId] = {}
    for part in _parts(lines):
        found.update((row.id, row.design_id) for row in connection.execute(_OWNERS, {"wanted": part}))
    return found


def _at(connection: sa.Connection, places: Collection[Place]) -> Iterable[sa.RowMapping]:
    for part in _parts(places):
        conditions = [
            sa.and_(versions.c.line == place.line, versions.c.generation == place.generation) for place in part
        ]
        query = sa.select(versions.c.id, versions.c.line, versions.c.generation).where(sa.or_(*conditions))
        yield from connection.execute(query).mappings()


_crossings_between = (
    sa.select(crossings)
    .where(crossings.c.child_line.in_(sa.bindparam("lines", expanding=True)))
    .where(crossings.c.child_generation.between(sa.bindparam("low"), sa.bindparam("high")))
)


def crossings_of(connection: sa.Connection, lines: Collection[str], low: int, high: int) -> Iterable[Crossing]:
    """The crossings out of these lines, of children from one generation up to another."""
    for part in _parts(lines):
        for row in connection.execute(_crossings_between, {"lines": part, "low": low, "high": high}):
            yield Crossing(
                Place(row.child_line, row.child_generation), Place(row.parent_line, row.parent_generation), row.starts
            )


def add_crossings(connection: sa.Connection, new: Collection[Crossing]) -> None:
    rows = [
        {
            "child_line": crossing.child.line,
            "child_generation": crossing.child.generation,
            "parent_line": crossing.parent.line,
            "parent_generation": crossing.parent.generation,
            "starts": crossing.starts,
        }
        for crossing in new
    ]
    if rows:
        connection.execute(sa.insert(crossings), rows)


def count_in(connection: sa.Connection, stretches: Collection[Stretch], *, most: int) -> int:
    """How many versions stand in these pieces of lines; counting ends at `most`."""
    counted = 0
    for part in _parts(stretches):
        conditions = [
            sa.and_(
                versions.c.line == piece.line,
                versions.c.generation > piece.above,
                versions.c.generation <= piece.upto,
            )
            for piece in part
        ]
        found = sa.select(versions.c.generation).where(sa.or_(*conditions)).limit(most - counted).subquery()
        counted += connection.execute(sa.select(sa.func.count()).select_from(found)).scalar_one()
        if counted >= most:
            break
    return counted


def begin_family(connection: sa.Connection, name: str) -> None:
    connection.execute(sa.insert(families).values(name=name, root=name))


def roots_of(connection: sa.Connection, wanted: Collection[VersionId]) -> Mapping[VersionId, str]:
    """To which family, all that was joined taken together, each of these versions belongs."""
    return {row.id: row.root for row in connection.execute(_ROOTS, {"wanted": sorted(wanted)})}


def join_families(connection: sa.Connection, roots: Collection[str]) -> str:
    """Make these families one, the smaller ones part of the one that joined most, and say which that is.

    It writes one row for each beginning in the smaller ones, never a version; because the smaller goes into the
    larger, a beginning is written at most log2(beginnings of the registry) times in its life.
    """
    query = (
        sa.select(families.c.root, sa.func.count().label("beginnings"))
        .where(families.c.root.in_(sorted(roots)))
        .group_by(families.c.root)
    )
    largest = max(connection.execute(query), key=lambda row: (row.beginnings, row.root)).root
    others = sorted(set(roots) - {largest})
    connection.execute(sa.update(families).where(families.c.root.in_(others)).values(root=largest))
    return str(largest)


def _parts(values: Iterable[Value]) -> Iterable[list[Value]]:
    listed = list(values)
    return (listed[start : start + _AT_ONCE] for start in range(0, len(listed), _AT_ONCE))
