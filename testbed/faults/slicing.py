"""A slicer program that slices each model once: faults are put into the making, not into PrusaSlicer.

Called as PrusaSlicer is. What PrusaSlicer gave for the same model and the same settings is given again; the rest of
its arguments, and everything else that it is asked, go to the real program.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

REAL = "prusa-slicer"
KEPT = "COFAB_SLICED"
"""Names the folder of what was sliced."""


def install(folder: Path) -> Path:
    """Write a program into the folder that slices so, and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / REAL
    root = Path(__file__).parent.parent.parent
    lines = ["#!/bin/sh", f"export {KEPT}='{folder}'", f"exec '{sys.executable}' '{root / __file__}' \"$@\"", ""]
    program.write_text("\n".join(lines))
    program.chmod(0o755)
    return program


def main(arguments: list[str]) -> int:
    """As the program: the exit code."""
    if "--output" not in arguments and "-o" not in arguments:
        os.execvp(REAL, [REAL, *arguments])
    output = Path(arguments[arguments.index("--output" if "--output" in arguments else "-o") + 1])
    inputs = [Path(word) for word in arguments if Path(word).is_file() and Path(word) != output]
    name = hashlib.sha256(b"".join(hashlib.sha256(path.read_bytes()).digest() for path in inputs)).hexdigest()
    kept = Path(os.environ[KEPT]) / f"{name}.gcode"
    if not kept.exists():
        done = subprocess.run([REAL, *arguments], check=False)
        if done.returncode:
            return done.returncode
        part = kept.with_suffix(f".{os.getpid()}.part")
        shutil.copyfile(output, part)
        part.replace(kept)
    shutil.copyfile(kept, output)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
