"""GLB (binary glTF 2.0): metres, Y up, normals, a node for each body. What browsers show.

Plain glTF without extensions: every reader takes it. Indices are as narrow as they can be.
"""

import json
import struct
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from designs.formats.colours import Colour, colour_of, linear
from designs.mesh import Floats, Mesh

_MAGIC, _JSON, _BIN = 0x46546C67, 0x4E4F534A, 0x004E4942
_UNSIGNED_SHORT, _UNSIGNED, _FLOAT = 5123, 5125, 5126
_ARRAY, _ELEMENTS = 34962, 34963
_TO_METRES_Y_UP = np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]], np.float64) / 1000
_ROUGHNESS = 0.55
_MOST_SHORT_INDEX = 65534
"""The one above would restart a strip."""


def write_glb(
    bodies: list[tuple[str, Colour | None, Mesh]],
    path: Path,
    opacity: Mapping[str, float] = MappingProxyType({}),
) -> None:
    """Names and colours travel along. `opacity`: of the bodies that one can see through, by name, from 0 to 1."""
    file = _File()
    file.document["scenes"] = [{"nodes": list(range(len(bodies)))}]
    for number, (name, colour, mesh) in enumerate(bodies):
        nodes, normals = mesh.nodes @ _TO_METRES_Y_UP.T, _units(mesh.normals @ _TO_METRES_Y_UP.T)
        attributes = {
            "POSITION": file.accessor(nodes.astype("<f4"), _FLOAT, _ARRAY, bounds=True),
            "NORMAL": file.accessor(normals.astype("<f4"), _FLOAT, _ARRAY),
        }
        width, kind = ("<u2", _UNSIGNED_SHORT) if len(nodes) <= _MOST_SHORT_INDEX else ("<u4", _UNSIGNED)
        indices = file.accessor(mesh.triangles.astype(width).reshape(-1, 1), kind, _ELEMENTS)
        primitive = {"attributes": attributes, "indices": indices, "material": number}
        file.document["nodes"].append({"name": name, "mesh": number})
        file.document["materials"].append(_material(name, colour_of(number, colour), opacity.get(name, 1.0)))
        file.document["meshes"].append({"name": name, "primitives": [primitive]})
    path.write_bytes(file.pack())


class _File:
    """The JSON document and the binary chunk beside it."""

    def __init__(self) -> None:
        self.document: dict[str, Any] = {
            "asset": {"version": "2.0", "generator": "Cofab"},
            "scene": 0,
            **{key: [] for key in ("nodes", "meshes", "materials", "accessors", "bufferViews")},
        }
        self._chunks: list[bytes] = []
        self._length = 0

    def accessor(self, array: Any, kind: int, target: int, *, bounds: bool = False) -> int:
        """Of an array (n, 1) or (n, 3); gives its number."""
        data = array.tobytes()
        view = {"buffer": 0, "byteOffset": self._length, "byteLength": len(data), "target": target}
        self._append(data)
        self.document["bufferViews"].append(view)
        accessor: dict[str, Any] = {
            "bufferView": len(self.document["bufferViews"]) - 1,
            "componentType": kind,
            "count": len(array),
            "type": "SCALAR" if array.shape[1] == 1 else "VEC3",
        }
        if bounds:
            accessor |= {"min": array.min(axis=0).tolist(), "max": array.max(axis=0).tolist()}
        self.document["accessors"].append(accessor)
        return len(self.document["accessors"]) - 1

    def _append(self, data: bytes) -> None:
        padded = data + bytes(-len(data) % 4)
        self._chunks.append(padded)
        self._length += len(padded)

    def pack(self) -> bytes:
        """The whole file."""
        self.document["buffers"] = [{"byteLength": self._length}]
        words = json.dumps(self.document, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()
        words += b" " * (-len(words) % 4)
        length = 12 + 8 + len(words) + 8 + self._length
        head = struct.pack("<III", _MAGIC, 2, length) + struct.pack("<II", len(words), _JSON)
        return b"".join([head, words, struct.pack("<II", self._length, _BIN), *self._chunks])


def _units(vectors: Floats) -> Floats:
    units: Floats = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return units


def _material(name: str, colour: Colour, opacity: float) -> dict[str, Any]:
    factor = [round(linear(channel), 5) for channel in colour]
    shading = {"baseColorFactor": [*factor, opacity], "metallicFactor": 0.0, "roughnessFactor": _ROUGHNESS}
    mode = {"alphaMode": "BLEND"} if opacity < 1 else {}
    return {"name": name, "doubleSided": True, "pbrMetallicRoughness": shading, **mode}
