"""What may stand in words that people read: bounded, and nothing invisible that changes how the rest is read."""

import difflib
import unicodedata
from collections.abc import Iterable

_BIDI = frozenset(map(chr, [*range(0x202A, 0x202F), *range(0x2066, 0x206A)]))
"""Directional embeddings, overrides and isolates: they make text read otherwise than it is (CVE-2021-42574)."""
_LINE_BREAKS = frozenset("\n\t\r")
_OTHER_BREAKS = frozenset("\u2028\u2029")


def text_problem(text: str, *, limit: int, lines: bool = False) -> str | None:
    """Why this text may not stand, or None. `lines` allows line breaks and tabs."""
    if len(text) > limit:
        return f"too long: {len(text)} characters, at most {limit}"
    for position, character in enumerate(text, start=1):
        if lines and character in _LINE_BREAKS:
            continue
        if character in _BIDI:
            return f"a bidirectional control character (U+{ord(character):04X}) at position {position}: remove it"
        if character in _OTHER_BREAKS or unicodedata.category(character) in {"Cc", "Cs"}:
            return f"a control character (U+{ord(character):04X}) at position {position}: remove it"
    return None


def suggestion(word: str, known: Iterable[str]) -> str:
    """` (did you mean x?)` for a near miss, or nothing."""
    folded = {name.casefold(): name for name in known}
    near = difflib.get_close_matches(word[:100].casefold(), folded, n=1, cutoff=0.7)
    return f" (did you mean {folded[near[0]]}?)" if near else ""
