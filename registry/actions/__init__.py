"""Load, decide, save: one function an act, each in one transaction."""
