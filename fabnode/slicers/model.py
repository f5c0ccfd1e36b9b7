"""The model as a slicer may see it: geometry, and nothing that tells the slicer what to do.

A 3MF file may carry slicer settings, and PrusaSlicer obeys them: among them `post_process`, which runs any program.
"""

import lzma
import shutil
import struct
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from fabnode.slicers.interface import SliceError, SliceProblem

MAX_ENTRIES = 200
MAX_MODEL_BYTES = 512 << 20
CHUNK = 1 << 20
STL_HEADER_BYTES = 84
STL_FACET_BYTES = 50
_TYPES = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="model" ContentType="application/vnd.ms-package.3dmanufacturing-3dmodel+xml"/></Types>'
)
_RELATIONS = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Target="/3D/3dmodel.model" Id="rel0"'
    ' Type="http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel"/></Relationships>'
)
"""Constant parts of a package, by the Open Packaging Conventions (ECMA-376 part 2) and 3MF core 1.4."""


_DAMAGE = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, RuntimeError, ValueError, struct.error)
"""Whatever zipfile raises for bytes that are no whole package; NotImplementedError is a RuntimeError."""


def plain_model(model: Path, folder: Path, max_bytes: int = MAX_MODEL_BYTES) -> Path:
    """A copy of the model in `folder` with its geometry only. Raises SliceError(UNREADABLE)."""
    if model.suffix.lower() == ".stl" or _magic(model) != b"PK":
        return _plain_stl(model, folder / "model.stl")
    plain = folder / "model.3mf"
    try:
        with (
            zipfile.ZipFile(model) as package,
            zipfile.ZipFile(plain, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as out,
        ):
            geometry = _geometry(package)
            out.writestr(_entry("[Content_Types].xml"), _TYPES)
            out.writestr(_entry("_rels/.rels"), _RELATIONS)
            _copy(package, geometry, out, max_bytes)
    except _DAMAGE as error:
        raise SliceError(SliceProblem.UNREADABLE, f"the 3MF file cannot be read: {error}") from error
    return plain


def _geometry(package: zipfile.ZipFile) -> zipfile.ZipInfo:
    entries = package.infolist()
    if len(entries) > MAX_ENTRIES:
        raise SliceError(
            SliceProblem.UNREADABLE, f"the 3MF file has {len(entries)} parts; at most {MAX_ENTRIES} are read"
        )
    models = [entry for entry in entries if PurePosixPath(entry.filename).suffix.lower() == ".model"]
    if len(models) != 1:
        raise SliceError(SliceProblem.UNREADABLE, f"the 3MF file has {len(models)} model parts instead of one")
    return models[0]


def _copy(package: zipfile.ZipFile, geometry: zipfile.ZipInfo, out: zipfile.ZipFile, max_bytes: int) -> None:
    size = 0
    with package.open(geometry) as source, out.open(_entry("3D/3dmodel.model"), "w", force_zip64=True) as target:
        while chunk := source.read(CHUNK):
            size += len(chunk)
            if size > max_bytes:
                raise SliceError(SliceProblem.UNREADABLE, f"the 3MF model has more than {max_bytes} bytes")
            target.write(chunk)


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)  # its date is fixed: 1 January 1980
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _plain_stl(model: Path, copy: Path) -> Path:
    """A copy that PrusaSlicer knows for binary STL when it is: it looks for a byte above 127 in the first facets.

    A box of 250 × 210 × 2 mm has none. The first facet's normal, which slicers compute anew, gets one: minus zero.
    """
    shutil.copyfile(model, copy)
    size = copy.stat().st_size
    with copy.open("r+b") as file:
        head = file.read(STL_HEADER_BYTES)
        if len(head) == STL_HEADER_BYTES and size >= STL_HEADER_BYTES + STL_FACET_BYTES:
            (facets,) = struct.unpack("<I", head[80:])
            if size == STL_HEADER_BYTES + STL_FACET_BYTES * facets:
                file.write(struct.pack("<3f", -0.0, -0.0, -0.0))
    return copy


def _magic(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(2)
