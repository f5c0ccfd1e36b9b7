"""A script's text, whatever encoding it is in."""

import io
import tokenize
from pathlib import Path

from designs.scripts.guessing import UnreadableScript


def read_source(path: Path) -> str:
    """A script's text, in the encoding that its first lines declare, else UTF-8. Raises UnreadableScript."""
    data = path.read_bytes()
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        return io.TextIOWrapper(io.BytesIO(data), encoding).read()
    except (SyntaxError, LookupError) as error:
        line = _undecodable_line(data)
        if line is None:
            raise UnreadableScript(f"{path.name} line 1: {error}", 1) from error
        raise UnreadableScript(f"{path.name} line {line} is not UTF-8: save the script as UTF-8", line) from error
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UnreadableScript(
            f"{path.name} line {line} is not {encoding.upper()}: save the script as UTF-8", line
        ) from error


def _undecodable_line(data: bytes) -> int | None:
    try:
        data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return data.count(b"\n", 0, error.start) + 1
    return None
