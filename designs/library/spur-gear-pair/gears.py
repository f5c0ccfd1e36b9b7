"""A pair of spur gears with true involute flanks, printed side by side.

Tooth proportions are those of ISO 53 profile A: addendum 1 module, dedendum 1.25 modules.
The shafts stand at `module * (teeth_1 + teeth_2) / 2`; the backlash is already taken off the teeth.
"""

import math

import cadquery as cq

# ---- parameters -------------------------------------------------------------
module = 2.0            # pitch diameter / number of teeth
teeth_1 = 18            # small gear
teeth_2 = 36            # large gear
pressure_angle = 20     # 20 or 25 degrees
backlash = 0.15         # play along the pitch circle, shared by both gears
face_width = 8.0        # thickness of the toothed part
bore_1 = 5.0            # shaft in the small gear
bore_2 = 8.0            # shaft in the large gear
shaft_flat = 0.0        # depth of the flat of a D-shaft in both bores (0.5 for small motors)
hub_height = 4.0        # collar above the small gear, 0 for none
bore_fit = 0.2          # added to the bore's diameter


class Tooth:
    """Proportions in modules (ISO 53 A) and how finely the flank is drawn."""

    ADDENDUM = 1.0
    DEDENDUM = 1.25
    FLANK_POINTS = 9        # spline through this many exact points: error below a micrometre


class Shape:
    HUB_WALL = 3.0          # mm round the bore
    GAP = 4.0               # mm between the two gears on the bed
    MOUTH = 0.5             # chamfer of the bores


def involute(angle):
    """The involute function inv(x) = tan(x) - x."""
    return math.tan(angle) - angle


def polar(radius, angle):
    return (radius * math.cos(angle), radius * math.sin(angle))


def outline(teeth):
    """The closed outline of a gear with a tooth on the +X axis."""
    pitch = module * teeth / 2
    alpha = math.radians(pressure_angle)
    base = pitch * math.cos(alpha)
    tip = pitch + Tooth.ADDENDUM * module
    root = pitch - Tooth.DEDENDUM * module
    # Half the tooth's thickness as an angle at the pitch circle; each gear gives half of the backlash.
    half_pitch = (math.pi * module / 2 - backlash / 2) / (2 * pitch)

    def half_angle(radius):
        """Half the tooth's angular thickness at a radius; radial below the base circle."""
        here = math.acos(min(1.0, base / radius))
        return half_pitch + involute(alpha) - involute(here)

    start = max(base, root)
    # Points crowd towards the base circle, where the involute bends most.
    radii = [start + (tip - start) * (i / (Tooth.FLANK_POINTS - 1)) ** 2 for i in range(Tooth.FLANK_POINTS)]
    step = 2 * math.pi / teeth
    edges = []
    for i in range(teeth):
        middle = i * step
        right = [cq.Vector(*polar(r, middle - half_angle(r))) for r in radii]
        left = [cq.Vector(*polar(r, middle + half_angle(r))) for r in reversed(radii)]
        edges.append(cq.Edge.makeSpline(right))
        edges.append(cq.Edge.makeThreePointArc(right[-1], cq.Vector(*polar(tip, middle)), left[0]))
        edges.append(cq.Edge.makeSpline(left))
        down = left[-1]
        up = cq.Vector(*polar(start, middle + step - half_angle(start)))
        if root < base:
            foot_left = cq.Vector(*polar(root, middle + half_angle(start)))
            foot_right = cq.Vector(*polar(root, middle + step - half_angle(start)))
            edges.append(cq.Edge.makeLine(down, foot_left))
            edges.append(cq.Edge.makeThreePointArc(foot_left, cq.Vector(*polar(root, middle + step / 2)), foot_right))
            edges.append(cq.Edge.makeLine(foot_right, up))
        else:
            edges.append(cq.Edge.makeThreePointArc(down, cq.Vector(*polar(root, middle + step / 2)), up))
    return cq.Wire.assembleEdges(edges)


def bore(diameter, height):
    """The shaft's hole with a chamfered mouth at both ends; a flat at +X for a D-shaft."""
    radius = (diameter + bore_fit) / 2
    hole = cq.Workplane().circle(radius).extrude(height)
    if shaft_flat > 0:
        hole = hole.cut(
            cq.Workplane(origin=(diameter - shaft_flat + bore_fit / 2, 0, 0)).rect(diameter, 4 * radius).extrude(height)
        )
    mouth = cq.Solid.makeCone(radius + Shape.MOUTH, radius, Shape.MOUTH)
    top = cq.Solid.makeCone(radius, radius + Shape.MOUTH, Shape.MOUTH, pnt=cq.Vector(0, 0, height - Shape.MOUTH))
    return hole.union(cq.Workplane(mouth)).union(cq.Workplane(top))


def gear(teeth, shaft, hub):
    body = cq.Workplane(cq.Solid.extrudeLinear(outline(teeth), [], cq.Vector(0, 0, face_width)))
    if hub > 0:
        collar = cq.Workplane().circle((shaft + bore_fit) / 2 + Shape.HUB_WALL).extrude(face_width + hub)
        body = body.union(collar)
    return body.cut(bore(shaft, face_width + hub))


small = gear(teeth_1, bore_1, hub_height)
large = gear(teeth_2, bore_2, 0.0)
# Side by side on the bed, not in mesh: shafts this far apart.
apart = module * (teeth_1 + teeth_2) / 2 + 2 * Tooth.ADDENDUM * module + Shape.GAP
show_object(small, name="gear_1")
show_object(large.translate((apart, 0, 0)), name="gear_2")
