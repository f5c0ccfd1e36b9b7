"""The tables, one file a feature, all on one metadata."""

from registry.store.tables import builds, designs, members, recording

__all__ = ["builds", "designs", "members", "recording"]
