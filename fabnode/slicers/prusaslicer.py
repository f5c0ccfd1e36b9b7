"""PrusaSlicer by its command line (written against 2.5.0).

    prusa-slicer --export-gcode --datadir data --load settings.ini --dont-arrange --output out.gcode plate.3mf

Ends 0 with G-code, 1 when it cannot load the model or nothing is left of it, and aborts (134) when the model does not
fit its printer. Settings that it does not know are passed over in silence, and a part off the bed is sliced all the
same, so the G-code is judged afterwards whatever it says. The file's first line carries the time of day: it is
replaced, so that equal input gives equal bytes.
"""

import asyncio
import re
import shutil
import subprocess
from pathlib import Path

from fabnode.slicers import program
from fabnode.slicers.interface import Sliced, SliceError, SliceProblem, SliceRequest
from fabnode.slicers.model import Layout, laid_out
from fabnode.slicers.package import write_package
from fabnode.slicers.profiles import Profile, ProfileError, settings_text
from fabnode.slicers.sequences import with_clear_height

SLICE_SECONDS = 1800.0
HELP_SECONDS = 60.0
TOO_LARGE_CODE = 134
FIGURES_BYTES = 256 * 1024
"""The figures stand before the settings, in the last part of the file."""
SEQUENCES = ("start_gcode", "end_gcode")

_VERSION = re.compile(r"PrusaSlicer[- ]?(\d+\.\d+\.\d+[\w.+-]*)")
_DURATION = re.compile(r"(\d+)([dhms])")
_SECONDS = {"d": 86_400, "h": 3600, "m": 60, "s": 1}


class PrusaSlicer:
    """One installed PrusaSlicer."""

    def __init__(self, executable: str = "prusa-slicer", seconds: float = SLICE_SECONDS) -> None:
        self._executable = executable
        self._seconds = seconds
        self._version: str | None = None

    async def version(self) -> str:
        if self._version is None:
            path = shutil.which(self._executable)
            if path is None:
                message = f"{self._executable} is not installed: install it (Debian: apt install prusa-slicer)"
                raise SliceError(SliceProblem.MISSING, message)
            self._version = await self._ask_version(path)
        return self._version

    async def slice(self, request: SliceRequest) -> Sliced:
        name = await self.version()
        try:
            layout = await laid_out(request)
        except ProfileError as error:
            raise SliceError(SliceProblem.SETTINGS, str(error)) from error
        folder = request.into
        await asyncio.to_thread(_write_inputs, layout, request.profile, folder)
        ended = await program.run_slicer(
            (
                self._executable, "--export-gcode", "--datadir", "data", "--load", "settings.ini",
                "--dont-arrange", "--output", "out.gcode", "plate.3mf",
            ),
            folder,
            self._seconds,
        )  # fmt: skip
        gcode = folder / "out.gcode"
        if ended.code != 0 or not gcode.is_file():
            raise _explained(ended, request.profile)
        return await asyncio.to_thread(_sliced, gcode, name, request.copies)

    async def _ask_version(self, path: str) -> str:
        try:
            said = await asyncio.to_thread(_help, path)
        except (OSError, subprocess.SubprocessError) as error:
            raise SliceError(SliceProblem.MISSING, f"{path} cannot be run: {error}") from error
        found = _VERSION.search(said.decode(errors="replace"))
        if not found:
            raise SliceError(SliceProblem.MISSING, f"{path} does not say that it is PrusaSlicer")
        return f"PrusaSlicer {found[1].removesuffix('+UNKNOWN')}"


def _help(path: str) -> bytes:
    return subprocess.run(
        [path, "--help"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, timeout=HELP_SECONDS
    ).stdout


def _write_inputs(layout: Layout, profile: Profile, folder: Path) -> None:
    (folder / "data").mkdir()
    write_package(layout, folder / "plate.3mf")
    values = layout.settings.values()
    for key in SEQUENCES:
        if key in values:
            values[key] = with_clear_height(values[key], layout.body.size[2], profile.usable.z)
    (folder / "settings.ini").write_text(settings_text(values))


def _explained(ended: program.Ended, profile: Profile) -> SliceError:
    said, words = ended.output.lower(), program.last_words(ended)
    if program.full_disk(ended):
        return program.no_room(ended)
    if ended.code == TOO_LARGE_CODE or "outside of the print volume" in said or "do not fit" in said:
        room = f"{profile.usable.x:g} × {profile.usable.y:g} × {profile.usable.z:g} mm"
        return SliceError(
            SliceProblem.TOO_LARGE, f"the model with its brim and skirt does not fit the {room} of {profile.title}"
        )
    if "first layer" in said and ("no extrusions" in said or "empty" in said):
        return SliceError(SliceProblem.EMPTY_FIRST_LAYER, program.EMPTY_FIRST_LAYER)
    if "empty" in said or "no extrusions" in said or "nothing to print" in said or "no layers" in said:
        return SliceError(SliceProblem.EMPTY, f"{program.NOTHING_LEFT} ({words})")
    if ended.code == 1:
        return SliceError(SliceProblem.UNREADABLE, f"the slicer refused the model: {words}")
    return SliceError(SliceProblem.CRASHED, f"the slicer ended with {ended.code}: {words}")


def _sliced(gcode: Path, slicer: str, copies: int) -> Sliced:
    _replace_first_line(gcode, slicer)
    with gcode.open("rb") as file:
        layers = sum(line.startswith(b";LAYER_CHANGE") for line in file)
        file.seek(max(0, gcode.stat().st_size - FIGURES_BYTES))
        figures = dict(re.findall(r"^; ([\w \[\]()]+?) = (.*)$", file.read().decode(errors="replace"), re.MULTILINE))
    if not layers:
        raise SliceError(SliceProblem.EMPTY, program.NOTHING_LEFT)
    time = figures.get("estimated printing time (normal mode)")
    return Sliced(
        gcode,
        slicer,
        float(sum(int(count) * _SECONDS[unit] for count, unit in _DURATION.findall(time))) if time else None,
        _number(figures.get("filament used [g]")),
        _number(figures.get("filament used [mm]")),
        layers,
        copies,
    )


def _replace_first_line(gcode: Path, slicer: str) -> None:
    """Over the first line, in place: a comment of the same length without the time of day."""
    with gcode.open("r+b") as file:
        line = file.readline(4096)
        if line.startswith(b"; generated by"):
            file.seek(0)
            file.write(f"; generated by {slicer}".encode().ljust(len(line) - 1)[: len(line) - 1])


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None
