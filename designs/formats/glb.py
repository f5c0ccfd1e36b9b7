"""GLB (binary glTF 2.0): metres, Y up, normals, a node for each body. What browsers show."""

import json
import struct
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from designs.formats.colours import colour_of, linear
from designs.mesh import Mesh

_MAGIC, _JSON, _BIN = 0x46546C67, 0x4E4F534A, 0x004E4942
_FLOAT, _UNSIGNED = 5126, 5125
_ARRAY, _ELEMENTS = 34962, 34963
_TO_METRES_Y_UP = np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]], np.float64) / 1000
_ROUGHNESS = 0.55


def write_glb(
    bodies: list[tuple[str, tuple[float, float, float] | None, Mesh]],
    path: Path,
    opacity: Mapping[str, float] = MappingProxyType({}),
) -> None:
    """Names and colours travel along. `opacity`: of the bodies that one can see through, by name, from 0 to 1."""
    chunks: list[bytes] = []
    document: dict[str, Any] = {
        "asset": {"version": "2.0", "generator": "Cofab"},
        "scene": 0,
        "scenes": [{"nodes": list(range(len(bodies)))}],
        **{key: [] for key in ("nodes", "meshes", "materials", "accessors", "bufferViews")},
    }
    for number, (name, colour, mesh) in enumerate(bodies):
        document["nodes"].append({"name": name, "mesh": number})
        document["materials"].append(_material(name, colour_of(number, colour), opacity.get(name, 1.0)))
        positions = (mesh.nodes @ _TO_METRES_Y_UP.T).astype("<f4")
        normals = _units((mesh.normals @ _TO_METRES_Y_UP.T).astype("<f4"))
        attributes = {
            "POSITION": _accessor(document, chunks, positions, "VEC3", _ARRAY),
            "NORMAL": _accessor(document, chunks, normals, "VEC3", _ARRAY),
        }
        indices = _accessor(document, chunks, mesh.triangles.astype("<u4").reshape(-1), "SCALAR", _ELEMENTS)
        document["meshes"].append(
            {"name": name, "primitives": [{"attributes": attributes, "indices": indices, "material": number}]}
        )
    document["buffers"] = [{"byteLength": sum(map(len, chunks))}]
    path.write_bytes(_pack(document, b"".join(chunks)))


def _units(vectors: Any) -> Any:
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype("<f4")


def _material(name: str, colour: tuple[float, float, float], opacity: float) -> dict[str, Any]:
    factor = [round(linear(channel), 5) for channel in colour]
    shading = {"baseColorFactor": [*factor, opacity], "metallicFactor": 0.0, "roughnessFactor": _ROUGHNESS}
    mode = {"alphaMode": "BLEND"} if opacity < 1 else {}
    return {"name": name, "doubleSided": True, "pbrMetallicRoughness": shading, **mode}


def _accessor(document: dict[str, Any], chunks: list[bytes], array: Any, kind: str, target: int) -> int:
    data = array.tobytes()
    view = {"buffer": 0, "byteOffset": sum(map(len, chunks)), "byteLength": len(data), "target": target}
    document["bufferViews"].append(view)
    chunks.append(data)
    accessor: dict[str, Any] = {
        "bufferView": len(document["bufferViews"]) - 1,
        "componentType": _FLOAT if target == _ARRAY else _UNSIGNED,
        "count": len(array),
        "type": kind,
    }
    if target == _ARRAY:
        accessor["min"] = [float(value) for value in array.min(axis=0)]
        accessor["max"] = [float(value) for value in array.max(axis=0)]
    document["accessors"].append(accessor)
    return len(document["accessors"]) - 1


def _pack(document: dict[str, Any], binary: bytes) -> bytes:
    text = json.dumps(document, separators=(",", ":"), allow_nan=False).encode()
    text += b" " * (-len(text) % 4)
    binary += b"\0" * (-len(binary) % 4)
    total = 12 + 8 + len(text) + 8 + len(binary)
    header = struct.pack("<III", _MAGIC, 2, total)
    return header + struct.pack("<II", len(text), _JSON) + text + struct.pack("<II", len(binary), _BIN) + binary
