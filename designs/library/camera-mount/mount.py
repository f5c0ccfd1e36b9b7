"""A tilting mount for a camera or a sensor with a tripod thread.

A hex-head bolt sits captive under the plate and sticks out of it; turn the camera onto it. The head of the mount straddles
the foot's tongue, tilts about one screw through both, and stays where the screw clamps it.
"""

import math

import cadquery as cq

# ---- parameters -------------------------------------------------------------
camera_thread = "1/4-20"    # or "3/8-16", "M4", "M5", "M6" for sensors
plate_length = 40.0         # along X, square to the tilt axis
plate_thickness = 7.0
lug = 6.0                   # thickness of the head's two lugs
tilt_screw = "M5"           # M4, M5 or M6
foot_length = 60.0          # along X
foot_thickness = 6.0
foot_screw_diameter = 5.0   # two countersunk screws, or M5 into T-nuts
clearance = 0.25            # between tongue and lugs, on each side


class Bolt:
    """Hex-head bolts: clearance hole, width across flats and height of the head, mm (ASME B18.2.1, ISO 4017)."""

    HOLE = {"1/4-20": 6.6, "3/8-16": 9.8, "M4": 4.4, "M5": 5.4, "M6": 6.5}
    FLATS = {"1/4-20": 11.11, "3/8-16": 14.29, "M4": 7.0, "M5": 8.0, "M6": 10.0}
    HEAD = {"1/4-20": 4.1, "3/8-16": 6.1, "M4": 2.8, "M5": 3.5, "M6": 4.0}


class Nut:
    """ISO 4032 nuts of the tilt screw: width across flats and height, mm; and the screw's hole."""

    FLATS = {"M4": 7.0, "M5": 8.0, "M6": 10.0}
    HEIGHT = {"M4": 3.2, "M5": 4.7, "M6": 5.2}
    HOLE = {"M4": 4.5, "M5": 5.5, "M6": 6.6}


class Shape:
    HEX_FIT = 0.3           # added to the width across flats
    UNDER_HEAD = 2.0        # least thickness of plate above the bolt's head
    ROUND = 5.0             # mm of material round the tilt screw's hole
    SCREW_FIT = 0.4         # added to the foot screws' diameter
    NUT_DEPTH = 3.0         # of the nut's pocket in one lug
    EDGE = 0.8              # chamfer of the edges on the bed
    TURN = 0.5              # air between foot and head while it tilts
    GAP = 8.0               # between the parts on the bed


def across_corners(flats):
    return (flats + Shape.HEX_FIT) * 2 / math.sqrt(3)


head_hole = Bolt.HOLE[camera_thread]
head_depth = min(Bolt.HEAD[camera_thread], plate_thickness - Shape.UNDER_HEAD)
tilt_hole = Nut.HOLE[tilt_screw]
joint = tilt_hole / 2 + Shape.ROUND                                 # radius of tongue and lugs round the tilt axis
tongue = max(14.0, across_corners(Bolt.FLATS[camera_thread]) + 1)   # the bolt's head goes in between the lugs
width = tongue + 2 * (clearance + lug)
# The plate's underside keeps clear of the tongue and of what is left of the bolt's head below it.
plate_at = joint + Shape.TURN + Bolt.HEAD[camera_thread] - head_depth
# The axis is high enough for the plate to hang down on either side, and for the lugs to turn.
axis_height = foot_thickness + max(joint, plate_length / 2) + Shape.TURN


def teardrop(r, width_y):
    """A hole along Y through the origin that prints lying down."""
    side = r / math.sqrt(2)
    return (
        cq.Workplane("XZ").moveTo(-side, side).threePointArc((0, -r), (side, side)).lineTo(0, r * math.sqrt(2)).close()
        .extrude(width_y / 2, both=True)
    )


def upright(r, bottom, half_width):
    """A plate in XZ, round about the origin and straight down to z=bottom; half_width to both sides along Y."""
    return (
        cq.Workplane("XZ").moveTo(-r, 0).threePointArc((0, r), (r, 0)).lineTo(r, bottom).lineTo(-r, bottom).close()
        .extrude(half_width, both=True)
    )


def countersunk(x):
    """What a countersunk screw takes away from the foot's plate."""
    hole = (foot_screw_diameter + Shape.SCREW_FIT) / 2
    head = foot_screw_diameter + Shape.SCREW_FIT / 2        # ISO 10642: the head is twice the thread
    top = foot_thickness - axis_height
    shank = cq.Workplane(origin=(x, 0, -axis_height)).circle(hole).extrude(foot_thickness)
    # The cone ends 1 mm above the plate: it cuts the face instead of touching it.
    cone = cq.Solid.makeCone(hole, head + 1, head + 1 - hole, pnt=cq.Vector(x, 0, top - (head - hole)))
    return shank.union(cq.Workplane(cone))


def foot():
    """Axis at the origin; on the bed after lifting by axis_height."""
    plate = cq.Workplane(origin=(0, 0, -axis_height)).rect(foot_length, width).extrude(foot_thickness)
    plate = plate.edges("|Z").fillet(4).faces("<Z").edges().chamfer(Shape.EDGE)
    # Straight, not widening: the plate hangs down beside it at a quarter turn.
    post = upright(joint, -axis_height + foot_thickness / 2, tongue / 2)
    part = plate.union(post).cut(teardrop(tilt_hole / 2, 2 * width))
    at = foot_length / 2 - foot_screw_diameter - 2
    return part.cut(countersunk(-at)).cut(countersunk(at))


def head():
    """Axis at the origin, plate above it."""
    plate = cq.Workplane(origin=(0, 0, plate_at)).rect(plate_length, width).extrude(plate_thickness)
    plate = plate.edges("|Z").fillet(4).faces(">Z").edges().chamfer(Shape.EDGE)
    lugs = (
        upright(joint, -plate_at - 1, width / 2).rotate((0, 0, 0), (0, 1, 0), 180)
        .cut(cq.Workplane().box(4 * joint + plate_length, tongue + 2 * clearance, 4 * joint + 4 * plate_at))
    )
    part = plate.union(lugs)
    # Printed with the plate on the bed, so the teardrop's roof points the other way.
    part = part.cut(teardrop(tilt_hole / 2, 2 * width).rotate((0, 0, 0), (0, 1, 0), 180))
    nut = (
        cq.Workplane("XZ", origin=(0, width / 2 - Shape.NUT_DEPTH, 0))
        .polygon(6, across_corners(Nut.FLATS[tilt_screw])).extrude(-lug)
    )
    bolt = cq.Workplane(origin=(0, 0, plate_at)).circle(head_hole / 2).extrude(plate_thickness)
    pocket = cq.Workplane(origin=(0, 0, plate_at)).polygon(6, across_corners(Bolt.FLATS[camera_thread])).extrude(head_depth)
    return part.cut(nut).cut(bolt).cut(pocket)


apart = foot_length / 2 + plate_length / 2 + Shape.GAP
show_object(foot().translate((0, 0, axis_height)), name="foot")
show_object(
    head().rotate((0, 0, 0), (0, 1, 0), 180).translate((apart, 0, plate_at + plate_thickness)), name="head"
)
