"""The model as a slicer may see it: a closed body that fits, and nothing that tells the slicer what to do.

The bytes that came are read by a child process (`examine.py`) and written anew from their triangles; no slicer ever
opens them.
"""

import asyncio
import json
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from fabnode.plates import DoesNotFit, Plate, arrange
from fabnode.protocol import Envelope
from fabnode.slicers import program
from fabnode.slicers.examine import STL, XML
from fabnode.slicers.interface import SliceError, SliceProblem, SliceRequest
from fabnode.slicers.profiles import Effective, Setting

EXAMINE_SECONDS = 300.0
EXAMINE_BYTES = 3 << 30
"""Five million triangles take some 1.7 GiB."""


@dataclass(frozen=True)
class Body:
    """What was read: a closed body, its middle at x = y = 0, standing on z = 0."""

    size: tuple[float, float, float]
    """mm."""
    triangles: int
    stl: Path
    mesh_xml: Path
    """The <mesh> of a 3MF object."""


@dataclass(frozen=True)
class Layout:
    """Where the copies stand, and the settings that leave them room."""

    body: Body
    plate: Plate
    settings: Effective


async def laid_out(request: SliceRequest) -> Layout:
    """Read, check and arrange the request's model. Its folder is made anew. Raises SliceError and ProfileError."""
    settings = request.settings()
    await asyncio.to_thread(_fresh, request.into)
    body = await _examined(request)
    profile, room = request.profile, request.profile.usable
    brim = float(settings.settings["brim_width"].value)
    x, y, z = body.size
    try:
        plate = arrange(request.copies, Envelope(x=x + 2 * brim, y=y + 2 * brim, z=z), room)
    except DoesNotFit as error:
        if request.copies > 1:
            raise SliceError(SliceProblem.TOO_LARGE, str(error)) from error
        with_brim = f" and has a brim of {brim:g} mm all around" if brim else ""
        message = (
            f"the model is {_box(body.size)}{with_brim}; {profile.title} has room for {_box((room.x, room.y, room.z))}"
        )
        raise SliceError(SliceProblem.TOO_LARGE, message) from error
    if not _has_room_for_skirt(plate, body, brim, settings, room):
        settings = settings.replaced("skirts", Setting("0", "bounds", "no room for a skirt beside what is printed"))
    return Layout(body, plate, settings)


def _has_room_for_skirt(plate: Plate, body: Body, brim: float, settings: Effective, room: Envelope) -> bool:
    values = settings.settings
    lines = float(values["skirts"].value)
    margin = brim + float(values["skirt_distance"].value) + (lines + 1) * float(values["nozzle_diameter"].value) * 1.2
    half_x, half_y = (side / 2 + margin for side in (body.size[1::-1] if plate.turned else body.size[:2]))
    return all(half_x <= place.x <= room.x - half_x and half_y <= place.y <= room.y - half_y for place in plate.places)


async def _examined(request: SliceRequest) -> Body:
    folder = request.into
    args: tuple[str, ...] = (sys.executable, "-I", "-m", "fabnode.slicers.examine", str(request.model.resolve()))
    if request.hints.up is not None:
        args = (*args, ",".join(map(repr, request.hints.up)))
    try:
        ended = await program.run(args, folder, EXAMINE_SECONDS, EXAMINE_BYTES)
    except program.TookTooLong as error:
        raise SliceError(SliceProblem.TIME, f"reading the model took longer than {error} and was ended") from error
    try:
        facts = json.loads(ended.output)
    except ValueError as error:
        last = ended.output.strip().splitlines()[-1:] or [f"it ended with {ended.code}"]
        raise SliceError(
            program.full_disk(ended) or SliceProblem.CRASHED, f"reading the model failed: {last[0]}"
        ) from error
    if "unreadable" in facts:
        raise SliceError(SliceProblem.UNREADABLE, f"the model cannot be read: {facts['unreadable']}")
    _require_closed(facts["open_edges"], facts["turned_edges"], inside_out=facts["inside_out"])
    x, y, z = facts["size"]
    return Body((x, y, z), facts["triangles"], folder / STL, folder / XML)


def _require_closed(open_edges: int, turned_edges: int, *, inside_out: bool) -> None:
    if open_edges:
        message = f"the model is not a closed body ({open_edges} open edges)"
    elif turned_edges:
        message = f"the model is not a closed body: faces look to different sides along {turned_edges} edges"
    elif inside_out:
        message = "the model is inside out: all its faces look inwards"
    else:
        return
    raise SliceError(SliceProblem.NOT_MANIFOLD, f"{message}: the designer has to repair it")


def _fresh(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def _box(size: tuple[float, ...]) -> str:
    return " × ".join(f"{length:.4g}" for length in size) + " mm"
