"""The one door to comparisons: what differs between two builds of designs, in words and figures, and in shape.

`compare_values` is pure. `compare_geometries` works on two files that `designs.build.make_geometry` gave, in a jailed
process, in bounded time; it says what was added, removed and kept, or why that cannot be said.
"""

import importlib.metadata
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from designs.build import ArtifactFile, BuildError, engine_fingerprint
from designs.build_outputs import verify
from designs.comparing.changes import Change
from designs.comparing.choices import Choice, compare_choices
from designs.comparing.figures import FigureChange, compare_figures
from designs.comparing.files import FileChange, FileState, compare_files
from designs.comparing.manifests import compare_manifests
from designs.comparing.shapes import ShapeChange, Verdict
from designs.comparing.task import MODEL
from designs.comparing.texts import MAX_BYTES, MOST_EDITS, TextChange, compare_texts, too_long
from designs.digest import digest_bytes, digest_file
from designs.errors import DesignError
from designs.manifest import Manifest
from designs.sandbox.cancel import Cancel
from designs.sandbox.jail import Finished, Jail
from designs.sandbox.limits import Limits
from designs.sandbox.parcel import Json
from designs.sandbox.shared import shared_jail
from designs.snapshot import SourceFile

__all__ = [
    "MODEL",
    "ComparedShapes",
    "ShapeChange",
    "Side",
    "ValueChange",
    "Verdict",
    "compare_geometries",
    "compare_values",
    "fingerprint",
]

LIMITS = Limits(wall_seconds=60, cpu_seconds=90, output_files=1, threads=8)
"""The library's slowest pair, two pairs of gears, takes 6 seconds on one core. Manifold does not work without threads.
"""
MOST_TEXTS = 20
"""Files whose lines are compared."""
TEXTS = (
    ".py",
    ".scad",
    ".toml",
    ".md",
    ".txt",
    ".json",
    ".csv",
    ".svg",
    ".obj",
    ".rst",
    ".yaml",
    ".yml",
    ".cfg",
    ".ini",
)
_NO_ANSWER = {
    "timeout": "comparing them takes longer than {seconds:g} seconds",
    "memory": "comparing them needs more memory than a comparison may have",
    "crashed": "the geometry kernel breaks down over them",
    "output": "the picture of their difference is too large",
}
"""How a comparison may end without one, by the kind of BuildError; other kinds are raised."""


@dataclass(frozen=True)
class Side:
    """One of the two: a design, what was chosen for it, and what was measured of it."""

    manifest: Manifest
    files: Sequence[SourceFile]
    parameters: Mapping[str, str | bool]
    """Every parameter in canonical form."""
    measurements: Mapping[str, Any]
    """As in measurements.json; empty where nothing was built."""


@dataclass(frozen=True)
class ValueChange:
    """All that differs in words and figures. What is the same is not named."""

    manifest: tuple[Change, ...]
    choices: tuple[Choice, ...]
    files: tuple[FileChange, ...]
    texts: tuple[TextChange, ...]
    figures: tuple[FigureChange, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "manifest": [change.to_json() for change in self.manifest],
            "parameters": [choice.to_json() for choice in self.choices],
            "files": [change.to_json() for change in self.files],
            "texts": [change.to_json() for change in self.texts],
            "measurements": [change.to_json() for change in self.figures],
        }


@dataclass(frozen=True)
class ComparedShapes:
    """How the shapes differ, and a picture of that."""

    change: ShapeChange
    model: ArtifactFile | None
    """A GLB with the nodes `added`, `removed` and `kept`; None: there is nothing to see."""
    seconds: float


def compare_values(
    before: Side, after: Side, read_before: Callable[[SourceFile], bytes], read_after: Callable[[SourceFile], bytes]
) -> ValueChange:
    """What differs apart from the shapes. `read_…` give the bytes of a side's file; asked for few and small ones."""
    files = compare_files(before.files, after.files)
    texts = []
    edits = MOST_EDITS
    for old, new in _worth_reading(before, after, files):
        short = max(old.size, new.size) <= MAX_BYTES
        change = compare_texts(new.path, read_before(old), read_after(new), edits) if short else too_long(new.path)
        edits -= change.added + change.removed if change.hunks else 0
        texts.append(change)
    return ValueChange(
        manifest=compare_manifests(before.manifest, after.manifest),
        choices=compare_choices((before.manifest, before.parameters), (after.manifest, after.parameters)),
        files=files,
        texts=tuple(texts),
        figures=compare_figures(before.measurements, after.measurements),
    )


