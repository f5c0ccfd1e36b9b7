"""Model scripts in Python: their parameters read from the source, their values replaced, their errors told in the
designer's terms."""
