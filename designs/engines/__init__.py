"""CAD engines: one file each, found by its name. See interface.py."""
