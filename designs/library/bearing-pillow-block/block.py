"""A pillow block for a ball bearing: 608 and its common relatives.

Printed with the shaft's axis upright: the seat comes out round, and the layers run round the bearing.
"""

import math

import cadquery as cq

# ---- parameters -------------------------------------------------------------
bearing = "608"         # 608, 625, 6000, 6001 or 6002
centre_height = 24.0    # of the shaft over the base
wall = 5.0              # round the bearing
depth = 14.0            # along the shaft
hole_spacing = 60.0     # of the two fixing screws
base_thickness = 8.0
screw_diameter = 5.0
seat_fit = 0.1          # added to the seat's diameter: 0 to press, 0.2 to slide


class Bearing:
    """Boundary dimensions of ISO 15: bore, outside diameter, width, mm."""

    SIZES = {
        "608": (8.0, 22.0, 7.0),
        "625": (5.0, 16.0, 5.0),
        "6000": (10.0, 26.0, 8.0),
        "6001": (12.0, 28.0, 8.0),
        "6002": (15.0, 32.0, 9.0),
    }


class Shape:
    SHOULDER = 2.0          # the bearing's outer ring rests on a step this wide
    SCREW_FIT = 0.5         # added to the screws' diameter
    SEAT = 2.1              # diameter of a screw's head or washer / diameter of the screw
    EDGE = 0.6              # chamfer of the edges on the bed and opposite
    LEAD = 0.5              # chamfer that leads the bearing into its seat


bearing_bore, outside, bearing_width = Bearing.SIZES[bearing]
seat = (outside + seat_fit) / 2
housing = seat + wall
base_length = hole_spacing + Shape.SEAT * screw_diameter + 3


def teardrop(radius):
    """A lying hole with a 45 degree roof, in the XZ plane."""
    side = radius / math.sqrt(2)
    return (
        cq.Workplane("XZ").moveTo(-side, side).threePointArc((0, -radius), (side, side))
        .lineTo(0, radius * math.sqrt(2)).close()
    )


outline = (
    cq.Workplane()
    .moveTo(-base_length / 2, 0).lineTo(base_length / 2, 0).lineTo(base_length / 2, base_thickness)
    .lineTo(housing, base_thickness).lineTo(housing, centre_height)
    .threePointArc((0, centre_height + housing), (-housing, centre_height))
    .lineTo(-housing, base_thickness).lineTo(-base_length / 2, base_thickness).close()
)
result = outline.extrude(depth).faces("<Z or >Z").edges().chamfer(Shape.EDGE)

axis = cq.Workplane(origin=(0, centre_height, 0))
result = result.cut(axis.circle(seat - Shape.SHOULDER).extrude(depth))
result = result.cut(axis.workplane(offset=depth - bearing_width).circle(seat).extrude(bearing_width))
lead = cq.Solid.makeCone(seat, seat + Shape.LEAD, Shape.LEAD, pnt=cq.Vector(0, centre_height, depth - Shape.LEAD))
result = result.cut(cq.Workplane(lead))

for x in (-hole_spacing / 2, hole_spacing / 2):
    drill = teardrop((screw_diameter + Shape.SCREW_FIT) / 2).extrude(-base_thickness)
    result = result.cut(drill.translate((x, 0, depth / 2)))
show_object(result, name="block")
