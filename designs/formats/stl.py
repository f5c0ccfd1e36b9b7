"""STL, binary: all bodies in one list of triangles."""

from pathlib import Path

import numpy as np

from designs.mesh import Mesh

_TRIANGLE = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
_HEADER = b"Cofab, mm".ljust(80)


def write_stl(meshes: list[Mesh], path: Path) -> None:
    """Millimetres, though the format cannot say so."""
    points = [mesh.welded[0][mesh.welded[1]] for mesh in meshes]
    corners = np.concatenate(points)
    records = np.zeros(len(corners), _TRIANGLE)
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    lengths = np.linalg.norm(normals, axis=1, keepdims=True)
    records["normal"] = np.divide(normals, lengths, out=np.zeros_like(normals), where=lengths > 0)
    records["corners"] = corners
    path.write_bytes(_HEADER + np.uint32(len(corners)).tobytes() + records.tobytes())
