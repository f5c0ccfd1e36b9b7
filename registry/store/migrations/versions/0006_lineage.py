"""What a million versions need to answer in milliseconds who comes from whom."""

from collections import defaultdict
from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_AT_ONCE = 5000
_ZERO = "0"


def upgrade() -> None:
    op.add_column("versions", sa.Column("generation", sa.Integer(), nullable=False, server_default=_ZERO))
    op.add_column("versions", sa.Column("line", sa.Text(), nullable=False, server_default=""))
    op.create_index("ix_versions_line_generation", "versions", ["line", "generation"])
    op.create_index("ix_versions_design_id_published_at", "versions", ["design_id", "published_at"])
    op.drop_index("ix_edges_parent_id_child_id", table_name="edges")
    op.create_index("ix_edges_parent_id_kind_child_id", "edges", ["parent_id", "kind", "child_id"])
    op.create_table(
        "families",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("root", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_families"),
    )
    op.create_index("ix_families_root", "families", ["root"])
    op.create_table(
        "crossings",
        sa.Column("child_line", sa.Text(), nullable=False),
        sa.Column("child_generation", sa.Integer(), nullable=False),
        sa.Column("parent_line", sa.Text(), nullable=False),
        sa.Column("parent_generation", sa.Integer(), nullable=False),
        sa.Column("starts", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint(
            "child_line", "child_generation", "parent_line", "parent_generation", name="pk_crossings"
        ),
    )
    op.execute("INSERT INTO families (name, root) SELECT DISTINCT family, family FROM versions")
    _place_all(op.get_bind())


def _place_all(connection: sa.Connection) -> None:
    """Give every version that is there its place, as it would have got it on publication (0006 of 2026)."""
    parents, revised = defaultdict(list), defaultdict(set)
    for child, parent, kind in connection.execute(sa.text("SELECT child_id, parent_id, kind FROM edges")):
        if kind != "uses":
            parents[child].append(parent)
        if kind == "revises":
            revised[child].add(parent)
    places: dict[str, tuple[int, str]] = {}
    tips: dict[str, int] = {}
    crossings = []
    for version in _parents_first(connection, parents):
        above = [(*places[parent], parent) for parent in parents[version]]
        generation = 1 + max((generation for generation, *_ in above), default=-1)
        open_lines = [(g, line) for g, line, parent in above if parent in revised[version] and tips[line] == g]
        line = max(open_lines)[1] if open_lines else version
        places[version], tips[line] = (generation, line), generation
        crossings += [
            {"a": line, "b": generation, "c": other, "d": at, "e": line == version}
            for at, other in sorted({(g, other) for g, other, _ in above if other != line})
        ]
    rows = [{"id": version, "g": generation, "l": line} for version, (generation, line) in places.items()]
    _in_parts(connection, "UPDATE versions SET generation = :g, line = :l WHERE id = :id", rows)
    _in_parts(connection, "INSERT INTO crossings VALUES (:a, :b, :c, :d, :e)", crossings)


def _parents_first(connection: sa.Connection, parents: dict[str, list[str]]) -> Iterator[str]:
    """All versions by the time of their publication, but none before its parents, whatever the clocks said."""
    done: set[str] = set()
    for (version,) in connection.execute(sa.text("SELECT id FROM versions ORDER BY published_at, id")).all():
        waiting = [version]
        while waiting:
            missing = [parent for parent in parents[waiting[-1]] if parent not in done]
            if missing:
                waiting += missing
            elif (ready := waiting.pop()) not in done:
                done.add(ready)
                yield ready


def _in_parts(connection: sa.Connection, statement: str, rows: list[dict[str, object]]) -> None:
    for start in range(0, len(rows), _AT_ONCE):
        connection.execute(sa.text(statement), rows[start : start + _AT_ONCE])
