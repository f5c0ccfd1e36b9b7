"""A box for a circuit board, with a lid on four screws.

The screw bosses stand outside the corners, so the inside is a plain rectangle that takes the whole board.
The board lies on four standoffs; its outline is centred in the box.
"""

import cadquery as cq

# ---- parameters -------------------------------------------------------------
board_length = 85.0         # along X
board_width = 56.0          # along Y
hole_spacing_x = 58.0       # between the board's mounting holes
hole_spacing_y = 49.0
hole_offset_x = 10.0        # the holes' middle lies this far from the board's middle, towards -X
board_screw = "M2.5"        # M2, M2.5 or M3, cut into the plastic
standoff_height = 5.0
headroom = 22.0             # free height above the board
board_clearance = 1.0       # round the board
wall = 2.0                  # walls, floor and lid
lid_fastening = "screw"     # "screw": M3 cut into the plastic, "insert": M3 heat-set insert
vents = True                # slots in both long walls
port_width = 40.0           # opening in the +X wall, 0 for none
port_height = 12.0


class Screw:
    """Holes for screws that cut their own thread, and for short M3 heat-set inserts, mm."""

    PILOT = {"M2": 1.7, "M2.5": 2.1, "M3": 2.6}
    LID = {"screw": 2.6, "insert": 4.0}
    LID_CLEARANCE = 3.4
    LID_DEPTH = 10.0


class Shape:
    BOARD = 1.6             # thickness of a board
    LID_FIT = 0.2           # play of the lid's rim on every side
    RIM = 2.0               # height of the rim under the lid
    RIM_WALL = 1.6
    BOSS_WALL = 2.0         # round the lid's screws
    STANDOFF_WALL = 1.6     # round the board's screws
    EDGE = 0.8              # chamfer of the outer edges
    VENT = 2.0              # width of a vent slot: printed without supports
    VENT_PITCH = 5.0
    VENT_AWAY = 3.0         # from the board and from the top
    GAP = 6.0               # between box and lid on the bed


inside_x = board_length + 2 * board_clearance
inside_y = board_width + 2 * board_clearance
board_top = wall + standoff_height + Shape.BOARD
height = board_top + headroom
boss_hole = Screw.LID[lid_fastening]
boss = boss_hole / 2 + Shape.BOSS_WALL
# A boss' centre stands outside the inner corner, so that its hole keeps BOSS_WALL from the inside.
boss_x = inside_x / 2 + boss * 0.71
boss_y = inside_y / 2 + boss * 0.71
corners = [(x, y) for x in (-boss_x, boss_x) for y in (-boss_y, boss_y)]


def shell(z0, z1, chamfered):
    """The outline of box and lid: a rectangle with a round boss at each corner. One face is chamfered."""
    outer = cq.Workplane(origin=(0, 0, z0)).rect(inside_x + 2 * wall, inside_y + 2 * wall).extrude(z1 - z0)
    outer = outer.faces(chamfered).edges().chamfer(Shape.EDGE)
    posts = cq.Workplane(origin=(0, 0, z0)).pushPoints(corners).circle(boss).extrude(z1 - z0)
    return outer.union(posts.faces(chamfered).edges().chamfer(Shape.EDGE))


def standoffs():
    pilot = Screw.PILOT[board_screw]
    at = [
        (x * hole_spacing_x / 2 - hole_offset_x, y * hole_spacing_y / 2)
        for x in (-1, 1) for y in (-1, 1)
    ]
    return (
        cq.Workplane(origin=(0, 0, wall / 2))
        .pushPoints(at)
        .circle(pilot / 2 + Shape.STANDOFF_WALL)
        .extrude(wall / 2 + standoff_height)
        .cut(cq.Workplane(origin=(0, 0, wall)).pushPoints(at).circle(pilot / 2).extrude(standoff_height))
    )


def vent_places():
    count = max(1, int((inside_x - 10) // Shape.VENT_PITCH))
    return [(i - (count - 1) / 2) * Shape.VENT_PITCH for i in range(count)]


def box():
    part = shell(0, height, "<Z")
    part = part.cut(cq.Workplane(origin=(0, 0, wall)).rect(inside_x, inside_y).extrude(height))
    depth = min(Screw.LID_DEPTH, height - wall)
    part = part.cut(
        cq.Workplane(origin=(0, 0, height - depth)).pushPoints(corners).circle(boss_hole / 2).extrude(depth)
    )
    part = part.union(standoffs())
    if vents:
        low, high = board_top + Shape.VENT_AWAY, height - Shape.RIM - Shape.VENT_AWAY
        part = part.cut(
            cq.Workplane("XZ", origin=(0, inside_y / 2 + 2 * wall, (low + high) / 2))
            .pushPoints([(x, 0) for x in vent_places()])
            .rect(Shape.VENT, high - low)
            .extrude(inside_y + 4 * wall)
        )
    if port_width > 0 and port_height > 0:
        part = part.cut(
            cq.Workplane("YZ", origin=(inside_x / 2 - wall, 0, board_top + port_height / 2))
            .rect(port_width, port_height)
            .extrude(3 * wall)
        )
    return part


def lid():
    """Printed upside down: the outside on the bed, the rim on top."""
    fit = 2 * Shape.LID_FIT
    rim = (
        cq.Workplane(origin=(0, 0, wall / 2))
        .rect(inside_x - fit, inside_y - fit)
        .rect(inside_x - fit - 2 * Shape.RIM_WALL, inside_y - fit - 2 * Shape.RIM_WALL)
        .extrude(wall / 2 + Shape.RIM)
    )
    holes = cq.Workplane().pushPoints(corners).circle(Screw.LID_CLEARANCE / 2).extrude(wall)
    return shell(0, wall, "<Z").union(rim).cut(holes)


show_object(box(), name="box")
show_object(lid().translate((0, 2 * (boss_y + boss) + Shape.GAP, 0)), name="lid")
