"""A clamping knob on a metric bolt or nut.

The hex of a bolt's head (or a nut) sits captive in a pocket that opens upwards, so the whole knob prints without
supports. Plastic threads wear; a steel one in a printed grip does not.
"""

import math

import cadquery as cq

# ---- parameters -------------------------------------------------------------
thread = "M8"           # M4, M5, M6, M8, M10 or M12
fastener = "bolt"       # "bolt": its head sits in the knob, "nut": the knob is screwed onto a stud
diameter = 42.0
height = 16.0
lobes = 6               # hollows for the fingers, 0 for a plain disc
grip_depth = 4.0        # of a hollow
hex_fit = 0.2           # added to the width across flats: 0.1 to press in, 0.3 to drop in


class Hex:
    """Width across flats, and height of head (ISO 4017) and nut (ISO 4032), mm; clearance holes of ISO 273 medium."""

    FLATS = {"M4": 7.0, "M5": 8.0, "M6": 10.0, "M8": 13.0, "M10": 16.0, "M12": 18.0}
    BOLT = {"M4": 2.8, "M5": 3.5, "M6": 4.0, "M8": 5.3, "M10": 6.4, "M12": 7.5}
    NUT = {"M4": 3.2, "M5": 4.7, "M6": 5.2, "M8": 6.8, "M10": 8.4, "M12": 10.8}
    HOLE = {"M4": 4.5, "M5": 5.5, "M6": 6.6, "M8": 9.0, "M10": 11.0, "M12": 13.5}


class Shape:
    EDGE_HEIGHT = 1.8       # bevel all round, top and bottom: steeper than 45 degrees, so it prints clean
    EDGE_WIDTH = 1.5
    SINK = 0.3              # the hex ends this far below the top
    SHARE = 0.62            # width of a hollow's circle / distance between hollows


pocket_depth = (Hex.BOLT if fastener == "bolt" else Hex.NUT)[thread] + Shape.SINK
corners = (Hex.FLATS[thread] + hex_fit) * 2 / math.sqrt(3)     # diameter through the corners

radius = diameter / 2
body = (
    cq.Workplane("XZ")
    .polyline([(0, 0), (radius - Shape.EDGE_WIDTH, 0), (radius, Shape.EDGE_HEIGHT), (radius, height - Shape.EDGE_HEIGHT),
               (radius - Shape.EDGE_WIDTH, height), (0, height)])
    .close().revolve(360, (0, 0, 0), (0, 1, 0))
)
if lobes > 0:
    hollow = radius * math.sin(math.pi / lobes) * Shape.SHARE     # radius of the circle that is taken away
    depth = min(grip_depth, 0.8 * hollow)
    body = body.cut(
        cq.Workplane().polarArray(radius + hollow - depth, 0, 360, lobes).circle(hollow).extrude(height)
    )
pocket = cq.Workplane(origin=(0, 0, height - pocket_depth)).polygon(6, corners).extrude(pocket_depth)
hole = cq.Workplane().circle(Hex.HOLE[thread] / 2).extrude(height)
show_object(body.cut(pocket).cut(hole), name="knob")
