"""A box with finger joints, cut from one sheet: all panels lie side by side, as they are cut.

Outlines are drawn as the parts are to be; the machine's own settings take its kerf into account. At every edge of the
box the fingers of two panels alternate: front and back have the first and last ones everywhere, then left and right,
bottom and lid those in between.
"""

import cadquery as cq

# ---- parameters -------------------------------------------------------------
width = 120.0               # inside, from left to right
depth = 80.0                # inside, from front to back
height = 60.0               # inside
thickness = 3.0             # of the sheet, as measured
finger = 12.0               # about, along the edge
fit = 0.1                   # a finger is this much wider than its gap
lid = "lift-off"            # or "none", "glued"
dividers = 0                # panels across the depth, with tabs in front and back


class Shape:
    GAP = 6.0               # mm between panels on the sheet: room for a router's cut, too
    LID_PLAY = 0.5          # mm all together, of the plate under a lift-off lid
    TAB = 1 / 3             # of the height inside, for the tabs of dividers


outer_width = width + 2 * thickness
outer_depth = depth + 2 * thickness
outer_height = height + thickness * (2 if lid == "glued" else 1)


def edge(length, first):
    """One side of a panel: (end of a segment, how far it is set back). `first`: whether its ends are fingers."""
    count = max(3, 2 * int(length / finger / 2) + 1)
    segments = []
    for i in range(count):
        is_finger = (i % 2 == 0) == first
        grown = fit / 4 if is_finger else -fit / 4
        end = length if i == count - 1 else (i + 1) * length / count + grown
        segments.append((end, 0.0 if is_finger else thickness))
    return segments


def plain(length):
    return [(length, 0.0)]


def outline(across, up, sides):
    """Corner points of a panel. `sides`: along the bottom, up on the right, back along the top, down on the left."""
    corners = [(0, 0), (across, 0), (across, up), (0, up)]
    ways = [(1, 0), (0, 1), (-1, 0), (0, -1)]
    points = []
    for (x, y), (dx, dy), side, before in zip(corners, ways, sides, [sides[-1], *sides[:-1]]):
        # Set back is to the left of the way. At a corner the side before is set back against this way's direction.
        into, back = side[0][1], before[-1][1]
        points.append((x - dy * into + dx * back, y + dx * into + dy * back))
        for (end, depth_here), (_, depth_next) in zip(side, side[1:]):
            for set_back in (depth_here, depth_next):
                points.append((x + dx * end - dy * set_back, y + dy * end + dx * set_back))
    return points


def panel(across, up, sides, slots=()):
    part = cq.Workplane().polyline(outline(across, up, sides)).close()
    for x, y, wide, high in slots:
        part = part.moveTo(x, y).rect(wide, high)
    return part.extrude(thickness)


# ---- panels -----------------------------------------------------------------
top_along = edge(outer_width, True) if lid == "glued" else plain(outer_width)
top_across = edge(outer_depth, True) if lid == "glued" else plain(outer_depth)
upright, between = edge(outer_height, True), edge(outer_height, False)
tab = height * Shape.TAB
divider_height = height - (thickness if lid == "lift-off" else 0)     # below the plate under the lid
slots = [
    (thickness + width * (i + 1) / (dividers + 1), thickness + height / 2, thickness, tab - fit / 2)
    for i in range(dividers)
]

floor = [edge(outer_width, False), edge(outer_depth, False)] * 2
panels = {
    "bottom": (outer_width, outer_depth, floor),
    "front": (outer_width, outer_height, [edge(outer_width, True), upright, top_along, upright], slots),
    "back": (outer_width, outer_height, [edge(outer_width, True), upright, top_along, upright], slots),
    "left": (outer_depth, outer_height, [edge(outer_depth, True), between, top_across, between]),
    "right": (outer_depth, outer_height, [edge(outer_depth, True), between, top_across, between]),
}
if lid == "glued":
    panels["lid"] = (outer_width, outer_depth, floor)
if lid == "lift-off":
    inside = (width - Shape.LID_PLAY, depth - Shape.LID_PLAY)
    panels["lid"] = (outer_width, outer_depth, [plain(outer_width), plain(outer_depth)] * 2)
    panels["lid_inside"] = (*inside, [plain(inside[0]), plain(inside[1])] * 2)
for i in range(dividers):
    # Set back everywhere but at its two tabs, which reach through front and back.
    low, high = height / 2 - tab / 2 - fit / 4, height / 2 + tab / 2 + fit / 4
    right = [(low, thickness), (high, 0.0), (divider_height, thickness)]
    left = [(divider_height - high, thickness), (divider_height - low, 0.0), (divider_height, thickness)]
    panels[f"divider_{i + 1}"] = (outer_depth, divider_height, [plain(outer_depth), right, plain(outer_depth), left])

# ---- on the sheet: rows of two, the deepest panels first -----------------------
def places():
    """Near left corner of each panel."""
    y = 0.0
    by_depth = sorted(panels, key=lambda name: -panels[name][1])
    for row in zip(by_depth[::2], [*by_depth[1::2], None]):
        x = 0.0
        for name in filter(None, row):
            yield name, (x, y, 0)
            x += panels[name][0] + Shape.GAP
        y += panels[row[0]][1] + Shape.GAP


for name, place in places():
    show_object(panel(*panels[name]).translate(place), name=name)
