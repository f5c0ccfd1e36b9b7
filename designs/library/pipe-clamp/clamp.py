"""Two-part clamp that holds a pipe across an aluminium extrusion, a board or a plate.

Two screws go through cap and saddle into T-nuts (or the board) and do both jobs: they hold the clamp
and squeeze the pipe. Both parts are printed standing on one end of the bore, so the layers run round the pipe.
"""

import math

import cadquery as cq

# ---- parameters -------------------------------------------------------------
pipe_diameter = 25.0
pipe_fit = 0.3          # added to the diameter of the bore
wall = 5.0              # thickness round and below the pipe
width = 20.0            # length of pipe that is held
squeeze_gap = 2.0       # distance of cap and saddle before the screws are tight
screw = "M5"            # M3, M4, M5 or M6


class Screw:
    """ISO 273 medium clearance holes and ISO 4762 head diameters (plus room for a washer), mm."""

    CLEARANCE = {"M3": 3.4, "M4": 4.5, "M5": 5.5, "M6": 6.6}
    SEAT = {"M3": 7.5, "M4": 9.5, "M5": 10.5, "M6": 12.5}


class Shape:
    EDGE = 0.6              # chamfer against the elephant's foot
    GAP = 5.0               # mm between the two parts on the bed


hole = Screw.CLEARANCE[screw]
seat = Screw.SEAT[screw]
bore = (pipe_diameter + pipe_fit) / 2
centre = wall + bore                                # height of the pipe over the mounting face
screw_at = bore + wall + seat / 2                   # the heads sit beside the ring, flat on the ears
half_length = screw_at + seat / 2
split = squeeze_gap / 2                             # each part ends this far from the pipe's axis


def teardrop(radius):
    """A hole that prints lying down: a circle with a 45 degree roof. Drawn in the plane of its axis' normal."""
    side = radius / math.sqrt(2)
    return (
        cq.Workplane("XZ")
        .moveTo(-side, side)
        .threePointArc((0, -radius), (side, side))
        .lineTo(0, radius * math.sqrt(2))
        .close()
    )


def drilled(part, low, high):
    """Both screw holes along Y, from y=low to y=high, halfway up the part."""
    for x in (-screw_at, screw_at):
        part = part.cut(teardrop(hole / 2).extrude(low - high).translate((x, low, width / 2)))
    return part


def broken(part):
    """Chamfers the edges on the bed and, opposite, at the top."""
    return part.faces("<Z or >Z").edges().chamfer(Shape.EDGE)


def saddle():
    """The half on the mounting face; the pipe's axis is at the origin."""
    part = (
        cq.Workplane()
        .rect(2 * half_length, centre - split)
        .extrude(width)
        .translate((0, -(centre + split) / 2, 0))
        .cut(cq.Workplane().circle(bore).extrude(width))
    )
    return drilled(broken(part), -centre - 1, 0)


def cap():
    """The half above: a ring over the pipe with an ear at each side."""
    ears = cq.Workplane().rect(2 * half_length, wall).extrude(width).translate((0, split + wall / 2, 0))
    ring = cq.Workplane().circle(bore + wall).extrude(width)
    below = cq.Workplane().rect(4 * half_length, 4 * half_length).extrude(width).translate((0, split - 2 * half_length, 0))
    part = ring.cut(below).union(ears).cut(cq.Workplane().circle(bore).extrude(width))
    return drilled(broken(part), 0, split + wall + 1)


show_object(saddle().translate((0, centre, 0)), name="saddle")
show_object(cap().translate((0, centre + Shape.GAP + squeeze_gap, 0)), name="cap")
