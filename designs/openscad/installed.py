"""OpenSCAD as this host has it: where it is, what it is made of, and the surroundings in which it gives the same mesh
again."""

import ctypes
import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from xml.sax.saxutils import escape

VARIABLE = "COFAB_OPENSCAD"
ADDR_NO_RANDOMIZE = 0x0040000
"""personality(2): programs start at the same addresses each time."""
_SECONDS = 30
_OF_GEOMETRY = re.compile(r"lib(?:c|m|stdc\+\+|gcc_s|gmp|mpfr|freetype|fontconfig|harfbuzz|boost_[a-z]+|Qt5Core)\b")
"""Libraries whose code computes points or sets text; those that draw on a screen are loaded, and not used."""
_RESOLVED = re.compile(r"^\s*(\S+) => (/\S+) \(", re.MULTILINE)


def find(named: str | None) -> Path | None:
    """The program that `COFAB_OPENSCAD` names, or the one on the path."""
    found = shutil.which(named or "openscad")
    return Path(found).resolve() if found else None


@cache
def fingerprint(program: Path) -> str:
    """Its version, and a digest of its own bytes and of the system libraries that it computes with."""
    said = _output([str(program), "--version"])
    version = said.split()[-1] if said.split() else "unknown"
    linked = sorted(
        path for name, path in _RESOLVED.findall(_output(["ldd", str(program)])) if _OF_GEOMETRY.match(name)
    )
    digest = hashlib.sha256()
    for path in (str(program), *linked):
        with open(path, "rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return f"openscad/{version} program/{digest.hexdigest()[:16]}"


def fix_addresses() -> bool:
    """From now on programs that this process starts lie at the same addresses: OpenSCAD goes through tables in the
    order of pointers. False where the host does not allow it."""
    libc = ctypes.CDLL(None, use_errno=True)
    return int(libc.personality(ADDR_NO_RANDOMIZE)) != -1


def write_font_settings(folder: Path, fonts: Mapping[str, Path], mono: str, sans: str) -> Path:
    """Settings for fontconfig by which there are these fonts only: whatever else a script asks for is set in `sans`, or
    in `mono` where it sounds like that. `fonts`: folders by family."""
    folders = "".join(f"<dir>{escape(str(path))}</dir>" for path in sorted(set(fonts.values())))
    like_mono = "".join(
        _instead(name, mono) for name in ("monospace", "Courier New", "Liberation Mono", "DejaVu Sans Mono")
    )
    path = folder / "fonts.conf"
    path.write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd"><fontconfig>'
        f"{folders}<cachedir>{escape(str(folder / 'fonts'))}</cachedir>{like_mono}"
        f'<match target="pattern"><edit name="family" mode="append_last"><string>{escape(sans)}</string></edit></match>'
        "</fontconfig>\n"
    )
    (folder / "fonts").mkdir(exist_ok=True)
    return path


def surroundings(fonts: Path, home: str, scratch: str) -> dict[str, str]:
    """The environment variables that it is started with: all that it may be swayed by."""
    return {
        "HOME": home,
        "TMPDIR": scratch,
        "XDG_RUNTIME_DIR": scratch,
        "LC_ALL": "C.UTF-8",
        "FONTCONFIG_FILE": str(fonts),
        "QT_QPA_PLATFORM": "offscreen",
        "MALLOC_ARENA_MAX": "1",
        "MALLOC_MMAP_THRESHOLD_": str(1 << 30),
        "PATH": os.defpath,
    }


def _instead(name: str, family: str) -> str:
    return (
        f'<match target="pattern"><test name="family"><string>{escape(name)}</string></test>'
        f'<edit name="family" mode="assign"><string>{escape(family)}</string></edit></match>'
    )


def _output(command: list[str]) -> str:
    finished = subprocess.run(
        command, check=False, capture_output=True, text=True, timeout=_SECONDS, env={"LC_ALL": "C", "PATH": os.defpath}
    )
    return finished.stdout + finished.stderr
