"""What can be done in the jail. Each task takes a request (JSON) with files in the current folder, and sends files
and JSON back."""

import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import BinaryIO

from designs.engines.interface import EngineError, find_engine
from designs.sandbox import parcel
from designs.sandbox.parcel import Json

Request = dict[str, Json]


def warm_up(kept: Path) -> None:
    """Import everything and exercise it once, before any fork. `kept` is a folder for what must stay on disk."""
    find_engine("cadquery").warm_up(kept)


def run_script(request: Request, output: BinaryIO) -> Json:
    """Untrusted: the model script. Gives `model.brep`, and the bodies' names and colours."""
    engine = find_engine(str(request["engine"]))
    parameters = request["parameters"]
    assert isinstance(parameters, dict)
    values = {name: value for name, value in parameters.items() if isinstance(value, bool | int | float | str)}
    geometry = engine.run(Path(str(request["source"])).absolute(), values)
    parcel.write_files(output, {"model.brep": geometry.data})
    return {"bodies": [{"name": body.name, "colour": list(body.colour or ()) or None} for body in geometry.bodies]}


def read_parameters(request: Request, output: BinaryIO) -> Json:
    """Untrusted: reads a script's source, without running it."""
    del output
    guesses = find_engine(str(request["engine"])).read_parameters(Path(str(request["source"])).absolute())
    return {"parameters": [asdict(guess) for guess in guesses]}


def make_artifacts(request: Request, output: BinaryIO) -> Json:
    """Trusted code over a B-rep that is not: gives every artifact, measurements and findings."""
    from designs.formats import brep, production

    bodies = [(body.name, body.colour) for body in production.read_bodies(request["bodies"])]
    parts = brep.read_parts(Path("model.brep").read_bytes(), bodies)
    Path("model.brep").unlink()
    folder = Path("../tmp")

    def progress(stage: str, fraction: float) -> None:
        parcel.write_message(output, {"stage": stage, "fraction": fraction})
        output.flush()

    bench = production.produce(parts, production.Order.from_json(request["order"]), folder, progress)
    made = {name: folder / name for name in production.ARTIFACTS if (folder / name).exists()}
    parcel.write_files(output, made)
    return {"seconds": dict(bench.seconds)}


TASKS: dict[str, Callable[[Request, BinaryIO], Json]] = {
    "run_script": run_script,
    "read_parameters": read_parameters,
    "make_artifacts": make_artifacts,
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
