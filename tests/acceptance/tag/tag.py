import cadquery as cq

length = 12.0
hole = 3.0

tag = cq.Workplane("XY").box(length, 8, 1.2).faces(">Z").workplane().hole(hole)
show_object(tag)  # noqa: F821  (given by the engine)
