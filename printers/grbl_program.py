"""A G-code file as the blocks that are sent to GRBL. Pure but for reading the file.

Comments, blanks and empty lines are left out: the controller would throw them away, and its buffer is small. Refused is
what is no G-code to it: `$` commands change settings or unlock, and some characters act at once wherever they stand.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from printers.machine import MachineRefused

MAX_BLOCK_BYTES = 79
"""The firmware's line buffer is 80, its end included."""
MAX_FILE_BYTES = 256 * 1024 * 1024

_COMMENT = re.compile(r"\([^()]*\)|;.*")
_BLOCK = re.compile(r"(?:[A-Z][+-]?(?:\d+\.?\d*|\.\d+))+")
_PROGRAM_END = "%"


@dataclass(frozen=True, slots=True)
class Block:
    """One line to send."""

    line: int
    """In the file, counted from 1."""
    text: str

    @property
    def data(self) -> bytes:
        return self.text.encode("ascii") + b"\n"


def read_program(path: Path) -> list[Block]:
    """Raises MachineRefused naming the first line that may not be sent."""
    if not path.is_file():
        raise MachineRefused(f"there is no file {path.name} on the machine")
    if path.stat().st_size > MAX_FILE_BYTES:
        raise MachineRefused(f"the file has {path.stat().st_size} bytes; at most {MAX_FILE_BYTES} are taken")
    blocks = []
    with path.open(encoding="utf-8", errors="replace") as file:
        for number, raw in enumerate(file, 1):
            if block := _block(number, raw):
                blocks.append(block)
    if not blocks:
        raise MachineRefused("the file holds no commands; make it again")
    return blocks


def _block(number: int, raw: str) -> Block | None:
    text = "".join(_COMMENT.sub("", raw).split()).upper()
    if text in {"", _PROGRAM_END}:
        return None
    if text.startswith("$"):
        raise MachineRefused(f"line {number}: {text[:40]!r} is a command to the controller itself, not part of a job")
    if not _BLOCK.fullmatch(text):
        raise MachineRefused(f"line {number}: {text[:40]!r} is not G-code of the form G1 X1.5 Y2")
    if len(text) > MAX_BLOCK_BYTES:
        raise MachineRefused(f"line {number}: {len(text)} characters; the controller takes {MAX_BLOCK_BYTES}")
    return Block(number, text)
