"""Names for bodies: printable, of bounded length, no two alike."""

from collections.abc import Sequence
from dataclasses import replace

from designs.engines.interface import Body

MAX_NAME = 80


def distinct(bodies: Sequence[Body]) -> tuple[Body, ...]:
    """The same bodies, each with a name of its own: `part` or `part-3` where it has none, `lid-2` for a second lid."""
    taken: set[str] = set()
    used: dict[str, int] = {}
    result = []
    for number, body in enumerate(bodies, start=1):
        stem = "".join(character for character in body.name if character.isprintable()).strip()[:MAX_NAME]
        stem = stem or ("part" if len(bodies) == 1 else f"part-{number}")
        name = stem
        while name in taken:
            used[stem] = used.get(stem, 1) + 1
            name = f"{stem}-{used[stem]}"
        taken.add(name)
        result.append(replace(body, name=name))
    return tuple(result)
