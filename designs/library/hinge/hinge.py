"""A butt hinge, printed flat and open, in one go or with a loose pin.

The axis runs along Y at x=0. Leaf A lies at x>0, leaf B at x<0. Printed in place, cones on the knuckles of
leaf B run in hollow cones of leaf A; 45 degree flanks need no supports, and a firm first turn frees them.
"""

import math

import cadquery as cq

# ---- parameters -------------------------------------------------------------
length = 60.0               # along the axis
leaf_width = 28.0           # from the axis to the outer edge
thickness = 3.2             # of the leaves
knuckle_diameter = 9.0
knuckles = 5                # of both leaves together
clearance = 0.35            # between moving faces
pin = "print-in-place"      # or "loose": a rod, nail or piece of filament
pin_diameter = 3.0          # of a loose pin
screws = 2                  # per leaf
screw_diameter = 4.0        # countersunk, 90 degrees


class Shape:
    CONE_RIM = 1.2          # mm of flat face round a cone
    CONE_SLOPE = 0.75       # height of a cone / radius of its base: the tip stays blunt
    CORE = 1.6              # mm left between two hollow cones in one knuckle
    PIN_FIT = 0.2           # added to the pin's diameter
    SCREW_FIT = 0.4         # added to the screw's diameter
    HEAD = 2.0              # head diameter / screw diameter (ISO 10642)
    CORNER = 3.0            # radius of the outer corners
    EDGE = 0.5              # chamfer of the outer edge on the bed


radius = knuckle_diameter / 2
segment = (length - (knuckles - 1) * clearance) / knuckles
cone_radius = radius - Shape.CONE_RIM
cone_height = min(cone_radius * Shape.CONE_SLOPE, (segment - Shape.CORE) / 2 - clearance)
plate_start = radius + clearance        # here the leaf begins, clear of the other leaf's knuckles


def span(i):
    """Where knuckle i lies along the axis."""
    start = i * (segment + clearance)
    return start, start + segment


def cylinder(r, y0, y1):
    return cq.Workplane("XZ", origin=(0, y0, radius)).circle(r).extrude(-(y1 - y0))


def knuckle(y0, y1):
    """A cylinder whose lower outer quarter is a flat and a 45 degree slope: it stands firm on the bed without supports."""
    corner, slope = radius * (2**0.5 - 1), radius * 0.5**0.5
    bend = (-radius * math.cos(math.radians(67.5)), radius * math.sin(math.radians(67.5)))
    return (
        cq.Workplane("XZ", origin=(0, y0, radius))
        .moveTo(0, -radius).lineTo(-corner, -radius).lineTo(-slope, -slope)
        .threePointArc(bend, (radius, 0)).threePointArc((slope, -slope), (0, -radius)).close()
        .extrude(-(y1 - y0))
    )


def cone(r0, y, height, towards):
    """A 45 degree cone on the axis from y, pointing to +Y or -Y, blunt at its end."""
    return cq.Workplane(
        cq.Solid.makeCone(r0, r0 - height, height, pnt=cq.Vector(0, y, radius), dir=cq.Vector(0, towards, 0))
    )


def countersunk(x, y):
    """What a countersunk screw takes away from the leaf, head above."""
    hole = (screw_diameter + Shape.SCREW_FIT) / 2
    head = Shape.HEAD * screw_diameter / 2 + Shape.SCREW_FIT / 2
    shank = cq.Workplane(origin=(x, y, 0)).circle(hole).extrude(thickness)
    # The cone ends 1 mm above the leaf: it cuts the face instead of touching it.
    cone_end = head + 1
    return shank.union(
        cq.Workplane(cq.Solid.makeCone(hole, cone_end, cone_end - hole, pnt=cq.Vector(x, y, thickness - (head - hole))))
    )


def leaf(own):
    """The leaf at x>0 with the knuckles whose numbers are `own`."""
    plate = cq.Workplane().box(leaf_width - plate_start, length, thickness, centered=False)
    plate = plate.translate((plate_start, 0, 0))
    plate = plate.edges("|Z and >X").fillet(Shape.CORNER)
    plate = plate.faces("<Z").edges(">X").chamfer(Shape.EDGE)
    pieces = []
    for i in own:
        y0, y1 = span(i)
        pieces.append(knuckle(y0, y1).val())
        pieces.append(cq.Workplane().box(plate_start + 1, y1 - y0, thickness, centered=False).translate((0, y0, 0)).val())
    part = cq.Workplane(plate.val().fuse(*pieces))
    middle = (plate_start + leaf_width) / 2
    at = [(middle, (i + 0.5) * length / screws) for i in range(screws)]
    for x, y in at:
        part = part.cut(countersunk(x, y))
    return part


def with_pin_hole(part):
    return part.cut(cylinder((pin_diameter + Shape.PIN_FIT) / 2, -1, length + 1))


def with_cones(part, own):
    """Cones on both ends of the knuckles, where there is a neighbour."""
    for i in own:
        y0, y1 = span(i)
        if i > 0:
            part = part.union(cone(cone_radius, y0, cone_height, -1))
        if i < knuckles - 1:
            part = part.union(cone(cone_radius, y1, cone_height, 1))
    return part


def with_hollows(part, own):
    """Hollow cones that keep `clearance` from the neighbours' cones, measured square to the flank."""
    mouth = cone_radius + clearance * (2**0.5 - 1)
    for i in own:
        y0, y1 = span(i)
        if i > 0:
            part = part.cut(cone(mouth, y0, cone_height, 1))
        if i < knuckles - 1:
            part = part.cut(cone(mouth, y1, cone_height, -1))
    return part


evens, odds = list(range(0, knuckles, 2)), list(range(1, knuckles, 2))
leaf_a, leaf_b = leaf(evens), leaf(odds)
if pin == "loose":
    leaf_a, leaf_b = with_pin_hole(leaf_a), with_pin_hole(leaf_b)
else:
    leaf_a, leaf_b = with_hollows(leaf_a, evens), with_cones(leaf_b, odds)

show_object(leaf_a, name="leaf_a")
show_object(leaf_b.mirror("YZ"), name="leaf_b")
