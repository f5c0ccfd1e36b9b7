"""OpenSCAD's language, as far as parameters and errors go."""
