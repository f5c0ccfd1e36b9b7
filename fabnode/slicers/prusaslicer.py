"""PrusaSlicer by its command line (written against 2.5.0).

    prusa-slicer --info model.3mf
    prusa-slicer --export-gcode --datadir . --load settings.ini --center X,Y --output out.gcode model.3mf

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
from fabnode.slicers.model import plain_model
from fabnode.slicers.profiles import Profile, layered, settings_text

SLICE_SECONDS = 1800.0
INFO_SECONDS = 120.0
HELP_SECONDS = 60.0
TOO_LARGE_CODE = 134
FIGURES_BYTES = 256 * 1024
"""The figures stand before the settings, in the last part of the file."""

_VERSION = re.compile(r"PrusaSlicer[- ]?(\d+\.\d+\.\d+[\w.+-]*)")
_INFO = re.compile(r"^(\w+) = +(\S+)$", re.MULTILINE)
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
        folder = request.into
        await asyncio.to_thread(_fresh, folder)
        model = await asyncio.to_thread(plain_model, request.model, folder)
        await self._check_model(model, request.profile, folder)
        settings = settings_text(layered(request.profile, request.material, request.hints))
        await asyncio.to_thread((folder / "settings.ini").write_text, settings)
        envelope = request.profile.usable
        ended = await self._run(
            folder, self._seconds, "--export-gcode", "--datadir", "data", "--load", "settings.ini",
            "--center", f"{envelope.x / 2:g},{envelope.y / 2:g}", "--output", "out.gcode", model.name,
        )  # fmt: skip
        gcode = folder / "out.gcode"
        if ended.code != 0 or not gcode.is_file():
            raise _explained(ended, request.profile)
        return await asyncio.to_thread(_sliced, gcode, name)

    async def _ask_version(self, path: str) -> str:
        try:
            said = await asyncio.to_thread(_help, path)
        except (OSError, subprocess.SubprocessError) as error:
            raise SliceError(SliceProblem.MISSING, f"{path} cannot be run: {error}") from error
        found = _VERSION.search(said.decode(errors="replace"))
        if not found:
            raise SliceError(SliceProblem.MISSING, f"{path} does not say that it is PrusaSlicer")
        return f"PrusaSlicer {found[1].removesuffix('+UNKNOWN')}"

    async def _check_model(self, model: Path, profile: Profile, folder: Path) -> None:
        ended = await self._run(folder, INFO_SECONDS, "--info", model.name)
        facts = dict(_INFO.findall(ended.output))
        if ended.code != 0 or "size_x" not in facts:
            raise SliceError(SliceProblem.UNREADABLE, f"the model cannot be read: {_last_words(ended)}")
        if facts.get("manifold") != "yes":
            edges = facts.get("open_edges", "some")
            message = f"the model is not a closed body ({edges} open edges): the designer has to repair it"
            raise SliceError(SliceProblem.NOT_MANIFOLD, message)
        size = tuple(float(facts[f"size_{axis}"]) for axis in "xyz")
        room = (profile.usable.x, profile.usable.y, profile.usable.z)
        if any(length > space for length, space in zip(size, room, strict=True)):
            raise SliceError(
                SliceProblem.TOO_LARGE, f"the model is {_box(size)}; {profile.title} has room for {_box(room)}"
            )

    async def _run(self, folder: Path, seconds: float, *args: str) -> program.Ended:
        try:
            return await program.run((self._executable, *args), folder, seconds)
        except program.TookTooLong as error:
            raise SliceError(SliceProblem.TIME, f"slicing took longer than {error} and was ended") from error
        except OSError as error:
            raise SliceError(SliceProblem.MISSING, f"{self._executable} cannot be run: {error}") from error


def _help(path: str) -> bytes:
    return subprocess.run(
        [path, "--help"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, timeout=HELP_SECONDS
    ).stdout


def _fresh(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "data").mkdir(parents=True)


def _explained(ended: program.Ended, profile: Profile) -> SliceError:
    said = ended.output.lower()
    if "disk full" in said or "no space left" in said:
        return SliceError(SliceProblem.CRASHED, f"the slicer could not write: {_last_words(ended)}")
    if ended.code == TOO_LARGE_CODE or "outside of the print volume" in said or "do not fit" in said:
        room = _box((profile.usable.x, profile.usable.y, profile.usable.z))
        return SliceError(
            SliceProblem.TOO_LARGE, f"the model with its brim and skirt does not fit the {room} of {profile.title}"
        )
    if "empty" in said or "no extrusions" in said or "nothing to print" in said or "no layers" in said:
        return SliceError(
            SliceProblem.EMPTY,
            f"nothing is left of the model in layers: it is too thin or too flat ({_last_words(ended)})",
        )
    if ended.code == 1:
        return SliceError(SliceProblem.UNREADABLE, f"the slicer refused the model: {_last_words(ended)}")
    return SliceError(SliceProblem.CRASHED, f"the slicer ended with {ended.code}: {_last_words(ended)}")


def _last_words(ended: program.Ended) -> str:
    lines = [line.strip() for line in ended.output.splitlines() if line.strip() and "[trace]" not in line]
    return re.sub(r"^(\[[^\]]*\]\s*)+", "", lines[-1])[:300] if lines else "it said nothing"


def _sliced(gcode: Path, slicer: str) -> Sliced:
    _replace_first_line(gcode, slicer)
    layers = 0
    with gcode.open("rb") as file:
        layers = sum(line.startswith(b";LAYER_CHANGE") for line in file)
        file.seek(max(0, gcode.stat().st_size - FIGURES_BYTES))
        figures = dict(re.findall(r"^; ([\w \[\]()]+?) = (.*)$", file.read().decode(errors="replace"), re.MULTILINE))
    if not layers:
        raise SliceError(SliceProblem.EMPTY, "nothing is left of the model in layers: it is too thin or too flat")
    time = figures.get("estimated printing time (normal mode)")
    return Sliced(
        gcode,
        slicer,
        float(sum(int(count) * _SECONDS[unit] for count, unit in _DURATION.findall(time))) if time else None,
        _number(figures.get("filament used [g]")),
        _number(figures.get("filament used [mm]")),
        layers,
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


def _box(size: tuple[float, ...]) -> str:
    return " × ".join(f"{length:g}" for length in size) + " mm"
