"""A corner bracket for T-slot aluminium extrusions (2020, 3030, 4040).

Printed on its side, so that the layers run along both legs and round the corner: pulling the legs apart never pulls layers
apart. Keys on the outer faces sit in the slots and keep the joint square; a web on one side stiffens it.
"""

import math

import cadquery as cq

# ---- parameters -------------------------------------------------------------
series = "2020"         # 2020, 3030 or 4040
leg_length = 40.0       # of both legs, measured from the outer corner
thickness = 6.0         # of the legs
web = 4.0               # thickness of the web on the bed side, 0 for none
holes = 1               # screws per leg
keys = True             # ridges that sit in the slots
key_fit = 0.3           # the key is this much narrower than the slot


class Profile:
    """Common metric T-slot profiles: width, slot opening, and the screw that fits their T-nuts, mm."""

    WIDTH = {"2020": 20.0, "3030": 30.0, "4040": 40.0}
    SLOT = {"2020": 6.2, "3030": 8.2, "4040": 8.2}
    SCREW_HOLE = {"2020": 5.5, "3030": 6.6, "4040": 8.8}
    HEAD = {"2020": 9.5, "3030": 11.5, "4040": 14.5}    # button head plus room


class Shape:
    KEY_DEPTH = 1.2         # of the ridge; the lip of the slot is 1.5 mm or more
    KEY_AWAY = 1.0          # mm between a hole and the key beside it
    EDGE = 0.6              # chamfer against the elephant's foot
    INNER = 3.0             # fillet in the inner corner


width = Profile.WIDTH[series]
key_width = Profile.SLOT[series] - key_fit
hole = Profile.SCREW_HOLE[series]
head = Profile.HEAD[series]
first = thickness + Shape.INNER + head / 2              # nearest place for a screw head to the inner corner
last = leg_length - head / 2
places = [last] if holes == 1 else [first + i * (last - first) / (holes - 1) for i in range(holes)]
if holes == 1:
    places = [(first + last) / 2]


def teardrop(radius):
    """A lying hole with a 45 degree roof, in the XZ plane."""
    side = radius / math.sqrt(2)
    return (
        cq.Workplane("XZ").moveTo(-side, side).threePointArc((0, -radius), (side, side))
        .lineTo(0, radius * math.sqrt(2)).close()
    )


def key(start, end):
    """A piece of ridge under the leg along X: full slot width at the leg, 45 degree flanks, so it prints lying."""
    tip = key_width / 2 - Shape.KEY_DEPTH
    return (
        cq.Workplane("YZ", origin=(start, 0, width / 2))
        .polyline([(0.5, -key_width / 2), (0, -key_width / 2), (-Shape.KEY_DEPTH, -tip), (-Shape.KEY_DEPTH, tip),
                   (0, key_width / 2), (0.5, key_width / 2)])
        .close().extrude(end - start)
    )


def key_spans():
    """Where there is key along a leg: beside the holes, and clear of the other leg's profile at the corner."""
    edges = [0.0]
    for at in places:
        edges += [at - hole / 2 - Shape.KEY_AWAY, at + hole / 2 + Shape.KEY_AWAY]
    edges.append(leg_length)
    return [(a, b) for a, b in zip(edges[::2], edges[1::2]) if b - a >= 2]


def along_y(solid):
    """Moves something made for the leg along X to the leg along Y."""
    return solid.mirror("XZ").rotate((0, 0, 0), (0, 0, 1), 90)


angle = (
    cq.Workplane()
    .polyline([(0, 0), (leg_length, 0), (leg_length, thickness), (thickness, thickness), (thickness, leg_length), (0, leg_length)])
    .close().extrude(width)
)
angle = angle.edges(cq.selectors.NearestToPointSelector((thickness, thickness, width / 2))).fillet(Shape.INNER)
if web > 0:
    # The web ends short of the legs' ends; it covers the same inner corner on the bed side only.
    angle = angle.union(
        cq.Workplane().polyline([(thickness / 2, thickness / 2), (leg_length, thickness / 2), (leg_length, thickness),
                                 (thickness, leg_length), (thickness / 2, leg_length)]).close().extrude(web)
    )
angle = angle.faces("<Z or >Z").edges().chamfer(Shape.EDGE)
if keys:
    for start, end in key_spans():
        ridge = key(start, end)
        angle = angle.union(ridge).union(along_y(ridge))
for at in places:
    drill = teardrop(hole / 2).extrude(-thickness).translate((at, 0, width / 2))
    angle = angle.cut(drill).cut(along_y(drill))
show_object(angle, name="bracket")
