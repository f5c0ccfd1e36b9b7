"""Zip archives and 3MF packages for tests, good ones and bad ones."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path

CORE = "http://schemas.microsoft.com/3dmanufacturing/core/2015/02"
RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r" '
    'Target="/3D/3dmodel.model" Type="http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel"/></Relationships>'
)
TETRAHEDRON = (
    '<mesh><vertices><vertex x="0" y="0" z="0"/><vertex x="10" y="0" z="0"/><vertex x="0" y="10" z="0"/>'
    '<vertex x="0" y="0" z="10"/></vertices><triangles><triangle v1="0" v2="2" v3="1"/><triangle v1="0" v2="1" v3="3"/>'
    '<triangle v1="1" v2="2" v3="3"/><triangle v1="0" v2="3" v3="2"/></triangles></mesh>'
)
"""Volume 1000 / 6."""


def model(resources: str, build: str, attributes: str = "", before: str = "") -> str:
    """The text of a model part."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{before}<model xmlns="{CORE}" {attributes}>'
        f"<resources>{resources}</resources><build>{build}</build></model>"
    )


def package(path: Path, root: str, others: Mapping[str, str] | None = None) -> Path:
    """A 3MF file around this root model."""
    parts = {"_rels/.rels": RELATIONS, "3D/3dmodel.model": root, **(others or {})}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return path


def members(path: Path, entries: Iterable[tuple[str, bytes]], method: int = zipfile.ZIP_DEFLATED) -> Path:
    """An ordinary archive."""
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return path


def lying(path: Path, name: str, data: bytes, *, says: int) -> Path:
    """An archive whose member says to be `says` bytes long when unpacked, both in front of it and in the directory."""
    buffer = io.BytesIO()
    packer = zlib.compressobj(wbits=-15)
    packed = packer.compress(data) + packer.flush()
    raw, crc = name.encode(), zlib.crc32(data)
    sizes = struct.pack("<3I2H", crc, len(packed), says, len(raw), 0)
    buffer.write(b"PK\3\4" + struct.pack("<5H", 20, 0, 8, 0, 0) + sizes + raw + packed)
    directory = buffer.tell()
    entry = b"PK\1\2" + struct.pack("<6H", 20, 20, 0, 8, 0, 0) + sizes + struct.pack("<3H2I", 0, 0, 0, 0, 0) + raw
    buffer.write(entry)
    buffer.write(b"PK\5\6" + struct.pack("<4H2IH", 0, 0, 1, 1, len(entry), directory, 0))
    path.write_bytes(buffer.getvalue())
    return path
