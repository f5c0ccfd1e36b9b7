"""By which versions of others the licence of a version is bound."""

import sqlalchemy as sa

from registry.store.tables.columns import metadata

licence_bonds = sa.Table(
    "licence_bonds",
    metadata,
    sa.Column("version_id", sa.Text, sa.ForeignKey("versions.id"), primary_key=True),
    sa.Column("source_id", sa.Text, sa.ForeignKey("versions.id"), primary_key=True, index=True),
    sa.Column("used", sa.Boolean, nullable=False),
)
"""Written together with the version and never afterwards (registry.core.licence_bonds). `used`: contained unchanged."""
