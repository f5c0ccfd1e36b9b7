"""The server: designs, lineage, orders and the hand-out of physical work."""
