"""The process of plain.py: reads requests as JSON lines, builds, and answers with the seconds that it took."""

import contextlib
import gc
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from designs.engines.interface import find_engine
from designs.sandbox import tasks


def main() -> None:
    """Until there are no more requests."""
    folder = Path(sys.argv[1])
    answers, sys.stdout = sys.stdout, sys.stderr  # scripts may print
    tasks.warm_up(("cadquery",), folder)
    gc.collect()
    gc.freeze()
    answers.write("{}\n")
    answers.flush()
    for line in sys.stdin:
        answers.write(json.dumps(build(json.loads(line), folder)) + "\n")
        answers.flush()


def build(request: Any, folder: Path) -> Any:
    """Script, geometry, mesh, file; raises what the engine raises."""
    from designs.formats import production
    from designs.formats.order import Order
    from designs.formats.workpiece import read_parts

    began = time.process_time()
    seconds: dict[str, float] = {}
    with timed(seconds, "script"):
        geometry = find_engine(request["engine"]).run(Path(request["source"]), request["parameters"])
    with timed(seconds, "read"):
        parts = read_parts(geometry)
    with timed(seconds, "artifacts"):
        production.produce(parts, Order.from_json(request["order"]), folder, lambda _stage, _share: None, ["model.glb"])
    return {"seconds": seconds, "cpu_seconds": time.process_time() - began}


@contextlib.contextmanager
def timed(seconds: dict[str, float], name: str) -> Iterator[None]:
    """Notes how long the block took."""
    began = time.perf_counter()
    yield
    seconds[name] = time.perf_counter() - began


if __name__ == "__main__":
    main()
