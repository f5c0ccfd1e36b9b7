"""What can be done in the jail. Each task takes a request (JSON) with files in the current folder, and sends files
and JSON back."""

import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path
from typing import BinaryIO, cast

from designs.comparing.task import compare_shapes
from designs.engines.interface import EngineError, find_engine
from designs.sandbox import parcel
from designs.sandbox.parcel import Json
from designs.scripts import repeatable

Request = dict[str, Json]
CAD_ENGINE = "cadquery"


def warm_up(engines: Iterable[str], kept: Path) -> None:
    """Import everything and exercise it once, before any fork. `kept` is a folder for what must stay on disk."""
    for name in engines:
        find_engine(name).warm_up(kept)
    repeatable.warm_up()
    if CAD_ENGINE in engines:  # its environment makes the artifacts of all engines
        from designs.formats import rehearsal

        rehearsal.rehearse(kept)


def limber_up(engines: Iterable[str]) -> None:
    """In a process in waiting, at its place of work: what makes its task quicker."""
    if CAD_ENGINE in engines:
        from designs.formats import rehearsal

        rehearsal.limber_up(Path("../tmp"))


def run_script(request: Request, output: BinaryIO) -> Json:
    """Untrusted: the model script. Gives `geometry`: the bytes, and in what form they are; and the bodies' names and
    colours."""
    engine = find_engine(str(request["engine"]))
    parameters = request["parameters"]
    assert isinstance(parameters, dict)
    values = {name: value for name, value in parameters.items() if isinstance(value, bool | int | float | str)}
    repeatable.prepare(str(request.get("seed", "")))
    geometry = engine.run(Path(str(request["source"])).absolute(), values)
    parcel.write_files(output, {"geometry": geometry.data})
    bodies: list[Json] = [{"name": body.name, "colour": list(body.colour or ()) or None} for body in geometry.bodies]
    return {"form": geometry.form, "bodies": bodies}


def read_parameters(request: Request, output: BinaryIO) -> Json:
    """Untrusted: reads a script's source, without running it."""
    del output
    guesses = find_engine(str(request["engine"])).read_parameters(Path(str(request["source"])).absolute())
    return {"parameters": [asdict(guess) for guess in guesses]}


def make_artifacts(request: Request, output: BinaryIO) -> Json:
    """Trusted code over geometry that is not: gives the wanted artifacts, and says which there cannot be, and why."""
    from designs.formats import production
    from designs.formats.geometry import read_geometry
    from designs.formats.order import Order
    from designs.formats.workpiece import read_parts

    parts = read_parts(read_geometry(Path("geometry").read_bytes()))
    Path("geometry").unlink()
    folder = Path("../tmp")
    wanted = request["wanted"]
    assert isinstance(wanted, list)

    def progress(stage: str, fraction: float) -> None:
        parcel.write_message(output, {"stage": stage, "fraction": fraction})
        output.flush()

    def send(name: str) -> None:
        parcel.write_files(output, {name: folder / name})
        output.flush()

    made = production.produce(
        parts, Order.from_json(request["order"]), folder, progress, [str(name) for name in wanted], on_made=send
    )
    return cast(Json, made.to_json())


TASKS: dict[str, Callable[[Request, BinaryIO], Json]] = {
    "run_script": run_script,
    "read_parameters": read_parameters,
    "make_artifacts": make_artifacts,
    "compare_shapes": compare_shapes,
}


def run(name: str, request: Json, descriptor: int) -> None:
    """Do the named task and send its result, or its error, to the descriptor."""
    assert isinstance(request, dict)
    with os.fdopen(descriptor, "wb") as output:
        try:
            closing: Json = {"result": TASKS[name](request, output)}
        except EngineError as error:
            closing = {"error": {"kind": error.kind, "message": str(error)}}
        except MemoryError:
            closing = {"error": {"kind": "memory", "message": "not enough memory"}}
        sys.stdout.flush()
        parcel.write_closing(output, closing)
