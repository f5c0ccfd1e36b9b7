"""One link of a cable chain (energy chain); print as many as the chain needs and snap them together.

X is the chain's direction. The rear joint is at x=0, the front joint at x=pitch. At the front two inner ears carry
conical pins, at the rear two outer ears have conical holes: push the ears of the next link over the pins.
Neighbouring links turn upwards (the next link's front rises) up to `max_bend`, and not downwards.
"""

import math

import cadquery as cq

# ---- parameters -------------------------------------------------------------
inner_width = 20.0      # room for cables
inner_height = 12.0
pitch = 26.0            # from joint to joint
floor = 2.0             # thickness of floor and roof
side = 2.4              # thickness of an ear
clearance = 0.3         # between moving faces
max_bend = 45.0         # degrees between neighbours


class Shape:
    PIN = 0.36              # radius of a pin at its root / radius of the ears
    PIN_REACH = 0.75        # how deep the pin stands in the other ear, in ear thicknesses
    AIR = 0.1               # between the stops where they should touch: printed faces are a little proud
    EDGE = 0.5              # chamfer of the cable room's ends


height = inner_height + 2 * floor
radius = height / 2                             # of the ears, round the joint
inner_face = inner_width / 2
inner_ear = inner_face + side                   # outer face of the inner ears
outer_face = inner_ear + clearance              # inner face of the outer ears
outside = outer_face + side
body_start = radius + clearance                 # the closed part, clear of both neighbours' ears
body_end = pitch - radius - clearance
stop = radius + clearance - Shape.AIR           # distance of the stops from the joint
pin_root = radius * Shape.PIN
pin_length = clearance + side * Shape.PIN_REACH


def prism(wire, y0, y1):
    """A solid with the given outline in XZ (z=0 at the joint), from y0 to y1, lifted onto the bed."""
    return wire.extrude(-(y1 - y0)).translate((0, y0, radius))


def rear_outline():
    """Outer ear: round where it passes the neighbour, flat and farther out where it stops it.

    At rest the lower flat stands against the neighbour (no turning downwards); after `max_bend` the slanted one does.
    """
    bend = math.radians(max_bend)
    c, s = math.cos(bend), math.sin(bend)
    along = (radius - stop * s) / c                         # of the slanted flat, up to the top
    return (
        cq.Workplane("XZ").moveTo(body_end, -radius).lineTo(-stop, -radius).lineTo(-stop, 0).lineTo(-radius, 0)
        .threePointArc((-radius * math.cos(bend / 2), radius * math.sin(bend / 2)), (-radius * c, radius * s))
        .lineTo(-stop * c, stop * s).lineTo(-stop * c + along * s, radius).lineTo(body_end, radius).close()
    )


def front_outline():
    """Inner ear: round above, where it turns inside the neighbour, square below, where it lies on the bed."""
    front = pitch + radius
    return (
        cq.Workplane("XZ").moveTo(body_start, -radius).lineTo(front, -radius).lineTo(front, 0)
        .threePointArc((pitch + radius * math.sqrt(0.5), radius * math.sqrt(0.5)), (pitch, radius))
        .lineTo(body_start, radius).close()
    )


def cone(root, length, x, y):
    """A 45 degree cone along +Y, as a pin or as a hole."""
    return cq.Workplane(
        cq.Solid.makeCone(root, root - length, length, pnt=cq.Vector(x, y, radius), dir=cq.Vector(0, 1, 0))
    )


def half():
    """The half of the link at y>0, without floor and roof."""
    # The hole is the pin's cone moved outwards by the clearance, measured square to the flank; then through.
    hole_root = pin_root + clearance * (math.sqrt(2) - 1)
    tip = pin_root - pin_length + clearance
    hole = cone(hole_root, pin_length - clearance, 0, outer_face).union(
        cq.Workplane("XZ", origin=(0, outer_face, radius)).circle(tip).extrude(-2 * side)
    )
    outer = prism(rear_outline(), outer_face, outside).cut(hole)
    inner = prism(front_outline(), inner_face, inner_ear)
    joint = cq.Workplane().box(body_end - body_start, outside - inner_face, height, centered=False)
    pin = cone(pin_root, pin_length, pitch, inner_ear)
    return outer.union(inner).union(joint.translate((body_start, inner_face, 0))).union(pin)


def deck(z):
    return (
        cq.Workplane().box(body_end - body_start, 2 * inner_ear, floor, centered=(False, True, False))
        .translate((body_start, 0, z))
    )


one = half()
result = one.union(one.mirror("XZ")).union(deck(0)).union(deck(height - floor))
# Cables bend over these edges: break them.
for z, x in ((floor, body_start), (floor, body_end), (height - floor, body_start), (height - floor, body_end)):
    knife = (
        cq.Workplane("XZ", origin=(x, inner_face, z))
        .polyline([(-Shape.EDGE, 0), (0, Shape.EDGE), (Shape.EDGE, 0), (0, -Shape.EDGE)]).close()
        .extrude(inner_width)
    )
    result = result.cut(knife)
show_object(result, name="link")
