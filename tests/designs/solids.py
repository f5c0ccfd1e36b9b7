"""Exact shapes for tests of what is made from them. The kernel is loaded here in the test's own process."""

from typing import Any

from designs.engines import without_vtk
from designs.formats.brep import Part, properties
from designs.formats.tessellation import tessellate
from designs.mesh import Mesh

without_vtk.install()
import cadquery as cq  # noqa: E402  (needs the stand-ins)

TOLERANCE, ANGLE = 0.05, 0.2


def part(workplane: Any, name: str = "part", colour: tuple[float, float, float] | None = None) -> Part:
    return Part(name, colour, workplane.val().wrapped)


def mesh_of(workplane: Any) -> Mesh:
    one = part(workplane)
    return tessellate(one, TOLERANCE, ANGLE, properties(one.shape).volume)


SHAPES: dict[str, Any] = {
    "box": cq.Workplane().box(10, 20, 30),
    "sphere": cq.Workplane().sphere(10),
    "tube": cq.Workplane().circle(10).circle(8).extrude(20),
    "torus": cq.Workplane(obj=cq.Solid.makeTorus(20, 5)),
    "cone": cq.Workplane(obj=cq.Solid.makeCone(10, 0, 20)),
    "moved": cq.Workplane()
    .box(1, 2, 3)
    .edges("|Z")
    .fillet(0.3)
    .rotate((0, 0, 0), (1, 1, 0), 33)
    .translate((500, -70, 9)),
    "mirrored": cq.Workplane().box(4, 4, 4).faces(">Z").workplane().rect(1, 3).cutBlind(-2).mirror("XY"),
    "hollow": cq.Workplane().box(20, 20, 20).cut(cq.Workplane().box(10, 10, 10)),
    "threadlike": cq.Workplane().polyline([(3, 0), (4, 0.5), (3, 1)]).close().revolve(300, (0, 0), (0, 1)),
    "shelled": cq.Workplane().box(40, 30, 20).edges("|Z").fillet(5).faces(">Z").shell(-1.5),
}
