"""The simplest part: a box with rounded edges and a hole."""

import cadquery as cq

length = 60.0
width = 40.0
height = 20.0

part = cq.Workplane().box(length, width, height).edges("|Z").fillet(4).faces(">Z").workplane().hole(12)
show_object(part, name="box")
