"""A row of spacers (or, at a small height, washers) whose height grows step by step."""

import cadquery as cq

# ---- parameters -------------------------------------------------------------
bore = 3.4              # 3.4 for M3, 4.5 for M4, 5.5 for M5
outer_diameter = 8.0
height = 4.0            # of the first spacer
height_step = 2.0       # each next one is this much higher
count = 5


class Shape:
    EDGE = 0.4              # chamfer of all edges, also against the elephant's foot
    GAP = 3.0               # between spacers on the bed


for i in range(count):
    spacer = (
        cq.Workplane(origin=(i * (outer_diameter + Shape.GAP), 0, 0))
        .circle(outer_diameter / 2).circle(bore / 2)
        .extrude(height + i * height_step)
        .faces("<Z or >Z").edges().chamfer(Shape.EDGE)
    )
    show_object(spacer, name=f"spacer_{i + 1}")
