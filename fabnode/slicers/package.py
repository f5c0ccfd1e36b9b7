"""A plate as a 3MF package (core 1.4): one object, as many places. The same plate gives the same bytes."""

import shutil
import zipfile
from pathlib import Path

from fabnode.slicers.model import Body, Layout

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
"""Constant parts of a package, by the Open Packaging Conventions (ECMA-376 part 2)."""
_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<model unit="millimeter" xmlns="http://schemas.microsoft.com/3dmanufacturing/core/2015/02">'
    '<resources><object id="1" type="model">'
)
STRAIGHT = "1 0 0 0 1 0 0 0 1"
TURNED = "0 1 0 -1 0 0 0 0 1"
"""A quarter turn to the left about z."""


def write_package(layout: Layout, path: Path) -> None:
    """The copies where they stand, mm from the front left corner of the bed."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as package:
        package.writestr(_entry("[Content_Types].xml"), _TYPES)
        package.writestr(_entry("_rels/.rels"), _RELATIONS)
        _write_model(package, layout.body, _items(layout))


def _write_model(package: zipfile.ZipFile, body: Body, items: str) -> None:
    with (
        body.mesh_xml.open("rb") as mesh,
        package.open(_entry("3D/3dmodel.model"), "w", force_zip64=True) as model,
    ):
        model.write(_HEAD.encode())
        shutil.copyfileobj(mesh, model)
        model.write(f"</object></resources><build>{items}</build></model>".encode())


def _items(layout: Layout) -> str:
    turn = TURNED if layout.plate.turned else STRAIGHT
    return "".join(
        f'<item objectid="1" transform="{turn} {place.x:.4f} {place.y:.4f} 0"/>' for place in layout.plate.places
    )


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)  # its date is fixed: 1 January 1980
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry
