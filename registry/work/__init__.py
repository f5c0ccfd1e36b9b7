"""Background work on durable tables."""
