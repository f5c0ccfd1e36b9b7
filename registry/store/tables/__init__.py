"""The tables, one file a feature, all on one metadata."""

from registry.store.tables import builds, comparisons, designs, facilities, lineage, members, orders, recording

__all__ = ["builds", "comparisons", "designs", "facilities", "lineage", "members", "orders", "recording"]
