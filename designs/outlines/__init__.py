"""Flat outlines from drawings (SVG, DXF), as curves in mm, to be cut from a sheet. They run in the jail."""
