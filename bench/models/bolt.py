"""A hexagon bolt whose thread is a ridge swept along a helix and joined with the core."""

import cadquery as cq

diameter = 12.0
length = 30.0
pitch = 1.75
threaded = 18.0

depth = 0.6134 * pitch
core = diameter / 2 - depth
head = cq.Workplane().polygon(6, 2 * diameter).extrude(0.65 * diameter)
shank = cq.Workplane().circle(diameter / 2).extrude(-(length - threaded))
root = cq.Workplane().circle(core).extrude(-length)
path = cq.Workplane(cq.Wire.makeHelix(pitch, threaded - pitch, core, center=cq.Vector(0, 0, -length + pitch / 2)))
ridge = (
    cq.Workplane("XZ", origin=(core, 0, -length + pitch / 2))
    .polyline([(-0.1, -pitch * 0.44), (depth, -pitch * 0.06), (depth, pitch * 0.06), (-0.1, pitch * 0.44)])
    .close()
    .sweep(path, isFrenet=True)
)
show_object(head.union(shank).union(root).union(ridge), name="bolt")
