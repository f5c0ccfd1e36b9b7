"""A wall hook for hoses, cables, clothes and tools.

One outline, extruded and printed lying on its side: the layers follow the hook, so a load never pulls them apart.
"""

import cadquery as cq

# ---- parameters -------------------------------------------------------------
opening = 30.0          # width inside the hook
thickness = 7.0
width = 16.0            # along the wall
back_height = 70.0      # of the plate above the middle of the bend
lip = 12.0              # straight piece at the front before the round end
screws = 2
screw_diameter = 4.0    # countersunk


class Shape:
    SCREW_FIT = 0.4         # added to the screws' diameter
    HEAD = 2.0              # head diameter / screw diameter (ISO 10642)
    EDGE = 0.8              # chamfer all round, so that nothing frays what hangs on the hook


inner = opening / 2
outer = inner + thickness
axis_x, axis_y = outer, outer               # middle of the bend; the wall is at x=0, the lowest point at y=0
top = axis_y + back_height
front = axis_x + inner                      # inner face of the lip
head = Shape.HEAD * screw_diameter + Shape.SCREW_FIT

hook = (
    cq.Workplane()
    .moveTo(0, axis_y).threePointArc((axis_x, 0), (axis_x + outer, axis_y)).lineTo(axis_x + outer, axis_y + lip)
    .threePointArc((front + thickness / 2, axis_y + lip + thickness / 2), (front, axis_y + lip))
    .lineTo(front, axis_y).threePointArc((axis_x, axis_y - inner), (thickness, axis_y))
    .lineTo(thickness, top).lineTo(0, top).close()
    .extrude(width)
    .faces("<Z or >Z").edges().chamfer(Shape.EDGE)
)

# The screws sit above the lip, where a screwdriver reaches them.
lowest = axis_y + lip + thickness / 2 + head / 2
highest = top - head / 2 - 2
for i in range(screws):
    y = highest if screws == 1 else lowest + i * (highest - lowest) / (screws - 1)
    hole = (screw_diameter + Shape.SCREW_FIT) / 2
    shank = cq.Workplane("YZ", origin=(0, y, width / 2)).circle(hole).extrude(thickness)
    # The cone ends 1 mm outside the plate: it cuts the face instead of touching it.
    sink = cq.Solid.makeCone(
        hole, head / 2 + 1, head / 2 + 1 - hole,
        pnt=cq.Vector(thickness - (head / 2 - hole), y, width / 2), dir=cq.Vector(1, 0, 0),
    )
    hook = hook.cut(shank).cut(cq.Workplane(sink))
show_object(hook, name="hook")
