"""A design as it lies in a folder, or as a single script: what would be published."""

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from designs.digest import digest_file
from designs.errors import DesignError
from designs.manifest import FILE_NAME, Manifest, manifest_for_script, name_from_file, parse_manifest
from designs.parameters import Parameter
from designs.portable import PortableNames, is_clutter, path_problem
from designs.script_files import files_of_script, most_bytes
from designs.snapshot import MAX_FILE_SIZE, MAX_FILES, SourceFile
from designs.toml_document import MAX_CHARACTERS, DocumentError, Problem

MAX_TOTAL_SIZE = 64 << 20


class BadSource(DesignError):
    """The folder or script cannot be a design; `problems` lists every reason."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


@dataclass(frozen=True)
class DesignSource:
    """A design on disk that has been read and checked."""

    root: Path
    manifest: Manifest
    files: tuple[SourceFile, ...]
    """Sorted by path; all lie below root."""


def read_folder(folder: Path) -> DesignSource:
    """Read a design's folder; hidden files and caches are left out. Raises BadSource or ManifestError."""
    manifest = read_manifest(folder / FILE_NAME)
    problems: list[Problem] = []
    files: list[SourceFile] = []
    names = PortableNames()
    for path in _walk(folder, "", problems):
        problem = path_problem(path)
        clash = None if problem else names.add(path)
        if problem or clash:
            problems.append(
                Problem(path, None, "", problem or f"is one file with {clash!r} on some systems: rename one")
            )
            continue
        files.append(SourceFile(path, digest_file(folder / path), (folder / path).stat().st_size))
        if len(files) > MAX_FILES:
            raise BadSource([Problem(str(folder), None, "", f"more than {MAX_FILES} files: a design holds fewer")])
    problems.extend(_size_problems(files))
    problems.extend(missing_files(manifest, {file.path for file in files}))
    if problems:
        raise BadSource(problems)
    return DesignSource(folder, manifest, tuple(sorted(files)))


def read_script(
    script: Path,
    parameters: Sequence[Parameter],
    *,
    licence: str,
    authors: Sequence[str],
    name: str | None = None,
    title: str = "",
    description: str = "",
    engine: str = "cadquery",
) -> DesignSource:
    """A single script, or file of geometry, as a design, with what it imports from beside it and the parameters its
    engine found. Raises BadSource or ManifestError."""
    problem = path_problem(script.name)
    size, most = script.stat().st_size, most_bytes(script)
    if problem is None and not 0 < size <= most:
        problem = f"{size} bytes: it may have 1 to {most}"
    if problem:
        raise BadSource([Problem(str(script), None, "", problem)])
    manifest = manifest_for_script(
        script.name,
        parameters,
        name=name or name_from_file(script.name),
        licence=licence,
        authors=authors,
        title=title,
        description=description,
        engine=engine,
    )
    root = script.parent
    files = [
        SourceFile(path, digest_file(root / path), (root / path).stat().st_size) for path in files_of_script(script)
    ]
    return DesignSource(root, manifest, tuple(sorted(files)))


def read_manifest(path: Path) -> Manifest:
    """Read a manifest file; raises ManifestError, also when there is none or it is not UTF-8."""
    try:
        with path.open("rb") as file:
            data = file.read(4 * MAX_CHARACTERS + 1)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
        raise DocumentError([Problem(str(path), None, "", "there is no manifest: `cofab init` makes one")]) from error
    return decode_manifest(data, file=str(path))


def decode_manifest(data: bytes, *, file: str = FILE_NAME) -> Manifest:
    """Read a manifest's bytes; raises ManifestError."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DocumentError(
            [Problem(file, line, "", f"not UTF-8 (byte {data[error.start]:#04x}): save it so")]
        ) from error
    return parse_manifest(text.replace("\r\n", "\n"), file=file)


def missing_files(manifest: Manifest, paths: set[str]) -> list[Problem]:
    """What the manifest names and is not there."""
    named = [("design.source", manifest.source), *(("design.images", image) for image in manifest.images)]
    if manifest.readme:
        named.append(("design.readme", manifest.readme))
    return [
        Problem(FILE_NAME, None, key, f"names {path!r}, which is not in the folder")
        for key, path in named
        if path not in paths
    ]


def _walk(folder: Path, below: str, problems: list[Problem]) -> Iterator[str]:
    """Paths of plain files, relative to the first folder, in a fixed order. Links and devices are problems."""
    with os.scandir(folder / below if below else folder) as found:
        entries = sorted(found, key=lambda entry: entry.name)
    for entry in entries:
        path = f"{below}/{entry.name}" if below else entry.name
        if is_clutter(path):
            continue
        mode = entry.stat(follow_symlinks=False).st_mode
        if stat.S_ISDIR(mode):
            if path.count("/") > 20:
                problems.append(Problem(path, None, "", "is nested too deeply: at most 20 folders"))
            else:
                yield from _walk(folder, path, problems)
        elif stat.S_ISREG(mode):
            yield path
        else:
            problems.append(Problem(path, None, "", "is a link or a device: put in the file itself"))


def _size_problems(files: Sequence[SourceFile]) -> list[Problem]:
    problems = [
        Problem(file.path, None, "", f"too large: {file.size} bytes, at most {MAX_FILE_SIZE}")
        for file in files
        if file.size > MAX_FILE_SIZE
    ]
    total = sum(file.size for file in files)
    if total > MAX_TOTAL_SIZE and not problems:
        problems.append(Problem("", None, "", f"too large: {total} bytes together, at most {MAX_TOTAL_SIZE}"))
    return problems