def compare_geometries(
    before: Path,
    after: Path,
    into: Path,
    *,
    limits: Limits = LIMITS,
    progress: Callable[[str, float], None] = lambda _stage, _fraction: None,
    jail: Jail | None = None,
    cancel: Cancel | None = None,
) -> ComparedShapes:
    """Compare two files of geometry; a picture, if any, is put into the folder `into`.

    Shapes that cannot be compared give a verdict that says so. Raises BuildError where the worker fails, or of the
    kind `cancelled`.
    """
    if digest_file(before) == digest_file(after):
        return ComparedShapes(ShapeChange(Verdict.IDENTICAL), None, 0.0)
    where = jail or shared_jail()
    with tempfile.TemporaryDirectory(prefix="cofab-compare-") as folder:
        try:
            made = where.run(
                "compare_shapes",
                {},
                {"before": before, "after": after},
                into=Path(folder),
                limits=limits,
                on_message=_relay(progress),
                cancel=cancel,
            )
            return _result(made, into)
        except BuildError as error:
            words = error.message if error.kind == "bad_geometry" else _NO_ANSWER.get(error.kind)
            if words is None:
                raise
            reason = words.format(seconds=limits.wall_seconds) if error.kind == "timeout" else words
            return ComparedShapes(ShapeChange(Verdict.IMPOSSIBLE, reason), None, limits.wall_seconds)


@cache
def fingerprint() -> str:
    """Names all that can change a comparison beside the two geometries. Reads files the first time."""
    here = Path(__file__).parent
    own = [here / "compare.py", *sorted((here / "comparing").glob("*.py"))]
    digest = digest_bytes("\n".join(digest_file(path) for path in own).encode())
    manifold = importlib.metadata.version("manifold3d")
    return f"compare/{digest[:16]} manifold3d/{manifold} {engine_fingerprint('cadquery')}"


def _worth_reading(before: Side, after: Side, files: Sequence[FileChange]) -> Iterator[tuple[SourceFile, SourceFile]]:
    """The scripts first, wherever they stand; then what else was changed and may be text."""
    scripts = (_named(before.files, before.manifest.source), _named(after.files, after.manifest.source))
    if scripts[0].sha256 != scripts[1].sha256:
        yield scripts
    count = 1
    for change in files:
        old, new = change.before, change.after
        if change.state is not FileState.CHANGED or old is None or new is None or old is scripts[0]:
            continue
        if new.path.lower().endswith(TEXTS) and count < MOST_TEXTS:
            count += 1
            yield old, new


def _named(files: Sequence[SourceFile], path: str) -> SourceFile:
    return next(file for file in files if file.path == path)


def _relay(progress: Callable[[str, float], None]) -> Callable[[Json], None]:
    def on_message(message: Json) -> None:
        fraction = message.get("fraction") if isinstance(message, dict) else None
        if isinstance(message, dict) and isinstance(fraction, int | float):
            progress(str(message.get("stage"))[:40], min(1.0, max(0.0, float(fraction))))

    return on_message


def _result(made: Finished, into: Path) -> ComparedShapes:
    try:
        change = ShapeChange.from_json(made.result)
        different = change.verdict is Verdict.DIFFERENT
        verify(made.files, {}, [MODEL] if different else [])
    except DesignError as error:
        raise BuildError("crashed", f"what came of the comparison is not in order: {error}") from error
    if not different:
        return ComparedShapes(change, None, made.seconds)
    into.mkdir(parents=True, exist_ok=True)
    target = into / MODEL
    target.write_bytes(made.files[MODEL].read_bytes())
    return ComparedShapes(change, ArtifactFile(MODEL, target, digest_file(target), target.stat().st_size), made.seconds)
