"""A shaded picture of the part as PNG with a transparent background: a depth-buffer rasteriser on arrays, no graphics
library.

Three-quarter view from the front right above, parallel projection. Light from above left, a fill light, darkened
edges where
faces meet, four samples a pixel.
"""

import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from designs.formats.colours import Colour, linear
from designs.mesh import Floats, Integers, Mesh
from designs.raster import corner_weights, fragments

SIZE_PX = 512
SAMPLES = 2
"""Along each axis."""
FILL = 0.86
"""Part of the picture's side that the part takes up."""
_EYE = np.array([0.55, -0.72, 0.52])
_KEY, _FILL_LIGHT = np.array([-0.45, 0.75, 0.85]), np.array([0.9, 0.1, 0.35])
"""In the camera's frame: right, up, towards the eye."""
_SKY, _GROUND = 0.34, 0.16
_EDGE_DARKNESS = 0.45
_CREASE = 0.92
"""Cosine below which two neighbouring samples lie on either side of an edge."""
_BACKGROUND = -1


def write_png(bodies: list[tuple[Colour, Mesh]], path: Path) -> None:
    """Square, transparent."""
    from PIL import Image

    pixels = render([(colour, mesh) for colour, mesh in bodies], SIZE_PX * SAMPLES)
    image = Image.fromarray(_downsample(pixels), "RGBA")
    buffer = io.BytesIO()
    image.save(buffer, "PNG", optimize=False, compress_level=6)
    path.write_bytes(buffer.getvalue())


def render(bodies: list[tuple[Colour, Mesh]], size: int) -> Floats:
    """(size, size, 4) float64: linear red, green, blue, and coverage 0 or 1."""
    camera = _camera()
    nodes = np.concatenate([mesh.nodes for _, mesh in bodies]) @ camera.T
    normals = np.concatenate([mesh.normals for _, mesh in bodies]) @ camera.T
    offsets = np.cumsum([0, *(len(mesh.nodes) for _, mesh in bodies)])
    triangles = np.concatenate([mesh.triangles + offset for (_, mesh), offset in zip(bodies, offsets, strict=False)])
    owner = np.repeat(np.arange(len(bodies)), [len(mesh.triangles) for _, mesh in bodies])
    screen = _to_screen(nodes, size)
    depth, triangle = _nearest(screen[triangles], size)
    seen = np.flatnonzero(triangle != _BACKGROUND)
    corners = triangles[triangle[seen]]
    weights = corner_weights(screen[corners], seen % size + 0.5, seen // size + 0.5)
    normal = np.einsum("ij,ijk->ik", weights, normals[corners])
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-9)
    normal *= np.where(normal[:, 2:] < 0, -1.0, 1.0)  # a sheet seen from behind
    colours = np.array([[linear(channel) for channel in colour] for colour, _ in bodies])
    pixels = np.zeros((size * size, 4))
    pixels[seen, :3] = _shade(normal, colours[owner[triangle[seen]]])
    pixels[seen, 3] = 1
    surface = np.zeros((size * size, 3))
    surface[seen] = normal
    pixels[:, :3] *= _edges(surface.reshape(size, size, 3), depth.reshape(size, size), size)[:, None]
    return pixels.reshape(size, size, 4)


def _camera() -> Floats:
    """Rows: right, up, towards the eye."""
    towards = _EYE / np.linalg.norm(_EYE)
    right = np.cross([0.0, 0.0, 1.0], towards)
    right /= np.linalg.norm(right)
    return np.stack([right, np.cross(towards, right), towards])


def _to_screen(nodes: Floats, size: int) -> Floats:
    """Samples to the right and down, depth towards the eye in the same unit."""
    least, greatest = nodes.min(axis=0), nodes.max(axis=0)
    scale = FILL * size / max(float((greatest - least)[:2].max()), 1e-9)
    screen: Floats = (nodes - (least + greatest) / 2) * scale
    screen[:, 1] *= -1
    screen[:, :2] += size / 2
    return screen


def _nearest(corners: Floats, size: int) -> tuple[Floats, Integers]:
    """Per sample (size * size): depth, and the triangle in front or -1."""
    depth = np.full(size * size, -np.inf)
    front = np.full(size * size, _BACKGROUND, np.int64)
    for owner, x, y, z in fragments(corners, size):
        place = y * size + x
        np.maximum.at(depth, place, z)
        nearest = z >= depth[place]
        front[place[nearest]] = owner[nearest]
    return depth, front


def _shade(normal: Floats, colour: Floats) -> Floats:
    """Hemisphere light, a key and a fill light, and a soft highlight."""
    up = normal[:, 1:2] * 0.5 + 0.5
    key = np.maximum(normal @ (_KEY / np.linalg.norm(_KEY)), 0)[:, None]
    fill = np.maximum(normal @ (_FILL_LIGHT / np.linalg.norm(_FILL_LIGHT)), 0)[:, None]
    half = _KEY / np.linalg.norm(_KEY) + np.array([0.0, 0.0, 1.0])
    gloss = np.maximum(normal @ (half / np.linalg.norm(half)), 0)[:, None] ** 40
    light = _GROUND + (_SKY - _GROUND) * up + 0.72 * key + 0.2 * fill
    shaded: Floats = np.clip(colour * light + 0.08 * gloss, 0, 1)
    return shaded


def _edges(normal: Floats, depth: Floats, size: int) -> Floats:
    """(size * size): 1, or less where the surface bends sharply or one part stands before another."""
    seen = np.isfinite(depth)
    dark = np.zeros((size, size), bool)
    for axis in (0, 1):
        near = [slice(None), slice(None)]
        far = [slice(None), slice(None)]
        near[axis], far[axis] = slice(0, -1), slice(1, None)
        a, b = tuple(near), tuple(far)
        both = seen[a] & seen[b]
        bend = np.einsum("ijk,ijk->ij", normal[a], normal[b]) < _CREASE
        steep = np.minimum(normal[a][..., 2], normal[b][..., 2])
        with np.errstate(invalid="ignore"):
            jump = np.abs(depth[a] - depth[b]) > size / 150 + 3 / np.maximum(steep, 0.05)
        outline = seen[a] != seen[b]
        mark = (both & (bend | jump)) | outline
        dark[a] |= mark
        dark[b] |= mark
    return np.where(dark, _EDGE_DARKNESS, 1.0).reshape(-1)


def _downsample(pixels: Floats) -> NDArray[np.uint8]:
    """Mean of the samples of each pixel, to sRGB with straight alpha."""
    size = pixels.shape[0] // SAMPLES
    blocks = pixels.reshape(size, SAMPLES, size, SAMPLES, 4)
    alpha = blocks[..., 3:].mean(axis=(1, 3))
    colour = (blocks[..., :3] * blocks[..., 3:]).mean(axis=(1, 3)) / np.maximum(alpha, 1e-9)
    encoded = np.where(colour <= 0.0031308, colour * 12.92, 1.055 * np.maximum(colour, 1e-9) ** (1 / 2.4) - 0.055)
    return np.round(np.concatenate([encoded, alpha], axis=2) * 255).clip(0, 255).astype(np.uint8)
