"""Many rows in one statement: rows of JSON that a query reads like a table, in either database's words.

A statement keeps its text however many rows there are, so that it is compiled and prepared once.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

Row = Mapping[str, object]


def records(dialect: str, name: str, /, **columns: sa.types.TypeEngine[Any]) -> sa.FromClause:
    """The rows that are bound to the parameter `name`, as a table with these columns."""
    rows = sa.bindparam(name, type_=sa.Text)
    if dialect == "postgresql":
        typed = [sa.column(column, kind) for column, kind in columns.items()]
        found = sa.func.jsonb_to_recordset(sa.cast(rows, postgresql.JSONB)).table_valued(*typed, name=name)
        return found.render_derived(name=name, with_types=True)
    each = sa.func.json_each(rows).table_valued("value", name=f"{name}_each")
    return sa.select(
        *(
            sa.type_coerce(sa.func.json_extract(each.c.value, f"$.{column}"), kind).label(column)
            for column, kind in columns.items()
        )
    ).subquery(name)


def among(connection: sa.Connection, column: "sa.Column[str]", values: Iterable[str]) -> sa.ColumnElement[bool]:
    """Whether the column has one of these values, in words that stay the same however many they are."""
    if connection.dialect.name == "postgresql":
        return column == sa.any_(sa.literal(list(values), postgresql.ARRAY(sa.Text)))
    each = sa.func.json_each(json.dumps(list(values))).table_valued("value")
    return column.in_(sa.select(each.c.value))


def as_text(rows: Sequence[Row]) -> str:
    """The value of such a parameter. Moments are written with their time zone."""
    return json.dumps(rows, default=_moment, ensure_ascii=False, allow_nan=False)


def insert_rows(connection: sa.Connection, table: sa.Table, rows: Sequence[Row]) -> None:
    """Insert rows that all have the same columns, in their order."""
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        connection.execute(_insert(table, tuple(rows[0])), {"told": as_text(rows)})
    else:
        connection.execute(sa.insert(table), list(rows))


def update_rows(connection: sa.Connection, table: sa.Table, rows: Sequence[Row]) -> None:
    """Change rows by their `id`; all of them in the same columns."""
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        connection.execute(_update(table, tuple(rows[0])), {"told": as_text(rows)})
    else:
        query = sa.update(table).where(table.c.id == sa.bindparam("of"))
        connection.execute(query, [{"of" if name == "id" else name: row[name] for name in row} for row in rows])


@cache
def _insert(table: sa.Table, names: tuple[str, ...]) -> sa.Insert:
    told = records("postgresql", "told", **{name: table.c[name].type for name in names})
    return sa.insert(table).from_select(list(names), sa.select(*(told.c[name] for name in names)))


@cache
def _update(table: sa.Table, names: tuple[str, ...]) -> sa.Update:
    told = records("postgresql", "told", **{name: table.c[name].type for name in names})
    changed = {name: told.c[name] for name in names if name != "id"}
    return sa.update(table).where(table.c.id == told.c.id).values(changed)


def _moment(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{value!r} is no value of a row")
