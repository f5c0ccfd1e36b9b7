"""The door: a file, a machine and a material → a verdict. Reads the file once, in bounded pieces."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from printers.gcode.interpreter import Interpreter
from printers.gcode.limits import ANY_MATERIAL, MachineLimits, MaterialLimits
from printers.gcode.verdict import Objections, Verdict
from printers.gcode.words import MAX_LINE_BYTES

CHUNK_BYTES = 1 << 18


def judge(path: Path, limits: MachineLimits, material: MaterialLimits = ANY_MATERIAL) -> Verdict:
    """Read a G-code file and say whether it may run on the machine with the material. Raises OSError only."""
    with path.open("rb") as file:
        return judge_stream(file, limits, material)


def judge_bytes(gcode: bytes, limits: MachineLimits, material: MaterialLimits = ANY_MATERIAL) -> Verdict:
    """The same for G-code in memory."""
    objections = Objections()
    interpreter = Interpreter(limits, material, objections)
    interpreter.feed(gcode.split(b"\n"))
    return _verdict(interpreter, objections)


def judge_stream(file: BinaryIO, limits: MachineLimits, material: MaterialLimits = ANY_MATERIAL) -> Verdict:
    """The same for an open file. Memory is bounded whatever the file holds: an endless line is cut and refused."""
    objections = Objections()
    interpreter = Interpreter(limits, material, objections)
    for lines in _line_blocks(file):
        interpreter.feed(lines)
    return _verdict(interpreter, objections)


def _verdict(interpreter: Interpreter, objections: Objections) -> Verdict:
    figures = interpreter.finish()
    return Verdict(tuple(objections.reasons), figures, objections.more)


def _line_blocks(file: BinaryIO) -> Iterator[list[bytes]]:
    rest = b""
    while chunk := file.read(CHUNK_BYTES):
        lines = (rest + chunk).split(b"\n")
        rest = lines.pop()
        if len(rest) > MAX_LINE_BYTES:
            # Handed on as it is: the grammar refuses it for its length.
            lines.append(rest)
            rest = b""
        yield lines
    yield [rest]
