"""One order for the entities of a STEP file (ISO 10303-21), derived from what they say and not from where they lay in
memory.

The kernel writes styles in the order of their addresses. Here every entity is named by a digest of its content with
all that it refers to; the entities that nothing refers to are sorted by that, and numbered from there, each before
what it refers to.
"""

import hashlib
import re
from collections.abc import Callable

_ENTITY = re.compile(rb"#(\d+)\s*=\s*((?:[^';]|'(?:[^']|'')*')*);")
_TOKEN = re.compile(rb"('(?:[^']|'')*')|#(\d+)|(\s*\n\s*)")
_DATA, _END = b"DATA;", b"ENDSEC;"

Entities = dict[int, bytes]


def in_canonical_order(data: bytes) -> bytes:
    """The same file with its entities renumbered; a file that refers in circles, or to nothing, is given back as it
    is."""
    start = data.index(_DATA) + len(_DATA)
    end = data.rindex(_END)
    entities = {int(match[1]): match[2] for match in _ENTITY.finditer(data, start, end)}
    references = {number: _references(text) for number, text in entities.items()}
    digests = _digests(entities, references)
    if digests is None:
        return data
    used = {target for targets in references.values() for target in targets}
    roots = sorted((number for number in entities if number not in used), key=lambda number: digests[number])
    numbers = _number(roots, references)
    lines = [
        b"#%d=%s;\n" % (new, _rewrite(entities[old], lambda target: b"#%d" % numbers[target]))
        for old, new in numbers.items()
    ]
    return data[:start] + b"\n" + b"".join(lines) + data[end:]


def _references(text: bytes) -> list[int]:
    return [int(match[2]) for match in _TOKEN.finditer(text) if match[2]]


def _rewrite(text: bytes, name: Callable[[int], bytes]) -> bytes:
    """References renamed, line breaks outside of text taken out."""

    def replace(match: re.Match[bytes]) -> bytes:
        if match[2]:
            return name(int(match[2]))
        return match[1] or b""

    return _TOKEN.sub(replace, text)


def _digests(entities: Entities, references: dict[int, list[int]]) -> dict[int, bytes] | None:
    """By content; None where there is a circle or a reference to nothing."""
    digests: dict[int, bytes] = {}
    entered: set[int] = set()
    for first in entities:
        stack = [first]
        while stack:
            number = stack[-1]
            if number in digests:
                stack.pop()
                continue
            open_targets = [target for target in references[number] if target not in digests]
            if not open_targets:
                text = _rewrite(entities[number], lambda target: b"#" + digests[target])
                digests[number] = hashlib.sha256(text).hexdigest().encode()
                stack.pop()
            elif number in entered or not all(target in entities for target in open_targets):
                return None
            else:
                entered.add(number)
                stack.extend(open_targets)
    return digests


def _number(roots: list[int], references: dict[int, list[int]]) -> dict[int, int]:
    """From 1, in the order in which a reader who starts at the roots meets them."""
    numbers: dict[int, int] = {}
    stack = roots[::-1]
    while stack:
        number = stack.pop()
        if number not in numbers:
            numbers[number] = len(numbers) + 1
            stack.extend(reversed(references[number]))
    return numbers
