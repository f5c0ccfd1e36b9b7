"""A model is read, checked and written anew in a process of its own: `python -m fabnode.slicers.examine MODEL [UP]`.

It writes `body.stl` (its middle at x = y = 0, standing on z = 0) and `body.xml` (the same as a 3MF mesh) into the
current folder, and says what it found as JSON. It imports nothing but the standard library and its two neighbours, so
that a hostile model meets neither the agent's memory nor its keys. UP is the direction of the model that is to point
up, as three numbers with commas between them.
"""

import json
import os
import sys
from pathlib import Path
from typing import TextIO

from fabnode.slicers.mesh import Mesh, Unreadable, closedness, read_stl, write_stl
from fabnode.slicers.threemf import read_3mf

STL, XML = "body.stl", "body.xml"


def main() -> int:
    """0 with the facts, or 1 with the reason, as JSON on standard output."""
    try:
        mesh = read(Path(sys.argv[1]))
        if len(sys.argv) > 2:
            x, y, z = (float(part) for part in sys.argv[2].split(","))
            mesh = mesh.laid((x, y, z))
        facts = examined(mesh, Path())
    except Unreadable as error:
        sys.stdout.write(json.dumps({"unreadable": str(error)}))
        return 1
    sys.stdout.write(json.dumps(facts))
    return 0


def read(path: Path) -> Mesh:
    """By what the file holds, not by its name. Raises Unreadable."""
    with path.open("rb") as file:
        if file.read(2) == b"PK":
            return read_3mf(path)
        file.seek(0)
        return read_stl(file, os.fstat(file.fileno()).st_size)


def examined(mesh: Mesh, folder: Path) -> dict[str, object]:
    """Write the body and tell its facts: size in mm, triangles, open and turned edges."""
    low, high = mesh.bounds()
    size = [round(b - a, 4) for a, b in zip(low, high, strict=True)]
    closed = closedness(mesh)
    mesh = mesh.moved(-(low[0] + high[0]) / 2, -(low[1] + high[1]) / 2, -low[2])
    with (folder / STL).open("wb") as file:
        write_stl(mesh, file)
    with (folder / XML).open("w", encoding="ascii") as text:
        write_xml(mesh, text)
    return {
        "size": size,
        "triangles": len(mesh.triangles) // 3,
        "open_edges": closed.open_edges,
        "turned_edges": closed.turned_edges,
        "inside_out": closed.volume_mm3 < 0,
    }


def write_xml(mesh: Mesh, file: TextIO) -> None:
    """The <mesh> of a 3MF object. Nine digits give float32 back to the bit."""
    vertices, triangles = mesh.vertices, mesh.triangles
    file.write("<mesh><vertices>")
    for at in range(0, len(vertices), 3):
        x, y, z = vertices[at : at + 3]
        file.write(f'<vertex x="{x:.9g}" y="{y:.9g}" z="{z:.9g}"/>')
    file.write("</vertices><triangles>")
    for at in range(0, len(triangles), 3):
        a, b, c = triangles[at : at + 3]
        file.write(f'<triangle v1="{a}" v2="{b}" v3="{c}"/>')
    file.write("</triangles></mesh>")


if __name__ == "__main__":
    sys.exit(main())
