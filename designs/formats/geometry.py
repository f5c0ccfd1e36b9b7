"""The file that a script's geometry is kept in: all that is needed to make artifacts of it later.

    {"bodies":[{"colour":[1,0,0],"name":"lid"}],"form":"brep","format":"cofab-geometry/1","size":1234}\\n
    …1234 bytes…

The first line is canonical JSON; the bytes after it are the kernel's binary B-rep, or meshes as `mesh_form` has them.
Both may be hostile: the line is read strictly here, the bytes are read in the jail only.
"""

import json
from typing import Any

from designs.engines.interface import Body, EngineError, Geometry

FORMAT = "cofab-geometry/1"
MAX_BODIES = 2000
MAX_NAME = 100
MAX_HEADER = 1 << 20
_KEYS = {"bodies", "form", "format", "size"}


def write_geometry(geometry: Geometry) -> bytes:
    """The same geometry gives the same bytes."""
    bodies = [{"name": body.name, "colour": list(body.colour) if body.colour else None} for body in geometry.bodies]
    header = {"format": FORMAT, "form": geometry.form, "bodies": bodies, "size": len(geometry.data)}
    line = json.dumps(header, sort_keys=True, separators=(",", ":"), allow_nan=False, ensure_ascii=True)
    return line.encode("ascii") + b"\n" + geometry.data


def read_geometry(data: bytes) -> Geometry:
    """Read what `write_geometry` wrote; raises EngineError on anything else."""
    end = data.find(b"\n", 0, MAX_HEADER)
    header = _header(data[: max(end, 0)])
    content = data[end + 1 :]
    if type(header["size"]) is not int or header["size"] != len(content) or not content:
        raise EngineError("bad_geometry", f"the geometry is cut off: {len(content)} bytes instead of {header['size']}")
    return Geometry(content, tuple(read_bodies(header["bodies"])), read_form(header["form"]))


def read_form(value: Any) -> Any:
    """`brep` or `mesh`; raises EngineError."""
    if value not in ("brep", "mesh"):
        raise EngineError("bad_geometry", f"geometry is brep or mesh, not {str(value)[:40]!r}")
    return value


def read_bodies(value: Any) -> list[Body]:
    """The names and colours that the script's process told; raises EngineError when they are not in order."""
    if not isinstance(value, list) or not 0 < len(value) <= MAX_BODIES:
        raise EngineError("bad_geometry", "no list of bodies came back from the script")
    return [_read_body(item) for item in value]


def _header(line: bytes) -> dict[str, Any]:
    try:
        header = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise EngineError("bad_geometry", "this is no file of geometry") from error
    if not isinstance(header, dict) or set(header) != _KEYS or header["format"] != FORMAT:
        raise EngineError("bad_geometry", f"this is no file of geometry in the form {FORMAT}")
    return header


def _read_body(item: Any) -> Body:
    if not isinstance(item, dict) or set(item) != {"name", "colour"}:
        raise EngineError("bad_geometry", "a body came back without name and colour")
    name, colour = item["name"], item["colour"]
    if not isinstance(name, str) or not 0 < len(name) <= MAX_NAME or not name.isprintable():
        raise EngineError("bad_geometry", "a body came back without a proper name")
    if colour is None:
        return Body(name)
    if not isinstance(colour, list) or len(colour) != 3 or not all(_is_share(channel) for channel in colour):
        raise EngineError("bad_geometry", f"the colour of {name} is not three numbers from 0 to 1")
    return Body(name, (float(colour[0]), float(colour[1]), float(colour[2])))


def _is_share(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1
