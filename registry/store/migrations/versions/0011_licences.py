"""By which versions of others the licence of a version is bound."""

from collections import defaultdict
from collections.abc import Iterator
from graphlib import TopologicalSorter

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_AT_ONCE = 5000


def upgrade() -> None:
    op.create_table(
        "licence_bonds",
        sa.Column("version_id", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("used", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["versions.id"], name="fk_licence_bonds_version_id"),
        sa.ForeignKeyConstraint(["source_id"], ["versions.id"], name="fk_licence_bonds_source_id"),
        sa.PrimaryKeyConstraint("version_id", "source_id", name="pk_licence_bonds"),
    )
    op.create_index("ix_licence_bonds_source_id", "licence_bonds", ["source_id"])
    rows = list(_bonds(op.get_bind()))
    for start in range(0, len(rows), _AT_ONCE):
        statement = sa.text("INSERT INTO licence_bonds (version_id, source_id, used) VALUES (:version, :source, :used)")
        op.get_bind().execute(statement, rows[start : start + _AT_ONCE])


def _bonds(connection: sa.Connection) -> Iterator[dict[str, object]]:
    """What publication would have written for the versions that are there (registry.core.licence_bonds of 0011)."""
    parents = defaultdict(list)
    for child, parent, kind in connection.execute(sa.text("SELECT child_id, parent_id, kind FROM edges")):
        parents[child].append((parent, kind == "uses"))
    query = (
        "SELECT versions.id, designs.namespace, versions.published_by FROM versions "
        "JOIN designs ON designs.id = versions.design_id"
    )
    home = {version: (place, publisher) for version, place, publisher in connection.execute(sa.text(query))}
    above = {version: [parent for parent, _ in parents[version]] for version in home}
    found: dict[str, dict[str, bool]] = {}
    for version in TopologicalSorter(above).static_order():
        bonds: dict[str, bool] = {}
        for parent, used in parents[version]:
            own = any(one == other for one, other in zip(home[parent], home[version], strict=True))
            inherited = found[parent] if own else {parent: False}
            for source, contained in inherited.items():
                bonds[source] = (used or contained) and bonds.get(source, True)
        found[version] = bonds
        yield from ({"version": version, "source": source, "used": used} for source, used in sorted(bonds.items()))
