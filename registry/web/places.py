"""Places in a model that a page's script marks: points, edges and undersides, in the model's mm. Pure."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass

MOST = 64
"""Places that one mark has."""
_DECIMALS = 3

Place = tuple[float, float, float]


@dataclass(frozen=True)
class Mark:
    """What the 3D view shows when its button is pressed."""

    words: str
    """Stands beside it in the view."""
    tone: str
    """error, warning, info or measure: its colour and its sign."""
    at: Place
    points: tuple[Place, ...] = ()
    segments: tuple[tuple[Place, Place], ...] = ()
    areas: bool = False
    """The points lie on undersides: their whole surface is marked."""
    body: str = ""

    def to_json(self) -> str:
        """As the page's script reads it."""
        plain = {"words": self.words, "tone": self.tone, "body": self.body, "areas": self.areas}
        return json.dumps({**plain, "at": self.at, "points": self.points, "segments": self.segments})


def mark_of(data: Mapping[str, object], words: str, tone: str) -> Mark | None:
    """From a finding's data; None where it names no place."""
    points = tuple(place for each in _list(data.get("points")) if (place := place_of(each)))
    segments = tuple(segment for each in _list(data.get("segments")) if (segment := _segment(each)))
    at = place_of(data.get("at")) or (points[0] if points else segments[0][0] if segments else None)
    if at is None:
        return None
    body = data.get("body")
    return Mark(words, tone, at, points or (() if segments else (at,)), segments, "areas_mm2" in data, str(body or ""))


def place_of(value: object) -> Place | None:
    """Three finite numbers, mm."""
    if not isinstance(value, list) or len(value) != 3:
        return None
    numbers = [each for each in value if isinstance(each, int | float) and not isinstance(each, bool)]
    if len(numbers) != 3 or not all(math.isfinite(each) for each in numbers):
        return None
    x, y, z = (round(float(each), _DECIMALS) for each in numbers)
    return (x, y, z)


def _segment(value: object) -> tuple[Place, Place] | None:
    ends = [place_of(each) for each in value] if isinstance(value, list) and len(value) == 2 else []
    return (ends[0], ends[1]) if ends and ends[0] and ends[1] else None


def _list(value: object) -> list[object]:
    return value[:MOST] if isinstance(value, list) else []
