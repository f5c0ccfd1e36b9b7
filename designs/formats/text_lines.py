"""Lines of words and numbers, of which ASCII STL, OBJ and OFF files are made: bounded, with their numbers for
messages."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from designs.engines.interface import EngineError

MAX_LINE = 1 << 20
"""Bytes of one line, with those that it is continued on."""


def numbered_lines(path: Path, comment: bytes = b"") -> Iterator[tuple[int, list[bytes]]]:
    """Each line that is not empty as its words, with its number from 1; what follows `comment` is left out, and a line
    that ends with a backslash goes on. Raises EngineError."""
    pending = b""
    with path.open("rb") as file:
        number = 0
        while line := file.readline(MAX_LINE):
            number += 1
            if len(line) + len(pending) >= MAX_LINE:
                raise EngineError("bad_geometry", f"{path.name} line {number} is longer than {MAX_LINE} bytes")
            if comment:
                line = line.partition(comment)[0].rstrip()
                if line.endswith(b"\\"):
                    pending += line[:-1] + b" "
                    continue
                line, pending = pending + line, b""
            if words := line.split():
                yield number, words
    if pending:
        raise EngineError("bad_geometry", f"{path.name} is cut off in line {number}")


def three_numbers(file: str, number: int, words: Sequence[bytes]) -> tuple[float, float, float]:
    """The three that follow the first word; raises EngineError."""
    try:
        return float(words[1]), float(words[2]), float(words[3])
    except (ValueError, IndexError) as error:
        said = b" ".join(words[:8])[:80].decode("utf-8", "replace")
        raise EngineError("bad_geometry", f"{file} line {number}: three numbers are expected, not {said!r}") from error
