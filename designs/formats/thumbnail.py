"""A shaded picture of the part as PNG with a transparent background: a depth-buffer rasteriser on arrays, no graphics
library.

Three-quarter view from the front right above, parallel projection. Light from above left, a fill light, darkened
edges where faces meet, four samples a pixel.
"""

import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from designs.formats.colours import Colour, linear
from designs.mesh import MIN_AREA_MM2, Floats, Integers, Mesh, concatenate
from designs.raster import fragments, gradients

SIZE_PX = 512
SAMPLES = 2
"""Along each axis."""
FILL = 0.86
"""Part of the picture's side that the part takes up."""
PART_COLOURS, BORDER_COLOURS = 207, 48
"""Of a palette of 256, beside the transparent one."""
_EYE = np.array([0.55, -0.72, 0.52])
_KEY, _FILL_LIGHT = np.array([-0.45, 0.75, 0.85]), np.array([0.9, 0.1, 0.35])
"""In the camera's frame: right, up, towards the eye."""
_SKY, _GROUND = 0.34, 0.16
_EDGE_DARKNESS = 0.45
_CREASE = 0.92
"""Cosine below which two neighbouring samples lie on either side of an edge."""
_BACKGROUND = -1


def write_png(bodies: list[tuple[Colour, Mesh]], path: Path) -> None:
    """Square, transparent, with a palette: half as large as with four channels, and nobody sees the difference."""
    from PIL import Image

    index, colours = _with_palette(_downsample(render(bodies, SIZE_PX * SAMPLES)))
    image = Image.fromarray(index)
    image.putpalette(colours[:, :3].tobytes())
    buffer = io.BytesIO()
    image.save(buffer, "PNG", optimize=True, transparency=colours[:, 3].tobytes())
    path.write_bytes(buffer.getvalue())


def _with_palette(pixels: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The picture (n, n, 4) as numbers of colours (n, n) and the colours (k, 4).

    Nothing, the part and its border have colours of their own: the part keeps its shades.
    """
    from PIL import Image

    whole, border = pixels[..., 3] == 255, (pixels[..., 3] > 0) & (pixels[..., 3] < 255)
    index = np.zeros(whole.shape, np.uint8)
    palette = [np.zeros((1, 4), np.uint8)]
    for which, channels, most, way in (
        (whole, 3, PART_COLOURS, Image.Quantize.MEDIANCUT),
        (border, 4, BORDER_COLOURS, Image.Quantize.FASTOCTREE),
    ):
        if not which.any():
            continue
        row = Image.fromarray(np.ascontiguousarray(pixels[which][None, :, :channels]))
        reduced = row.quantize(most, method=way, dither=Image.Dither.NONE)
        numbers = np.asarray(reduced)[0]
        listed = np.array(reduced.getpalette("RGBA"[:channels]), np.uint8).reshape(-1, channels)
        colours = listed[: int(numbers.max()) + 1]
        index[which] = numbers + sum(map(len, palette))
        palette.append(np.pad(colours, ((0, 0), (0, 4 - channels)), constant_values=255))
    return index, np.concatenate(palette)


def render(bodies: list[tuple[Colour, Mesh]], size: int) -> Floats:
    """(size, size, 4) float64: linear red, green, blue, and coverage 0 or 1."""
    camera = _camera()
    scene = concatenate([mesh for _, mesh in bodies])
    owner = np.repeat(np.arange(len(bodies)), [len(mesh.triangles) for _, mesh in bodies])
    corners = _to_screen(scene.nodes @ camera.T, size)[scene.triangles]
    depth, front = _nearest(corners, size)
    seen = np.flatnonzero(front != _BACKGROUND)
    triangle = front[seen]
    light, gloss = (
        _interpolate(corners, values[scene.triangles], triangle, seen, size)
        for values in _light(scene.normals @ camera.T)
    )
    colours = np.array([[linear(channel) for channel in colour] for colour, _ in bodies])
    shade = colours[owner[triangle]] * light[:, None] + gloss[:, None]
    vectors = scene.area_vectors @ camera.T
    flat = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), MIN_AREA_MM2)
    dark = _edges(front.reshape(size, size), depth.reshape(size, size), flat, scene.faces)
    pixels = np.zeros((size * size, 4))
    pixels[seen, :3] = np.clip(shade, 0, 1) * np.where(dark.reshape(-1)[seen], _EDGE_DARKNESS, 1.0)[:, None]
    pixels[seen, 3] = 1
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


def _interpolate(corners: Floats, values: Floats, triangle: Integers, place: Integers, size: int) -> Floats:
    """(k,): values given at the corners (m, 3), at samples inside of triangles."""
    slopes, _ = gradients(corners, values)
    across = place % size + 0.5 - corners[triangle, 0, 0]
    down = place // size + 0.5 - corners[triangle, 0, 1]
    result: Floats = values[triangle, 0] + slopes[triangle, 0] * across + slopes[triangle, 1] * down
    return result


def _light(normal: Floats) -> tuple[Floats, Floats]:
    """Per node: diffuse light of the sky, a key and a fill light; and a soft highlight."""
    facing = normal * np.where(normal[:, 2:] < 0, -1.0, 1.0)  # a sheet seen from behind
    key_direction = _KEY / np.linalg.norm(_KEY)
    half = key_direction + np.array([0.0, 0.0, 1.0])
    key = np.maximum(facing @ key_direction, 0)
    fill = np.maximum(facing @ (_FILL_LIGHT / np.linalg.norm(_FILL_LIGHT)), 0)
    gloss = np.maximum(facing @ (half / np.linalg.norm(half)), 0) ** 40
    return _GROUND + (_SKY - _GROUND) * (facing[:, 1] * 0.5 + 0.5) + 0.72 * key + 0.2 * fill, 0.08 * gloss


def _edges(front: Integers, depth: Floats, normals: Floats, faces: Integers) -> NDArray[np.bool_]:
    """(size, size): where the surface bends sharply, or one part stands before another."""
    dark = np.zeros(front.shape, bool)
    for near, far in ((np.s_[:-1, :], np.s_[1:, :]), (np.s_[:, :-1], np.s_[:, 1:])):
        here = np.nonzero(front[near] != front[far])
        a, b = front[near][here], front[far][here]
        both = (a != _BACKGROUND) & (b != _BACKGROUND)
        bend = (np.einsum("ij,ij->i", normals[a], normals[b]) < _CREASE) & (faces[a] != faces[b])
        steep = np.minimum(np.abs(normals[a, 2]), np.abs(normals[b, 2]))
        with np.errstate(invalid="ignore"):
            jump = np.abs(depth[near][here] - depth[far][here]) > len(front) / 150 + 3 / np.maximum(steep, 0.05)
        mark = ~both | bend | jump
        dark[near][here] |= mark
        dark[far][here] |= mark
    return dark


def _downsample(pixels: Floats) -> NDArray[np.uint8]:
    """Mean of the samples of each pixel, to sRGB with straight alpha."""
    size = pixels.shape[0] // SAMPLES
    blocks = pixels.reshape(size, SAMPLES, size, SAMPLES, 4)
    alpha = blocks[..., 3:].mean(axis=(1, 3))
    colour = (blocks[..., :3] * blocks[..., 3:]).mean(axis=(1, 3)) / np.maximum(alpha, 1e-9)
    encoded = np.where(colour <= 0.0031308, colour * 12.92, 1.055 * np.maximum(colour, 1e-9) ** (1 / 2.4) - 0.055)
    return np.round(np.concatenate([encoded, alpha], axis=2) * 255).clip(0, 255).astype(np.uint8)
