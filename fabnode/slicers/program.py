"""Running a slicer as a bounded child process, in the same circumstances each time.

PrusaSlicer's output depends on how many threads it has and where the kernel puts its memory: one processor
(`taskset`) and no address randomisation (`setarch -R`) make it a function of its input, where the system has them.
"""

import asyncio
import os
import re
import resource
import shutil
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO

from fabnode.slicers.interface import SliceError, SliceProblem

MAX_OUTPUT_BYTES = 1 << 30
"""Of any one file that the slicer writes."""
MAX_MEMORY_BYTES = 6 << 30
TAIL_BYTES = 64 * 1024


@dataclass(frozen=True)
class Ended:
    """How the program ended. `code` as a shell counts it: 128 + signal."""

    code: int
    output: str
    """The end of what it said."""


_NO_ROOM = ("no space left", "disk full", "file too large", "disk quota")


def full_disk(ended: Ended) -> SliceProblem | None:
    """DISK when the program says, or its end by SIGXFSZ, that it could not write."""
    said = ended.output.lower()
    too_long = ended.code == 128 + signal.SIGXFSZ
    return SliceProblem.DISK if too_long or any(words in said for words in _NO_ROOM) else None


NOTHING_LEFT = "nothing is left of the model in layers: it is too thin or too flat"
EMPTY_FIRST_LAYER = (
    "the first layer is empty: the model touches the bed in a point or an edge only. "
    "The designer has to turn it, flatten it where it stands, or ask for supports"
)


def no_room(ended: Ended) -> SliceError:
    return SliceError(SliceProblem.DISK, f"the slicer could not write, is the disk full? {last_words(ended)}")


def last_words(ended: Ended) -> str:
    """The last line that the program said, without its time stamps."""
    lines = [line.strip() for line in ended.output.splitlines() if line.strip() and "[trace]" not in line]
    return re.sub(r"^(\[[^\]]*\]\s*)+", "", lines[-1])[:300] if lines else "it said nothing"


async def run_slicer(args: Sequence[str], folder: Path, seconds: float) -> Ended:
    """`run` for a slicer. Raises SliceError where it does not run or does not end."""
    try:
        return await run(args, folder, seconds)
    except TookTooLong as error:
        raise SliceError(SliceProblem.TIME, f"slicing took longer than {error} and was ended") from error
    except OSError as error:
        raise SliceError(SliceProblem.MISSING, f"{args[0]} cannot be run: {error}") from error


class TookTooLong(Exception):
    """The program was ended because its time was up."""


async def run(args: Sequence[str], folder: Path, seconds: float, memory: int = MAX_MEMORY_BYTES) -> Ended:
    """Run in `folder`, which is also its home. Raises TookTooLong, and OSError when it cannot be started."""
    said = folder / "slicer.log"
    steady = await asyncio.to_thread(steady_prefix)
    with said.open("wb") as log:
        process = await _started([*steady, *args], folder, log)
    try:
        _bound(process.pid, memory)
        async with asyncio.timeout(seconds):
            code = await process.wait()
    except TimeoutError as error:
        raise TookTooLong(f"{seconds:g} s") from error
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    return Ended(128 - code if code < 0 else code, await asyncio.to_thread(_tail, said))


async def _started(args: Sequence[str], folder: Path, log: IO[bytes]) -> asyncio.subprocess.Process:
    """The child, which is never left behind by a cancellation while it is being started."""
    starting = asyncio.ensure_future(
        asyncio.create_subprocess_exec(
            *args, cwd=folder, env=_environment(folder), stdin=asyncio.subprocess.DEVNULL,
            stdout=log, stderr=log, start_new_session=True,
        )
    )  # fmt: skip
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        process = await starting
        os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
        raise


@cache
def steady_prefix() -> tuple[str, ...]:
    """What goes before the program so that the same input gives the same bytes, as far as this system allows."""
    prefix: list[str] = ["nice", "-n", "10"] if shutil.which("nice") else []
    if shutil.which("taskset"):
        prefix += ["taskset", "-c", str(min(os.sched_getaffinity(0)))]
    if shutil.which("setarch") and _works("setarch", os.uname().machine, "-R", "true"):
        prefix += ["setarch", os.uname().machine, "-R"]
    return tuple(prefix)


def _works(*args: str) -> bool:
    return subprocess.run(args, check=False, capture_output=True, timeout=10).returncode == 0


def _bound(pid: int, memory: int) -> None:
    try:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (MAX_OUTPUT_BYTES, MAX_OUTPUT_BYTES))
        resource.prlimit(pid, resource.RLIMIT_AS, (memory, memory))
        resource.prlimit(pid, resource.RLIMIT_CORE, (0, 0))
    except ProcessLookupError:
        return  # it has ended already


def _environment(folder: Path) -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(folder), "TMPDIR": str(folder), "LC_ALL": "C.UTF-8"}


def _tail(path: Path) -> str:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - TAIL_BYTES))
        return file.read(TAIL_BYTES).decode(errors="replace")
