"""The design that `cofab init` makes: small, useful, and a pattern for one's own."""

from collections.abc import Mapping

SCRIPT = '''\
"""A wall hook. An ordinary CadQuery script: the values below are what can be chosen."""

import cadquery as cq

width = 20.0
reach = 30.0
height = 50.0
thickness = 5.0
screw_diameter = 4.5

plate = cq.Workplane("XZ").box(width, height, thickness).edges("|Y and >Z").fillet(thickness / 2)
arm = (
    cq.Workplane("YZ")
    .polyline([(0, -height / 2), (-reach, -height / 2), (-reach, -height / 2 + 3 * thickness)])
    .lineTo(-reach + thickness, -height / 2 + 3 * thickness)
    .lineTo(-reach + thickness, -height / 2 + thickness)
    .lineTo(0, -height / 2 + thickness)
    .close()
    .extrude(width / 2, both=True)
)
holes = (
    cq.Workplane("XZ")
    .pushPoints([(0, height / 2 - 2 * screw_diameter), (0, -height / 2 + thickness + 2 * screw_diameter)])
    .circle(screw_diameter / 2)
    .extrude(2 * thickness, both=True)
)

show_object(plate.union(arm).cut(holes), name="hook")
'''

MANIFEST = """\
[design]
name = {name}
title = {title}
description = "A wall hook with two screws."
licence = {licence}
authors = [{author}]
engine = "cadquery"
source = "hook.py"
readme = "README.md"
tags = ["household"]

[parameters.width]
type = "number"
unit = "mm"
default = 20.0
min = 10
max = 60
step = 0.5
label = "Width"

[parameters.reach]
type = "number"
unit = "mm"
default = 30.0
min = 15
max = 80
step = 0.5
label = "Reach"
description = "How far the hook stands out from the wall"

[parameters.height]
type = "number"
unit = "mm"
default = 50.0
min = 40
max = 120
step = 0.5
label = "Height"

[parameters.thickness]
type = "number"
unit = "mm"
default = 5.0
min = 3
max = 10
step = 0.5
label = "Thickness"

[parameters.screw_diameter]
type = "number"
unit = "mm"
default = 4.5
min = 3
max = 6
step = 0.1
label = "Screw hole"
group = "Fastening"

[[relations]]
rule = "screw_diameter + 2 <= width"
message = "The plate is too narrow for the screws"

[[relations]]
rule = "reach >= 3 * thickness"
message = "The hook has no room to hang anything on"

[presets.coat]
title = "Coat hook"
values = {{ reach = 50.0, height = 80.0, thickness = 7.0 }}

[print]
process = "fdm"
material = "PLA"
nozzle_mm = 0.4
layer_height_mm = 0.2
infill_percent = 25
perimeters = 3
supports = false
brim_mm = 0
"""

README = """\
# {title}

A wall hook with two screws. Print it lying on its side: it needs no supports that way.

Change `hook.py` into your own design, say in `design.toml` what can be chosen, and look at the result:

    cofab check
    cofab build -p width=24
"""


def starter_files(name: str, title: str, licence: str, author: str) -> Mapping[str, str]:
    """The files of a first design, by path."""
    quoted = {key: toml_text(value) for key, value in (("name", name), ("title", title), ("licence", licence))}
    return {
        "design.toml": MANIFEST.format(**quoted, author=toml_text(author)),
        "hook.py": SCRIPT,
        "README.md": README.format(title=title),
    }


def toml_text(text: str) -> str:
    """A text as a TOML basic string."""
    escaped = "".join(
        f"\\u{ord(character):04x}" if ord(character) < 32 or ord(character) == 127 else character
        for character in text.replace("\\", "\\\\").replace('"', '\\"')
    )
    return f'"{escaped}"'
