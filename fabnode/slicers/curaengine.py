"""CuraEngine by its command line (written against 4.13.0).

    CuraEngine slice -v -m1 -j cofab.def.json -o out.gcode -s … -e0 -l body.stl -s mesh_position_x=… [-l …]

The engine has no settings of its own and ends when one is missing; all are given in a definition that is written for
each slicing. It reads STL alone, and does not look whether a part is on the bed: the body was read, checked and
arranged before, and the G-code is judged afterwards. Its figures stand on standard error (`-v`), not in the file.
"""

import asyncio
import json
import re
import shutil
import subprocess
from math import pi
from pathlib import Path

from fabnode.slicers import program
from fabnode.slicers.cura_settings import cura_settings
from fabnode.slicers.interface import Sliced, SliceError, SliceProblem, SliceRequest
from fabnode.slicers.model import Layout, laid_out
from fabnode.slicers.profiles import ProfileError
from fabnode.slicers.sequences import filled_in, with_clear_height

SLICE_SECONDS = 1800.0
HELP_SECONDS = 60.0
DEFINITION, TRAIN = "cofab.def.json", "train.def.json"
SEQUENCES = ("machine_start_gcode", "machine_end_gcode")
TURNED = "[[0,-1,0],[1,0,0],[0,0,1]]"
NOT_OF_THE_PART = frozenset({b"SKIRT"})
"""What CuraEngine's ;TYPE: comments call that lies beside the part."""

_VERSION = re.compile(r"version (\d+\.\d+\.\d+)")
_SECONDS = re.compile(r"Print time \(s\): (\d+)")
_VOLUME = re.compile(r"Filament \(mm\^3\): (\d+)")
_MISSING = re.compile(r"no value given: '?(\w+)")


class CuraEngine:
    """One installed CuraEngine."""

    def __init__(self, executable: str = "CuraEngine", seconds: float = SLICE_SECONDS) -> None:
        self._executable = executable
        self._seconds = seconds
        self._version: str | None = None

    async def version(self) -> str:
        if self._version is None:
            path = shutil.which(self._executable)
            if path is None:
                message = f"{self._executable} is not installed: install it (Debian: apt install cura-engine)"
                raise SliceError(SliceProblem.MISSING, message)
            self._version = await self._ask_version(path)
        return self._version

    async def slice(self, request: SliceRequest) -> Sliced:
        name = await self.version()
        folder = request.into
        try:
            layout = await laid_out(request)
            diameter, density = await asyncio.to_thread(_write_definition, layout, request, folder)
        except ProfileError as error:
            raise SliceError(SliceProblem.SETTINGS, str(error)) from error
        ended = await program.run_slicer((self._executable, *_arguments(layout, request)), folder, self._seconds)
        gcode = folder / "out.gcode"
        if ended.code != 0 or not gcode.is_file():
            raise _explained(ended)
        layers = await asyncio.to_thread(_layers, gcode)
        volume = _number(_VOLUME, ended.output)
        length = None if volume is None else volume / (pi / 4 * diameter**2)
        grams = None if volume is None else round(volume * density / 1000, 2)
        seconds = _number(_SECONDS, ended.output)
        return Sliced(gcode, name, seconds, grams, None if length is None else round(length, 1), layers, request.copies)

    async def _ask_version(self, path: str) -> str:
        try:
            said = await asyncio.to_thread(_help, path)
        except (OSError, subprocess.SubprocessError) as error:
            raise SliceError(SliceProblem.MISSING, f"{path} cannot be run: {error}") from error
        found = _VERSION.search(said.decode(errors="replace"))
        if not found or b"Cura" not in said:
            raise SliceError(SliceProblem.MISSING, f"{path} does not say that it is CuraEngine")
        return f"CuraEngine {found[1]}"


def _help(path: str) -> bytes:
    return subprocess.run(
        [path, "help"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, timeout=HELP_SECONDS
    ).stdout


def _write_definition(layout: Layout, request: SliceRequest, folder: Path) -> tuple[float, float]:
    """All settings as the engine loads them; returns the filament's diameter in mm and its density in g/cm³."""
    height = layout.body.size[2]
    values = layout.settings.values()
    told = {
        key: setting.value for key, setting in cura_settings(layout.settings, request.profile, height_mm=height).items()
    }
    for key in SEQUENCES:
        told[key] = filled_in(with_clear_height(told[key], height, request.profile.usable.z), values)
    if layout.plate.turned:
        told["mesh_rotation_matrix"] = TURNED
    settings = {key: {"type": "str", "default_value": value} for key, value in sorted(told.items())}
    head = {"version": 2, "name": "Cofab"}
    trains = {"machine_extruder_trains": {"0": TRAIN}}
    (folder / DEFINITION).write_text(json.dumps({**head, "metadata": trains, "settings": settings}, indent=1))
    (folder / TRAIN).write_text(json.dumps({**head, "settings": {}}))
    return float(values["filament_diameter"]), float(values["filament_density"])


def _arguments(layout: Layout, request: SliceRequest) -> list[str]:
    """The engine counts places from the middle of the bed."""
    room = request.profile.usable
    arguments = ["slice", "-v", "-m1", "-j", DEFINITION, "-o", "out.gcode", "-e0"]
    for place in layout.plate.places:
        arguments += [
            "-l", layout.body.stl.name,
            "-s", f"mesh_position_x={place.x - room.x / 2:.4f}", "-s", f"mesh_position_y={place.y - room.y / 2:.4f}",
        ]  # fmt: skip
    return arguments


def _explained(ended: program.Ended) -> SliceError:
    if program.full_disk(ended):
        return program.no_room(ended)
    if missing := _MISSING.search(ended.output):
        text = f"CuraEngine asks for the setting {missing[1]}: give it in a section [curaengine] of the profile"
        return SliceError(SliceProblem.SETTINGS, text)
    return SliceError(SliceProblem.CRASHED, f"the slicer ended with {ended.code}: {program.last_words(ended)}")


def _layers(gcode: Path) -> int:
    """How many layers hold material. Raises SliceError when that is none, or not the first."""
    layer = b""
    laid: set[bytes] = set()
    with gcode.open("rb") as file:
        for line in file:
            if line.startswith(b";LAYER:"):
                layer = line[7:].strip()
            elif line.startswith(b";TYPE:") and line[6:].strip() not in NOT_OF_THE_PART:
                laid.add(layer)
    if not laid:
        raise SliceError(SliceProblem.EMPTY, program.NOTHING_LEFT)
    if b"0" not in laid:
        raise SliceError(SliceProblem.EMPTY_FIRST_LAYER, program.EMPTY_FIRST_LAYER)
    return len(laid)


def _number(pattern: re.Pattern[str], text: str) -> float | None:
    found = pattern.findall(text)
    return float(found[-1]) if found else None
