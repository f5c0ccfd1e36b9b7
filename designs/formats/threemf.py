"""3MF: millimetres, one object a body, with names, colours and metadata; written by lib3mf, the consortium's library.

What lib3mf would make up is given to it: the ids of objects come from the recipe. The archive is packed once more
without the times that it carries, so the same recipe gives the same bytes.
"""

import ctypes
import io
import uuid
import zipfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from designs.engines.interface import EngineError
from designs.formats.colours import Colour, colour_of
from designs.mesh import Mesh

COFAB = "urn:cofab:build"
"""The name space of metadata that the standard does not name."""
_IDS = uuid.UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")
"""The name space of identifiers that are addresses (RFC 9562)."""
_EPOCH = (1980, 1, 1, 0, 0, 0)
_DECIMALS = 6
_STANDARD_METADATA = frozenset({"Title", "Designer", "Description", "Copyright", "LicenseTerms", "Application"})


def write_3mf(bodies: list[tuple[str, Colour | None, Mesh]], metadata: Mapping[str, str], path: Path) -> None:
    """`metadata` has the standard's names (Title, Designer, LicenseTerms …); other names go under Cofab's namespace.
    `recipe` among them determines the ids. Raises EngineError where the library refuses the bodies."""
    import lib3mf

    try:
        path.write_bytes(_repacked(_written(bodies, metadata)))
    except lib3mf.ELib3MFException as error:
        raise EngineError("bad_geometry", f"the bodies cannot be written as 3MF: {error}") from error


def _written(bodies: list[tuple[str, Colour | None, Mesh]], metadata: Mapping[str, str]) -> bytes:
    import lib3mf

    library = _library()
    model = library.CreateModel()
    model.SetUnit(lib3mf.ModelUnit.MilliMeter)
    _tell(model, metadata)
    seed = metadata.get("recipe", "")
    model.SetBuildUUID(_id(seed, "build"))
    colours = model.AddBaseMaterialGroup()
    for number, (name, colour, mesh) in enumerate(bodies):
        shown = _printable(name)
        body = model.AddMeshObject()
        body.SetName(shown)
        body.SetUUID(_id(seed, f"object/{number}"))
        _fill(body, mesh)
        red, green, blue = (round(channel * 255) for channel in colour_of(number, colour))
        material = colours.AddMaterial(shown, library.RGBAToColor(red, green, blue, 255))
        body.SetObjectLevelProperty(colours.GetResourceID(), material)
        model.AddBuildItem(body, library.GetIdentityTransform()).SetUUID(_id(seed, f"item/{number}"))
    writer = model.QueryWriter("3mf")
    writer.SetDecimalPrecision(_DECIMALS)
    return bytes(writer.WriteToBuffer())


@cache
def _library() -> Any:
    """Loaded once a process."""
    import lib3mf

    return lib3mf.Wrapper()


def _tell(model: Any, metadata: Mapping[str, str]) -> None:
    group = model.GetMetaDataGroup()
    for name, value in metadata.items():
        space = "" if name in _STANDARD_METADATA else COFAB
        group.AddMetaData(space, name, _printable(value), "xs:string", True)  # noqa: FBT003  (must be preserved)


def _fill(body: Any, mesh: Mesh) -> None:
    """Hand the arrays over as they lie in memory: the library's own binding would make an object of every corner."""
    import lib3mf

    points, triangles = mesh.welded
    vertices, corners = np.ascontiguousarray(points, np.float32), np.ascontiguousarray(triangles, np.uint32)
    library = _library()
    failure = library.lib.lib3mf_meshobject_setgeometry(
        body._handle,
        ctypes.c_uint64(len(vertices)),
        vertices.ctypes.data_as(ctypes.POINTER(lib3mf.Position)),
        ctypes.c_uint64(len(corners)),
        corners.ctypes.data_as(ctypes.POINTER(lib3mf.Triangle)),
    )
    library.checkError(body, failure)


def _id(seed: str, what: str) -> str:
    return str(uuid.uuid5(_IDS, f"{COFAB}:{seed}:{what}"))


def _repacked(data: bytes) -> bytes:
    """The same parts in the order of their names, without times."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as after:
        for name in sorted(before.namelist()):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            after.writestr(info, before.read(name), compresslevel=4)
    return buffer.getvalue()


def _printable(text: str) -> str:
    return "".join(character for character in text if character.isprintable() or character == "\n")
