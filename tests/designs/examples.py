"""A manifest that is right, for tests to take apart."""

BIN = """\
[design]
name = "gridfinity-bin"
title = "Gridfinity-compatible bin"
description = "A stackable bin for the 42 mm grid."
licence = "CERN-OHL-S-2.0"
authors = ["Ada Example <ada@example.org>"]
engine = "cadquery"
source = "bin.py"
readme = "README.md"
images = ["image.png"]
tags = ["storage", "gridfinity"]

[parameters.units_x]
type = "integer"
default = 2
min = 1
max = 6
step = 1
label = "Length"
description = "Number of grid cells along X"
group = "Size"

[parameters.wall]
type = "number"
unit = "mm"
default = 1.2
min = 0.8
max = 4
step = 0.1

[parameters.lid]
type = "boolean"
default = false

[parameters.style]
type = "choice"
default = "plain"
choices = ["plain", "rounded"]

[parameters.text]
type = "text"
default = ""
max = 8

[[relations]]
rule = "wall * 2 < units_x * 42"
message = "The walls leave no room inside"

[[relations]]
rule = "not lid or wall >= 1.2"

[presets.drawer]
title = "Drawer"
values = { units_x = 4, wall = 1.6 }

[print]
process = "fdm"
material = "PLA"
nozzle_mm = 0.4
layer_height_mm = 0.2
infill_percent = 15
perimeters = 3
supports = false
brim_mm = 0
"""


def with_line(old: str, new: str) -> str:
    """The manifest with one line (given by how it begins) replaced; fails when it is not exactly one."""
    lines = BIN.splitlines()
    at = [number for number, line in enumerate(lines) if line.startswith(old)]
    if len(at) != 1:
        raise AssertionError(f"{old!r} begins {len(at)} lines")
    lines[at[0]] = new
    return "\n".join(lines) + "\n"
