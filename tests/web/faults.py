"""Designs with something wrong on purpose: what a page has to show in the model."""

import struct

BRACKET = {
    "design.toml": """
[design]
name = "bracket"
title = "Bracket with faults"
description = "A fin that is too thin, and an arm that hangs in the air."
licence = "MIT"
authors = ["Ada"]
engine = "cadquery"
source = "bracket.py"

[parameters.wall]
type = "number"
unit = "mm"
default = 0.3
min = 0.1
max = 3
label = "Fin"

[parameters.reach]
type = "number"
unit = "mm"
default = 40
min = 10
max = 80
label = "Reach"
""",
    "bracket.py": """
import time
import cadquery as cq
wall = 0.3
reach = 40.0
if reach > 70:
    raise ValueError(f"reach of {reach:g} mm is too long for this arm")
if reach > 60:
    time.sleep(2)
base = cq.Workplane().box(60, 40, 4, centered=(True, True, False))
fin = cq.Workplane().box(50, wall, 30, centered=(True, True, False)).translate((0, -12, 0))
post = cq.Workplane().box(8, 8, 30, centered=(True, True, False)).translate((0, 10, 0))
arm = cq.Workplane().box(8, reach, 6, centered=(True, False, False)).translate((0, 6, 24))
show_object(base.union(fin).union(post).union(arm), name="bracket")
""",
}
OPEN_BOX_TOML = """
[design]
name = "open-box"
title = "Box without a lid"
description = "A mesh that is not closed."
licence = "MIT"
authors = ["Ada"]
engine = "solid"
source = "box.stl"
"""
_CORNERS = [(x, y, z) for z in (0, 20) for y in (0, 30) for x in (0, 40)]
_SIDES = [(0, 2, 3, 1), (0, 1, 5, 4), (2, 6, 7, 3), (0, 4, 6, 2), (1, 3, 7, 5)]


def open_box() -> dict[str, str | bytes]:
    """A box of 40 × 30 × 20 mm as binary STL, without its upper side."""
    triangles = [each for a, b, c, d in _SIDES for each in ((a, b, c), (a, c, d))]
    body = b"".join(
        struct.pack("<12fH", 0, 0, 0, *(value for corner in each for value in _CORNERS[corner]), 0)
        for each in triangles
    )
    return {"design.toml": OPEN_BOX_TOML, "box.stl": bytes(80) + struct.pack("<I", len(triangles)) + body}
