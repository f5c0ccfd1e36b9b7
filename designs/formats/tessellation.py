"""From exact shapes to triangles, once for all formats."""

import math
from typing import Any

import numpy as np

from designs.engines.interface import EngineError
from designs.formats.brep import Part, sub_shapes
from designs.mesh import Mesh, with_smooth_normals

MAX_TRIANGLES = 4_000_000
VOLUME_AGREEMENT = 0.02
"""A mesh whose volume is further than this from the exact one has lost a face. Facets of a small round part differ by
about 0.015."""


def tessellate(part: Part, tolerance: float, angle: float, volume: float) -> Mesh:
    """Triangles within `tolerance` mm and `angle` radians of the surfaces.

    The Delabella mesher is several times faster on hard faces, but can lose one without a word. So its mesh counts
    only when it is closed and has the exact `volume` (mm³); otherwise the older mesher's does. Raises EngineError
    when there are no triangles at all.
    """
    mesh = _mesh(part, tolerance, angle, "Delabella")
    if mesh.open_edges or not math.isclose(mesh.volume, volume, rel_tol=VOLUME_AGREEMENT, abs_tol=1e-6):
        careful = _mesh(part, tolerance, angle, "Watson")
        mesh = careful if careful.open_edges <= mesh.open_edges else mesh
    if not len(mesh.triangles):
        raise EngineError("bad_geometry", f"{part.name} gives no triangles: its faces are broken or have no area")
    return mesh


def _mesh(part: Part, tolerance: float, angle: float, algorithm: str) -> Mesh:
    from OCP.BRepMesh import BRepMesh_IncrementalMesh
    from OCP.BRepTools import BRepTools
    from OCP.IMeshTools import IMeshTools_MeshAlgoType, IMeshTools_Parameters

    BRepTools.Clean_s(part.shape, theForce=True)
    parameters = IMeshTools_Parameters()
    parameters.Deflection = tolerance
    parameters.Angle = angle
    parameters.InParallel = False
    parameters.MeshAlgo = IMeshTools_MeshAlgoType.__members__[f"IMeshTools_MeshAlgoType_{algorithm}"]
    BRepMesh_IncrementalMesh(part.shape, parameters)  # meshes at once
    return _collect(part)


def _collect(part: Part) -> Mesh:
    nodes, triangles, faces = [np.empty((0, 3))], [np.empty((0, 3), np.int64)], [np.empty(0, np.int64)]
    offset = total = 0
    for number, face in enumerate(_oriented_faces(part.shape)):
        points, corners = _face(face)
        total += len(corners)
        if total > MAX_TRIANGLES:
            raise EngineError(
                "bad_geometry", f"{part.name} has more than {MAX_TRIANGLES} triangles: use a coarser tolerance"
            )
        nodes.append(points)
        triangles.append(corners + offset)
        faces.append(np.full(len(corners), number, np.int64))
        offset += len(points)
    return with_smooth_normals(np.concatenate(nodes), np.concatenate(triangles), np.concatenate(faces))


def _oriented_faces(shape: Any) -> list[Any]:
    """Faces of the solids with the orientation they have there; loose faces where there are no solids."""
    from OCP.TopAbs import TopAbs_ShapeEnum
    from OCP.TopExp import TopExp_Explorer
    from OCP.TopoDS import TopoDS

    faces = []
    for holder in sub_shapes(shape, "SOLID") or [shape]:
        explorer = TopExp_Explorer(holder, TopAbs_ShapeEnum.TopAbs_FACE)
        while explorer.More():
            faces.append(TopoDS.Face_s(explorer.Current()))
            explorer.Next()
    return faces


def _face(face: Any) -> tuple[Any, Any]:
    """Nodes (n, 3) in place and triangles (m, 3), outward."""
    from OCP.BRep import BRep_Tool
    from OCP.TopAbs import TopAbs_Orientation
    from OCP.TopLoc import TopLoc_Location

    location = TopLoc_Location()
    found = BRep_Tool.Triangulation_s(face, location)
    if found is None or not found.NbTriangles():
        return np.empty((0, 3)), np.empty((0, 3), np.int64)
    points = np.array([found.Node(i).Coord() for i in range(1, found.NbNodes() + 1)])
    corners = np.array([found.Triangle(i).Get() for i in range(1, found.NbTriangles() + 1)], np.int64) - 1
    if not location.IsIdentity():
        move = location.Transformation()
        matrix = np.array([[move.Value(row, column) for column in range(1, 5)] for row in range(1, 4)])
        points = points @ matrix[:, :3].T + matrix[:, 3]
        if np.linalg.det(matrix[:, :3]) < 0:
            corners = corners[:, ::-1]
    if face.Orientation() == TopAbs_Orientation.TopAbs_REVERSED:
        corners = corners[:, ::-1]
    return points, corners
