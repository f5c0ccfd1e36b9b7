"""A modular jig that holds a suspension's pivots where the drawing wants them.

Contract first: each module stands on the same foot (see class Interface), and each promises one hard point at an exact
place over the middle of its foot. Whatever keeps to the interface can replace a module, and the plate that carries the modules
needs to know nothing else. Three modules come with this file: a tower for the front pivot of an arm, one for the rear pivot,
and a post for the ball joint.
"""

import math

import cadquery as cq

# ---- parameters -------------------------------------------------------------
front_height = 70.0         # hard points: height of the axis over the plate
rear_height = 60.0
ball_height = 50.0          # height of the post's top, where the ball joint's stud goes in
pivot_offset = 0.0          # the towers' axis lies this far from the middle of the foot, along X
pivot_diameter = 10.0       # bolt through the arm's bushes
bush_width = 30.0           # of the arm between the cheeks
stud_diameter = 12.0        # of the ball joint
stud_depth = 25.0
interface_pitch = 70.0      # distance of the foot's screws
foot_thickness = 10.0
cheek = 10.0                # thickness of a tower's cheeks
fit = 0.2                   # added to the diameters of pivot and stud, and to the bush's width
modules = "all"             # or one alone: "front_tower", "rear_tower", "ball_joint_post"


class Interface:
    """What each module has, and the plate may count on. Lengths in mm, origin in the middle of the foot's underside."""

    BORDER = 12.0           # the foot's edge lies this far outside the screws
    SCREW_HOLE = 6.6        # four M6 at (+-pitch/2, +-pitch/2)
    DOWEL_HOLE = 6.1        # two 6 mm dowels at (+-pitch/2, 0): they set the position, the screws only hold
    PLUMB_HOLE = 3.0        # through the foot right below the hard point: for a scriber, a pin or a plumb line


class Shape:
    ROUND = 8.0             # mm of material round a pivot's hole
    POST_WALL = 8.0         # round the stud
    TAPER = 0.12            # a post's radius grows by this much per mm downwards
    EDGE = 1.0              # chamfer of the foot's edges
    CORNER = 8.0
    GAP = 8.0               # between modules on the bed


foot_size = interface_pitch + 2 * Interface.BORDER
half = interface_pitch / 2


def foot(hard_point_x):
    """The interface: alike under every module."""
    plate = cq.Workplane().rect(foot_size, foot_size).extrude(foot_thickness).edges("|Z").fillet(Shape.CORNER)
    plate = plate.faces("<Z or >Z").edges().chamfer(Shape.EDGE)
    screws = cq.Workplane().pushPoints([(x, y) for x in (-half, half) for y in (-half, half)])
    dowels = cq.Workplane().pushPoints([(-half, 0), (half, 0)])
    return (
        plate.cut(screws.circle(Interface.SCREW_HOLE / 2).extrude(foot_thickness))
        .cut(dowels.circle(Interface.DOWEL_HOLE / 2).extrude(foot_thickness))
        .cut(cq.Workplane(origin=(hard_point_x, 0, 0)).circle(Interface.PLUMB_HOLE / 2).extrude(foot_thickness))
    )


def teardrop(radius, x, z):
    """A hole along Y with a 45 degree roof, through everything."""
    side = radius / math.sqrt(2)
    return (
        cq.Workplane("XZ", origin=(x, 0, z)).moveTo(-side, side).threePointArc((0, -radius), (side, side))
        .lineTo(0, radius * math.sqrt(2)).close().extrude(foot_size, both=True)
    )


def tower(height):
    """Two cheeks that take an arm's bush between them; the bolt's axis is at (pivot_offset, height)."""
    r = pivot_diameter / 2 + Shape.ROUND
    outline = (
        cq.Workplane("XZ").moveTo(-half, foot_thickness - 1).lineTo(-half, foot_thickness).lineTo(pivot_offset - r, height)
        .threePointArc((pivot_offset, height + r), (pivot_offset + r, height))
        .lineTo(half, foot_thickness).lineTo(half, foot_thickness - 1).close()
    )
    inner = (bush_width + fit) / 2
    cheeks = outline.extrude(-cheek).translate((0, inner, 0))
    cheeks = cheeks.union(cheeks.mirror("XZ"))
    return foot(pivot_offset).union(cheeks).cut(teardrop((pivot_diameter + fit) / 2, pivot_offset, height))


def post():
    """A cone with the ball joint's stud in its top."""
    top = stud_diameter / 2 + Shape.POST_WALL
    rise = ball_height - foot_thickness
    base = min(top + Shape.TAPER * rise, half - Interface.DOWEL_HOLE / 2 - 2)
    cone = cq.Solid.makeCone(base, top, rise + 1, pnt=cq.Vector(0, 0, foot_thickness - 1))
    depth = min(stud_depth, rise)
    stud = cq.Workplane(origin=(0, 0, ball_height - depth)).circle((stud_diameter + fit) / 2).extrude(depth)
    plumb = cq.Workplane().circle(Interface.PLUMB_HOLE / 2).extrude(ball_height)
    return foot(0).union(cq.Workplane(cone)).cut(stud).cut(plumb)


def shown(name):
    return modules in ("all", name)


# Side by side on the bed, the post in a second row: three modules of the default size fit 200 x 200 mm.
apart = foot_size + Shape.GAP if modules == "all" else 0.0
if shown("front_tower"):
    show_object(tower(front_height), name="front_tower")
if shown("rear_tower"):
    show_object(tower(rear_height).translate((apart, 0, 0)), name="rear_tower")
if shown("ball_joint_post"):
    show_object(post().translate((0, apart, 0)), name="ball_joint_post")
