"""Run in a process of its own: makes artifacts of two bodies, exact or as meshes, and prints their digests."""

import json
import sys
from pathlib import Path

from designs.checks import Making
from designs.digest import digest_file
from designs.engines import kernel
from designs.engines.interface import Body, Geometry
from designs.formats import production
from designs.formats.geometry import read_geometry, write_geometry
from designs.formats.mesh_form import write_mesh_form
from designs.formats.order import Order
from designs.formats.workpiece import Clock, Workpiece, read_parts

METADATA = {"Title": "Things", "Designer": "Ada", "LicenseTerms": "MIT", "recipe": "ab" * 32}
ORDER = Order("Things", METADATA, "PLA", 0.1, 0.3, Making())
BODIES = (Body("plate", (1.0, 0.0, 0.0)), Body("block"))


def exact() -> Geometry:
    """Two flat plates, one with a hole and one with a rounded edge."""
    from OCP.BRepAlgoAPI import BRepAlgoAPI_Cut
    from OCP.BRepPrimAPI import BRepPrimAPI_MakeBox, BRepPrimAPI_MakeCylinder
    from OCP.gp import gp_Ax2, gp_Dir, gp_Pnt

    hole = BRepPrimAPI_MakeCylinder(gp_Ax2(gp_Pnt(10, 5, 0), gp_Dir(0, 0, 1)), 2, 3).Shape()
    plate = BRepAlgoAPI_Cut(BRepPrimAPI_MakeBox(20, 10, 3).Shape(), hole).Shape()
    block = BRepPrimAPI_MakeCylinder(gp_Ax2(gp_Pnt(40, 5, 0), gp_Dir(0, 0, 1)), 6, 3).Shape()
    return Geometry(kernel.to_bytes(kernel.compound([plate, block])), BODIES)


def as_meshes() -> Geometry:
    """The same without exact shapes."""
    work = Workpiece(read_parts(exact()), ORDER, Clock())
    return Geometry(write_mesh_form([mesh.welded for mesh in work.meshes]), BODIES, "mesh")


def produce(geometry: Geometry, folder: Path, wanted: list[str] | None = None) -> production.Produced:
    folder.mkdir(parents=True, exist_ok=True)
    parts = read_parts(read_geometry(write_geometry(geometry)))
    return production.produce(parts, ORDER, folder, lambda _stage, _share: None, wanted)


def main(folder: Path) -> None:
    kernel.use_one_thread()
    told: dict[str, str] = {}
    for form, geometry in (("exact", exact()), ("mesh", as_meshes())):
        for name in produce(geometry, folder / form).made:
            told[f"{form} {name}"] = digest_file(folder / form / name)
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
