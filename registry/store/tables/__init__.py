"""The tables, one file a feature, all on one metadata."""

from registry.store.tables import (
    accounts,
    builds,
    comparisons,
    designs,
    facilities,
    groups,
    hooks,
    licences,
    lineage,
    members,
    moderation,
    needs,
    orders,
    proposals,
    provenance,
    recording,
)

__all__ = [
    "accounts",
    "builds",
    "comparisons",
    "designs",
    "facilities",
    "groups",
    "hooks",
    "licences",
    "lineage",
    "members",
    "moderation",
    "needs",
    "orders",
    "proposals",
    "provenance",
    "recording",
]
