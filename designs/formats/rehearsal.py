"""What the warm worker does once, so that no task has to: everything is imported, and every kind of artifact made.

A process that is forked afterwards has it all in memory already. Without this a task spends four times as long on
importing as on meshing a small part.
"""

from collections.abc import Collection
from pathlib import Path
from typing import Any

from designs.checks import Making
from designs.engines.interface import Body, Geometry
from designs.formats import production
from designs.formats.geometry import read_geometry, write_geometry
from designs.formats.order import Order
from designs.formats.workpiece import read_parts

ORDER = Order(
    title="Rehearsal",
    metadata={"Title": "Rehearsal"},
    material="PLA",
    tolerance_mm=0.1,
    angular_tolerance_rad=0.3,
    making=Making(nozzle_mm=0.4, supports=False),
)


QUICK = ("model.glb", "measurements.json", "findings.json")


def rehearse(folder: Path) -> None:
    """Make all artifacts of a small part in the folder, and remove them. Must leave one thread."""
    from designs.engines import kernel

    kernel.use_one_thread()
    _make(folder, production.ARTIFACTS)


def limber_up(folder: Path) -> None:
    """The same with what a slider waits for, in a process that was forked: most of the memory that a task writes to is
    its own afterwards, and is not copied under the task's hands. Saves 10 of 60 ms on a small part."""
    _make(folder, QUICK)


def _make(folder: Path, wanted: Collection[str]) -> None:
    from designs.engines import kernel

    geometry = Geometry(kernel.to_bytes(kernel.compound([_part()])), (Body("part"),))
    parts = read_parts(read_geometry(write_geometry(geometry)))
    production.produce(parts, ORDER, folder, lambda _stage, _share: None, wanted)
    for name in wanted:
        (folder / name).unlink(missing_ok=True)


def _part() -> Any:
    """A flat part with straight and round edges: all formats can be made of it."""
    from OCP.BRepAlgoAPI import BRepAlgoAPI_Cut
    from OCP.BRepPrimAPI import BRepPrimAPI_MakeBox, BRepPrimAPI_MakeCylinder

    return BRepAlgoAPI_Cut(BRepPrimAPI_MakeBox(10, 10, 2).Shape(), BRepPrimAPI_MakeCylinder(2, 2).Shape()).Shape()
