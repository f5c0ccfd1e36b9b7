"""As little as a model can be: for counting builds, not for comparing them."""

import cadquery as cq

size = 10.0

show_object(cq.Workplane().box(size, size, size), name="tiny")
