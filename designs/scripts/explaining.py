"""Tells a script's error to its designer: their own line, what Python or the kernel said, and what to do about it."""

import re
import traceback
from collections.abc import Callable
from pathlib import Path

MAX_MESSAGE = 4000
_NOT_DONE = re.compile(r"StdFail_NotDone|BRep_API: command not done|Standard_ConstructionError|Standard_NullObject")
_OTHER_VERSION = re.compile(
    r"unexpected keyword argument|has no attribute|takes \d+ positional|takes from|cannot import name"
)
_WHOLE = re.compile(r"cannot be interpreted as an integer|indices must be integers|can't multiply sequence by non-int")
BESIDE = "its own files, which lie beside the script in a folder with a design.toml"
"""A script without manifest takes along what it imports, and no other file."""


def explain(error: BaseException, path: Path, built_with: str = "") -> str:
    """The designer's own line, what Python or the kernel said, and a hint where that is terse.

    `built_with` names the libraries, for scripts that were written for others.
    """
    if isinstance(error, SyntaxError) and error.lineno:
        return f"{Path(error.filename or path).name} line {error.lineno}: {error.msg}"
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_designers(frame.filename, path)]
    said = f"{type(error).__name__}: {error}".strip().rstrip(":")
    hint = _hint(error, said, path.parent, built_with)
    text = f"{said}\n{hint}" if hint else said
    if not frames:
        return f"{path.name}: {text}"[:MAX_MESSAGE]
    where = "".join(f"{Path(f.filename).name} line {f.lineno}: {(f.line or '').strip()}\n" for f in frames[-4:])
    return f"{where}{text}"[:MAX_MESSAGE]


def _hint(error: BaseException, said: str, folder: Path, built_with: str) -> str:
    hints: tuple[tuple[Callable[[], object], str], ...] = (
        (
            lambda: _NOT_DONE.search(said),
            "The kernel could not do this: often a fillet, chamfer or shell that is too large for its shape.",
        ),
        (lambda: isinstance(error, ModuleNotFoundError), _missing(error, built_with)),
        (
            lambda: isinstance(error, FileNotFoundError),
            f"There is no such file where models are built: a design can read {BESIDE}, and nothing else.",
        ),
        (
            lambda: isinstance(error, OSError) and error.filename,
            "Where models are built, files can be written into the script's own folder only; they are thrown away.",
        ),
        (lambda: _WHOLE.search(said), "This wants a whole number: was a parameter given a fraction?"),
        (
            lambda: built_with and isinstance(error, TypeError | AttributeError | ImportError),
            f"Models are built with {built_with}: was this written for another version?"
            if _OTHER_VERSION.search(said)
            else "",
        ),
    )
    return next((hint for applies, hint in hints if applies()), "")


def _missing(error: BaseException, built_with: str) -> str:
    name = str(getattr(error, "name", None) or "this").partition(".")[0]
    return (
        f"There is no {name!r} where models are built. A design can import Python's own modules, "
        f"{built_with.partition(' ')[0] or 'CadQuery'}, numpy and its own files: is {name}.py missing beside it?"
    )


def _is_designers(filename: str, path: Path) -> bool:
    return filename == path.name or filename.startswith(str(path.parent) + "/")
