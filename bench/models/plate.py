"""A plate with 400 holes, drawn as one sketch and extruded once."""

import cadquery as cq

pitch = 10.0
hole = 5.0
thickness = 4.0
rows = 20
columns = 20

outline = cq.Workplane().rect((columns + 1) * pitch, (rows + 1) * pitch)
plate = outline.rarray(pitch, pitch, columns, rows).circle(hole / 2).extrude(thickness)
show_object(plate.edges("|Z and (>X or <X)").fillet(pitch / 2), name="plate")
