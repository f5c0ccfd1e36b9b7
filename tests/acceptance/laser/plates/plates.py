"""Two plates side by side: of one thickness they can be cut from a sheet, and with square walls only."""

import cadquery as cq

# ---- parameters -------------------------------------------------------------
width = 40.0
other_thickness = 3.0
lean = 0.0  # of the second plate's walls, from square

first = cq.Workplane().rect(width, 20).extrude(3).faces(">Z").workplane().hole(6)
show_object(first, name="first")  # type: ignore[name-defined]  # noqa: F821
second = cq.Workplane().rect(20, 20).extrude(other_thickness, taper=lean)
show_object(second.translate((width / 2 + 20, 0, 0)), name="second")  # type: ignore[name-defined]  # noqa: F821
