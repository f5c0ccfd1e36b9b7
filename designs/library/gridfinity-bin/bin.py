"""Gridfinity-compatible bin: 42 mm grid, 7 mm height units, stackable.

Everything is made of boxes with rounded vertical edges whose bottom or top is chamfered at 45 degrees:
the foot, the stacking lip and the overhang under the lip all print without supports.
"""

import cadquery as cq

# ---- parameters -------------------------------------------------------------
units_x = 2             # cells along X
units_y = 1             # cells along Y
units_z = 3             # height in units of 7 mm, without the lip
wall = 1.2              # outer walls and dividers
dividers_x = 0          # walls across X
dividers_y = 0          # walls across Y
stacking_lip = True     # rim that holds the bin above
magnet_holes = False    # four pockets under each cell
magnet_diameter = 6.0
magnet_height = 2.0
label_shelf = False     # sloped shelf at the back of each row
label_depth = 11.0


class Grid:
    """Published dimensions of the system (gridfinity.xyz/specification), mm."""

    PITCH = 42.0
    UNIT = 7.0
    GAP = 0.5               # a bin is this much smaller than its cells
    RADIUS = 3.75           # vertical edges of the bin
    FOOT_LOW = 0.8          # foot, from below: 45 degrees,
    FOOT_STRAIGHT = 1.8     # straight,
    FOOT_HIGH = 2.15        # 45 degrees
    LIP_LOW = 0.7           # lip, from below: 45 degrees,
    LIP_STRAIGHT = 1.8      # straight,
    LIP_HIGH = 1.9          # 45 degrees
    MAGNET_FROM_CENTRE = 13.0


class Print:
    """Our own choices for printing, mm."""

    LIP_SHELF = 1.2         # full-width ring under the lip
    LIP_TIP = 0.6           # the lip's sharp edge is cut off where it is this wide: about one extrusion
    DROP = 0.5              # dividers end below the foot of the bin above
    MAGNET_FIT = 0.3        # added to the diameter and the height of a magnet


FOOT = Grid.FOOT_LOW + Grid.FOOT_STRAIGHT + Grid.FOOT_HIGH
FLOOR = Grid.UNIT   # top of the floor: one unit above the table
LIP_WIDTH = Grid.LIP_LOW + Grid.LIP_HIGH

length = units_x * Grid.PITCH - Grid.GAP
width = units_y * Grid.PITCH - Grid.GAP
top = units_z * Grid.UNIT


def block(x, y, radius, z0, z1):
    """A box centred on the axis with rounded vertical edges, from z0 to z1."""
    return cq.Workplane(origin=(0, 0, z0)).rect(x, y).extrude(z1 - z0).edges("|Z").fillet(radius)


def inset(by, z0, z1):
    """The bin's outline, smaller by `by` on every side."""
    return block(length - 2 * by, width - 2 * by, Grid.RADIUS - by, z0, z1)


def foot():
    """What goes into one cell: narrow below, the full cell at the top."""
    cell = Grid.PITCH - Grid.GAP
    high = Grid.FOOT_HIGH
    low = block(cell - 2 * high, cell - 2 * high, Grid.RADIUS - high, 0, FOOT)
    low = low.faces("<Z").edges().chamfer(Grid.FOOT_LOW)
    flare = block(cell, cell, Grid.RADIUS, FOOT - high, FOOT + 1).faces("<Z").edges().chamfer(high)
    solid = low.union(flare)
    if magnet_holes:
        at = Grid.MAGNET_FROM_CENTRE
        solid = solid.cut(
            cq.Workplane()
            .pushPoints([(x, y) for x in (-at, at) for y in (-at, at)])
            .circle((magnet_diameter + Print.MAGNET_FIT) / 2)
            .extrude(magnet_height + Print.MAGNET_FIT)
        )
    return solid.val()


def cavity():
    """Solids to take away from the block above the feet."""
    if not stacking_lip:
        return [inset(wall, FLOOR, top + 1)]
    rim = LIP_WIDTH - wall      # how far the lip stands in over the wall
    room = inset(wall, FLOOR, top - Print.LIP_SHELF).faces(">Z").edges().chamfer(rim)
    throat = inset(LIP_WIDTH, FLOOR + 1, top + 1)
    step = inset(Grid.LIP_HIGH, top, top + Grid.LIP_LOW + Grid.LIP_STRAIGHT).faces("<Z").edges().chamfer(Grid.LIP_LOW)
    flare = inset(Print.LIP_TIP, top + Grid.LIP_LOW + Grid.LIP_STRAIGHT, top + 10)
    flare = flare.faces("<Z").edges().chamfer(Grid.LIP_HIGH - Print.LIP_TIP)
    return [room, throat, step, flare]


def between(count, room):
    """Centres of `count` dividers that leave equal compartments in `room`."""
    compartment = (room - count * wall) / (count + 1)
    return [-room / 2 + (i + 1) * compartment + (i + 0.5) * wall for i in range(count)]


cells = [
    cq.Location(cq.Vector((i - (units_x - 1) / 2) * Grid.PITCH, (j - (units_y - 1) / 2) * Grid.PITCH, 0))
    for i in range(units_x)
    for j in range(units_y)
]
one_foot = foot()
rim_top = top
if stacking_lip:
    rim_top = top + Grid.LIP_LOW + Grid.LIP_STRAIGHT + Grid.LIP_HIGH - Print.LIP_TIP

result = inset(0, FOOT, rim_top)
for tool in cavity():
    result = result.cut(tool)

inside_x, inside_y = length - 2 * wall, width - 2 * wall
high = top - Print.DROP
ends_y = between(dividers_y, inside_y)
insides = []
for x in between(dividers_x, inside_x):
    insides.append(cq.Workplane(origin=(x, 0, FLOOR - 1)).rect(wall, width).extrude(high - FLOOR + 1))
for y in ends_y:
    insides.append(cq.Workplane(origin=(0, y, FLOOR - 1)).rect(length, wall).extrude(high - FLOOR + 1))
if label_shelf:
    for back in [y - wall / 2 for y in ends_y] + [inside_y / 2]:
        insides.append(
            cq.Workplane("YZ", origin=(-length / 2, 0, 0))
            .polyline([
                (back + wall, high), (back - label_depth, high), (back - label_depth, high - 1),
                (back, high - 1 - label_depth), (back + wall, high - 1 - label_depth),
            ])
            .close()
            .extrude(length)
        )
# Dividers and shelves end in the middle of the outer wall, rounded corners included.
if insides:
    clip = inset(wall / 2, FLOOR - 1, high).val()
    inner = [solid for piece in insides for solid in piece.intersect(cq.Workplane(clip)).vals()]
    result = cq.Workplane(result.val().fuse(*inner))

result = cq.Workplane(result.val().fuse(*[one_foot.moved(place) for place in cells]).clean())
show_object(result, name="bin")
