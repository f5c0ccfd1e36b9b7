"""The comparison of two kept geometries, as a task of the jail: trusted code over shapes that may be hostile.

Only the jail's process for the task loads what it needs.
"""

from pathlib import Path
from typing import BinaryIO

from designs.sandbox import parcel
from designs.sandbox.parcel import Json

MODEL = "comparison.glb"


def compare_shapes(request: dict[str, Json], output: BinaryIO) -> Json:
    """Of the files `before` and `after`: a ShapeChange as JSON; `comparison.glb` where there is something to see."""
    from designs.comparing.parts import OPACITY, compare_parts
    from designs.formats.geometry import read_geometry
    from designs.formats.glb import write_glb
    from designs.formats.workpiece import read_parts

    del request

    def tell(stage: str, fraction: float) -> None:
        parcel.write_message(output, {"stage": stage, "fraction": fraction})
        output.flush()

    tell("read", 0.0)
    before, after = (read_parts(read_geometry(Path(name).read_bytes())) for name in ("before", "after"))
    change, picture = compare_parts(before, after, tell)
    if picture:
        path = Path("../tmp") / MODEL
        write_glb(picture, path, OPACITY)
        parcel.write_files(output, {MODEL: path})
    told: Json = change.to_json()
    return told
