"""Libraries that are loaded before a process (LD_PRELOAD) and stand between it and the system."""

import subprocess
from pathlib import Path

COMPILE_SECONDS = 60


def compiled(source: Path, folder: Path) -> Path:
    """The library of this C file, made in the folder."""
    library = folder / f"{source.stem}.so"
    command = ["gcc", "-shared", "-fPIC", "-O1", "-o", str(library), str(source), "-ldl"]
    subprocess.run(command, check=True, timeout=COMPILE_SECONDS)
    return library
