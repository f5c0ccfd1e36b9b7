"""A storage bin on the 42 mm grid: a foot under every cell, a hollow body with dividers, a lip on top."""

import cadquery as cq

units_x = 3
units_y = 2
height = 42.0
wall = 1.2
dividers = 2

PITCH, GAP, RADIUS = 42.0, 0.5, 3.75
FOOT = (0.8, 1.8, 2.15)  # from below: slanted, straight, slanted


def block(x, y, radius, bottom, tall):
    return cq.Workplane(origin=(0, 0, bottom)).rect(x, y).extrude(tall).edges("|Z").fillet(radius)


cell = PITCH - GAP
narrow = cell - 2 * FOOT[2]
low = block(narrow, narrow, RADIUS - FOOT[2], 0, FOOT[0] + FOOT[1]).faces("<Z").chamfer(FOOT[0] - 0.01)
high = block(cell, cell, RADIUS, FOOT[0] + FOOT[1], FOOT[2]).faces("<Z").chamfer(FOOT[2] - 0.01)
foot = low.union(high)
length, width, floor = units_x * PITCH - GAP, units_y * PITCH - GAP, sum(FOOT)
body = block(length, width, RADIUS, floor, height - floor)
for x in range(units_x):
    for y in range(units_y):
        body = body.union(foot.translate(((x - (units_x - 1) / 2) * PITCH, (y - (units_y - 1) / 2) * PITCH, 0)))
room = length - 2 * wall - dividers * wall
step = room / (dividers + 1)
for part in range(dividers + 1):
    middle = -length / 2 + wall + step / 2 + part * (step + wall)
    body = body.cut(block(step, width - 2 * wall, RADIUS - wall, floor + wall, height).translate((middle, 0, 0)))
show_object(body.faces(">Z").edges().chamfer(wall / 4), name="bin")
