"""A spur gear with involute flanks, a hub and a bore."""

from math import atan, cos, pi, sin, sqrt, tan

import cadquery as cq

module = 2.0
teeth = 36
width = 12.0
bore = 10.0

pressure = pi / 9
pitch_radius = module * teeth / 2
base, tip, root = pitch_radius * cos(pressure), pitch_radius + module, pitch_radius - 1.25 * module
at_pitch = pi / (2 * teeth) + tan(pressure) - pressure


def flank(side):
    """Points of the involute from its foot to the tip, in polar coordinates about the tooth's middle."""
    least = max(base, root)
    for step in range(9):
        radius = least + (tip - least) * step / 8
        along = sqrt(max(0.0, (radius / base) ** 2 - 1))
        yield radius, side * (at_pitch - (along - atan(along)))


def place(radius, angle):
    return radius * cos(angle), radius * sin(angle)


outline = cq.Workplane().moveTo(*place(root, -pi / teeth))
for tooth in range(teeth):
    middle = 2 * pi * tooth / teeth
    rising = [place(radius, middle + angle) for radius, angle in flank(-1)]
    falling = [place(radius, middle + angle) for radius, angle in reversed(list(flank(1)))]
    outline = outline.lineTo(*rising[0]).spline(rising[1:], includeCurrent=True)
    outline = outline.lineTo(*falling[0]).spline(falling[1:], includeCurrent=True)
    outline = outline.lineTo(*place(root, middle + pi / teeth))
gear = outline.close().extrude(width).faces(">Z").workplane().circle(bore).extrude(width / 2)
show_object(gear.faces(">Z").workplane().hole(bore), name="gear")
