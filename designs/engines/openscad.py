"""OpenSCAD, as the system installs it: its customizer's comments are the parameters, its mesh is the geometry.

It runs as a program of its own inside the jailed process, over the design's folder and nothing else: libraries have
to be in that folder. Version 2021.01 gives one mesh without colours, so `color()` is lost.
"""

import os
import resource
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from designs.engines import fonts, toolchains
from designs.engines.body_names import distinct
from designs.engines.interface import Body, EngineAbsent, EngineError, Geometry
from designs.formats.mesh_form import write_mesh_form
from designs.formats.read_body import in_canonical_order, tidy
from designs.formats.read_stl import read_stl
from designs.openscad import installed
from designs.openscad.customizer import Customizer, read_customizer
from designs.openscad.guesses import UnknownSetting, definitions, guesses
from designs.openscad.messages import Judge
from designs.openscad.tokens import UnreadableScad
from designs.sandbox.environment import Environment
from designs.scripts.assignments import Value
from designs.scripts.guessing import Guess

MAX_SOURCE = 4 << 20
_LINE = 4096
_STACK = 8 << 20
"""Bytes. The place of everything else depends on it, so it is the same on every host."""
_REHEARSAL = 'linear_extrude(1) { text("Aa"); text("Aa", font="monospace:style=Bold"); } sphere(1);\n'


class OpenScad:
    """OpenSCAD 2021.01 or newer."""

    def __init__(self) -> None:
        self._kept: Path | None = None
        self._fixed = True
        """Whether programs start at the same addresses each time."""

    def environment(self) -> Environment:
        """As the interface says."""
        return Environment("openscad", Path(sys.executable), ("openscad",), programs=(_program(),))

    def fingerprint(self) -> str:
        """As the interface says."""
        return f"{installed.fingerprint(_program())} {toolchains.fingerprint(self.environment())}"

    def warm_up(self, kept: Path) -> None:
        """As the interface says. OpenSCAD itself starts anew for each build, from files that are in memory by then."""
        self._kept = kept
        self._fixed = installed.fix_addresses()
        resource.setrlimit(resource.RLIMIT_STACK, (_STACK, resource.getrlimit(resource.RLIMIT_STACK)[1]))
        folders = {family.name: family.path("Regular").parent for family in fonts.FAMILIES}
        installed.write_font_settings(kept, folders, fonts.MONO.name, fonts.SANS.name)
        rehearsal = kept / "rehearsal.scad"
        rehearsal.write_text(_REHEARSAL)
        with open(os.devnull, "wb") as nowhere:
            subprocess.run(
                _command(rehearsal, kept / "rehearsal.stl", []),
                check=True,
                stdout=nowhere,
                stderr=nowhere,
                env=installed.surroundings(kept / "fonts.conf", str(kept), str(kept)),
            )

    def read_parameters(self, source: Path) -> list[Guess]:
        """As the interface says."""
        found, refused = guesses(_customizer(source))
        for reason in refused:
            print(f"{source.name} {reason}")
        return found

    def run(self, source: Path, parameters: Mapping[str, Value]) -> Geometry:
        """As the interface says."""
        offered = _customizer(source)
        if offered.colours:
            print(f"{source.name}: color() is left out, since OpenSCAD gives meshes without colours")
        if not self._fixed:
            print("This host keeps no fixed addresses: built again, the same surfaces may be cut into other triangles")
        try:
            defined = definitions(offered, parameters)
        except UnknownSetting as error:
            raise EngineError("script_error", f"{source.name}: {error}") from error
        made = Path(os.environ["TMPDIR"]) / "made.stl"
        judge = Judge(source.name, str(source.parent))
        status = self._start(_command(source, made, defined), judge)
        if verdict := judge.verdict(status):
            raise EngineError(*verdict)
        tidied = tidy(source.name, read_stl(made))
        bodies = [in_canonical_order(body) for body in tidied.bodies]
        for remark in tidied.remarks:
            print(remark)
        return Geometry(
            write_mesh_form([(body.nodes, body.triangles) for body in bodies]),
            distinct([Body("") for _ in bodies]),
            "mesh",
        )

    def _start(self, command: Sequence[str], judge: Judge) -> int:
        """Run it, and print what it says as it says it; the jail bounds how much that may be."""
        assert self._kept is not None
        around = installed.surroundings(self._kept / "fonts.conf", os.environ["HOME"], os.environ["TMPDIR"])
        with subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=around,
        ) as process:
            assert process.stdout is not None
            while line := process.stdout.readline(_LINE):
                said = line.decode("utf-8", "replace").rstrip()
                if judge.hear(said):
                    print(said, flush=True)
        return process.returncode


ENGINE = OpenScad()


def _program() -> Path:
    named = os.environ.get(installed.VARIABLE)
    program = installed.find(named)
    if program is None:
        raise EngineAbsent(
            f"OpenSCAD is not installed here: there is no {named or 'openscad'!r} on the path. Install it with "
            f"`apt install openscad`, or name the program in {installed.VARIABLE}"
        )
    return program


def _command(source: Path, made: Path, defined: Sequence[str]) -> list[str]:
    options = [option for definition in defined for option in ("-D", definition)]
    return [str(_program()), "--export-format", "binstl", "-o", str(made), *options, str(source)]


def _customizer(source: Path) -> Customizer:
    try:
        data = source.read_bytes()
        if len(data) > MAX_SOURCE:
            raise EngineError("script_error", f"{source.name} has {len(data)} bytes; at most {MAX_SOURCE} are read")
        return read_customizer(data.decode("utf-8"), source.name)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise EngineError("script_error", f"{source.name} line {line}: not UTF-8: save it as UTF-8") from error
    except UnreadableScad as error:
        raise EngineError("script_error", str(error)) from error
