"""A rack for screwdrivers, files, tweezers and pliers, in a row of holes that grow from left to right.

Printed as it hangs, the shelf on the bed: the holes stand upright and the end gussets lean at 45 degrees or less.
"""

import cadquery as cq

# ---- parameters -------------------------------------------------------------
slots = 6
first_diameter = 8.0    # of the leftmost hole
last_diameter = 14.0    # of the rightmost hole
spacing = 14.0          # material between two holes: room for the handles
shelf_thickness = 5.0
plate_height = 40.0     # of the back plate, shelf included
plate_thickness = 4.0
open_front = False      # slots to the front, for tools that are wider at both ends
opening = 0.6           # width of such a slot / diameter of its hole
screw_diameter = 4.0    # two countersunk screws


class Shape:
    BEHIND = 8.0            # from the largest hole to the back plate
    BEFORE = 5.0            # from the largest hole to the front edge
    LEAD = 0.8              # chamfer that leads tools into the holes
    EDGE = 0.6              # chamfer of the shelf's edges on the bed
    GUSSET = 3.0            # thickness of the two end walls
    SCREW_FIT = 0.4
    HEAD = 2.0              # head diameter / screw diameter (ISO 10642)


diameters = [first_diameter + i * (last_diameter - first_diameter) / max(1, slots - 1) for i in range(slots)]
length = sum(diameters) + (slots + 1) * spacing
largest = max(diameters)
shelf_depth = Shape.BEHIND + largest + Shape.BEFORE       # in front of the plate
hole_y = -Shape.BEHIND - largest / 2                      # the plate's front face is at y=0

shelf = (
    cq.Workplane().box(length, shelf_depth + plate_thickness, shelf_thickness, centered=False)
    .translate((0, -shelf_depth, 0))
    .faces("<Z").edges().chamfer(Shape.EDGE)
)
plate = (
    cq.Workplane(origin=(0, 0, shelf_thickness / 2))
    .rect(length, plate_thickness, centered=False).extrude(plate_height - shelf_thickness / 2)
)
rack = shelf.union(plate)
reach = min(plate_height - shelf_thickness, shelf_depth)
for x in (0, length - Shape.GUSSET):
    gusset = (
        cq.Workplane("YZ", origin=(x, 0, shelf_thickness))
        .polyline([(1, -1), (-reach, -1), (-reach, 0), (0, reach), (1, reach)]).close().extrude(Shape.GUSSET)
    )
    rack = rack.union(gusset)

for i, diameter in enumerate(diameters):
    x = sum(diameters[:i]) + (i + 1) * spacing + diameter / 2
    at = cq.Workplane(origin=(x, hole_y, 0))
    rack = rack.cut(at.circle(diameter / 2).extrude(shelf_thickness))
    if open_front:
        slot = at.rect(diameter * opening, 2 * shelf_depth).extrude(shelf_thickness)
        behind = cq.Workplane(origin=(x, hole_y + shelf_depth, 0)).rect(2 * diameter, 2 * shelf_depth).extrude(shelf_thickness)
        rack = rack.cut(slot.cut(behind))
    lead = cq.Solid.makeCone(
        diameter / 2, diameter / 2 + Shape.LEAD, Shape.LEAD, pnt=cq.Vector(x, hole_y, shelf_thickness - Shape.LEAD)
    )
    rack = rack.cut(cq.Workplane(lead))

hole = (screw_diameter + Shape.SCREW_FIT) / 2
head = Shape.HEAD * screw_diameter / 2 + Shape.SCREW_FIT / 2
screw_z = (shelf_thickness + plate_height) / 2
for screw_x in (length / 4, 3 * length / 4):
    shank = cq.Workplane("XZ", origin=(screw_x, plate_thickness, screw_z)).circle(hole).extrude(plate_thickness)
    # The cone ends 1 mm outside the plate: it cuts the face instead of touching it.
    sink = cq.Solid.makeCone(
        hole, head + 1, head + 1 - hole, pnt=cq.Vector(screw_x, head - hole, screw_z), dir=cq.Vector(0, -1, 0)
    )
    rack = rack.cut(shank).cut(cq.Workplane(sink))
show_object(rack, name="rack")
