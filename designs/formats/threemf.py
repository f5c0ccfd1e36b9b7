"""3MF (core specification 1.3): millimetres, one object a body, title, designer, licence and recipe as metadata.

Written from the mesh; strict readers (lib3mf) take it. The archive has no time stamps, so the same mesh gives the
same bytes.
"""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import numpy as np

from designs.formats.colours import Colour, colour_of
from designs.mesh import Mesh

_CORE = "http://schemas.microsoft.com/3dmanufacturing/core/2015/02"
_COFAB = "urn:cofab:build"
_TYPES = """<?xml version="1.0" encoding="UTF-8"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels"
ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="model"
ContentType="application/vnd.ms-package.3dmanufacturing-3dmodel+xml"/></Types>
"""
_RELATIONS = """<?xml version="1.0" encoding="UTF-8"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship
Target="/3D/3dmodel.model" Id="rel0"
Type="http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel"/></Relationships>
"""
_EPOCH = (1980, 1, 1, 0, 0, 0)
_STANDARD_METADATA = frozenset({"Title", "Designer", "Description", "Copyright", "LicenseTerms", "Application"})


def write_3mf(bodies: list[tuple[str, Colour | None, Mesh]], metadata: Mapping[str, str], path: Path) -> None:
    """`metadata` has the standard's names (Title, Designer, LicenseTerms …); other names go under Cofab's namespace."""
    model = _model(bodies, metadata).encode()
    parts = {"[Content_Types].xml": _TYPES.encode(), "_rels/.rels": _RELATIONS.encode(), "3D/3dmodel.model": model}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=4) as archive:
        for name, data in parts.items():
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, data)
    path.write_bytes(buffer.getvalue())


def _model(bodies: list[tuple[str, Colour | None, Mesh]], metadata: Mapping[str, str]) -> str:
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<model unit="millimeter" xml:lang="en-US" xmlns="{_CORE}" xmlns:cofab="{_COFAB}">',
    ]
    for name, value in metadata.items():
        qualified = name if name in _STANDARD_METADATA else f"cofab:{name}"
        lines.append(f"<metadata name={quoteattr(qualified)}>{escape(_printable(value))}</metadata>")
    lines.append("<resources>")
    lines.append('<basematerials id="1">')
    for number, (name, colour, _) in enumerate(bodies):
        lines.append(f"<base name={quoteattr(name)} displaycolor={quoteattr(_hex(colour_of(number, colour)))}/>")
    lines.append("</basematerials>")
    for number, (name, _, mesh) in enumerate(bodies):
        named = quoteattr(_printable(name))
        lines.append(f'<object id="{number + 2}" type="model" name={named} pid="1" pindex="{number}"><mesh>')
        lines += _mesh(mesh)
        lines.append("</mesh></object>")
    lines.append("</resources><build>")
    lines += [f'<item objectid="{number + 2}"/>' for number in range(len(bodies))]
    lines.append("</build></model>\n")
    return "\n".join(lines)


def _mesh(mesh: Mesh) -> list[str]:
    points, triangles = mesh.welded
    rounded = np.round(points, 6) + 0.0  # + 0.0: no negative zero
    vertices = [f'<vertex x="{x:.9g}" y="{y:.9g}" z="{z:.9g}"/>' for x, y, z in rounded.tolist()]
    corners = [f'<triangle v1="{a}" v2="{b}" v3="{c}"/>' for a, b, c in triangles.tolist()]
    return ["<vertices>", *vertices, "</vertices><triangles>", *corners, "</triangles>"]


def _hex(colour: Colour) -> str:
    return "#" + "".join(f"{round(channel * 255):02X}" for channel in colour)


def _printable(text: str) -> str:
    return "".join(character for character in text if character.isprintable() or character == "\n")
