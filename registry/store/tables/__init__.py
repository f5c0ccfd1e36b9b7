"""The tables, one file a feature, all on one metadata."""

from registry.store.tables import builds, designs, facilities, members, orders, recording

__all__ = ["builds", "designs", "facilities", "members", "orders", "recording"]
