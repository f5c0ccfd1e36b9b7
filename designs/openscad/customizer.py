"""The parameters of an OpenSCAD file, as its customizer shows them: top-level literals before the first brace, with the
comments around them. Read without running anything.

    /* [Size] */
    // how wide it is
    width = 20; // [5:0.5:80]

After the OpenSCAD user manual, "Customizer".
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from designs.openscad.annotations import NONE, Annotation, read_annotation
from designs.openscad.tokens import Token, tokens, unquoted

Literal = float | int | bool | str
_HIDDEN = "hidden"
_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")


@dataclass(frozen=True)
class Setting:
    """One assignment that the customizer would show."""

    name: str
    line: int
    value: Literal | tuple[Literal, ...]
    """A tuple for a vector."""
    group: str
    description: str
    annotation: Annotation


@dataclass(frozen=True)
class Customizer:
    """What a file offers."""

    settings: tuple[Setting, ...]
    names: frozenset[str]
    """Everything that the file assigns at its top level, literal or not, hidden or not."""
    includes: bool
    """Whether it includes others, whose variables are then its own."""
    colours: bool = False
    """Whether it colours anything."""


def read_customizer(source: str, file: str) -> Customizer:
    """Raises UnreadableScad."""
    words = list(tokens(source, file))
    assigned = list(_assignments(words))
    stop = next((word.line for word in words if word.text == "{" and word.kind == "mark"), math.inf)
    groups, remarks = _groups(words), _Remarks(words)
    settings: dict[str, Setting] = {}
    for name, right in assigned:
        value = _literal(right)
        group = _group_of(groups, name.line)
        if value is None or name.line >= stop or group is None or name.text.startswith(("$", "_")):
            continue
        behind = remarks.behind(right[-1].line)
        annotation = read_annotation(behind, value)
        described = remarks.above(name.line) or (behind if annotation is NONE and not behind.startswith("[") else "")
        settings[name.text] = Setting(name.text, name.line, value, group, described, annotation)
    names = frozenset(name.text for name, _ in assigned)
    includes = any(word.kind == "file" and word.text.startswith("include") for word in words)
    colours = any(word.kind == "name" and word.text == "color" for word in words)
    return Customizer(tuple(settings.values()), names, includes, colours)


def _assignments(words: Sequence[Token]) -> Iterator[tuple[Token, list[Token]]]:
    """Name, and the words up to the semicolon with it, of every assignment outside of all brackets."""
    plain = [word for word in words if word.kind not in ("line", "block")]
    depth, start, at = 0, True, 0
    while at < len(plain):
        word = plain[at]
        if start and depth == 0 and word.kind == "name" and _is(plain, at + 1, "="):
            end = next((i for i in range(at + 2, len(plain)) if plain[i].text == ";"), None)
            if end is None:
                return
            yield word, plain[at + 2 : end + 1]
            at, start = end + 1, True
            continue
        if word.kind == "mark":
            depth += (word.text in _OPENING) - (word.text in _CLOSING)
        start = word.kind == "file" or (word.kind == "mark" and word.text in (";", "}"))
        at += 1


def _is(words: Sequence[Token], at: int, mark: str) -> bool:
    return at < len(words) and words[at].kind == "mark" and words[at].text == mark


def _literal(right: Sequence[Token]) -> Literal | tuple[Literal, ...] | None:
    """The value of the words before the semicolon; None where it is computed."""
    body = list(right[:-1])
    if len(body) >= 2 and body[0].text == "[" and body[-1].text == "]":
        elements: list[list[Token]] = [[]]
        for word in body[1:-1]:
            if word.kind == "mark" and word.text == ",":
                elements.append([])
            else:
                elements[-1].append(word)
        if len(elements) > 1 and not elements[-1]:
            elements.pop()  # a comma may stand last
        values = [_scalar(element) for element in elements]
        found = tuple(value for value in values if value is not None)
        return found if len(found) == len(values) else None
    return _scalar(body)


def _scalar(words: Sequence[Token]) -> Literal | None:
    signs = [word.text for word in words[:-1]]
    match words[-1:]:
        case [Token("number", text)] if set(signs) <= {"-", "+"}:
            number = float(text)
            whole = "." not in text and number.is_integer() and number < 1e15
            sign = -1 if signs.count("-") % 2 else 1
            return sign * (int(number) if whole else number) if math.isfinite(number) else None
        case [Token("string", text)] if not signs:
            return unquoted(text)
        case [Token("name", "true" | "false" as text)] if not signs:
            return text == "true"
    return None


def _groups(words: Sequence[Token]) -> list[tuple[int, str]]:
    """Line and title of every `/* [Section] */`."""
    found = []
    for word in words:
        inner = word.text[2:-2].strip() if word.kind == "block" else ""
        if inner.startswith("[") and inner.endswith("]"):
            found.append((word.line, " ".join(inner[1:-1].split())))
    return found


def _group_of(groups: Sequence[tuple[int, str]], line: int) -> str | None:
    """The title above; empty where there is none, None where what follows is hidden."""
    title = next((title for at, title in reversed(groups) if at <= line), "")
    if title.casefold() == _HIDDEN:
        return None
    return "" if title.casefold() == "global" else title


class _Remarks:
    """`//` comments, by the line they stand in, and whether they stand there alone."""

    def __init__(self, words: Sequence[Token]) -> None:
        self._texts = {word.line: word.text[2:].strip() for word in words if word.kind == "line"}
        self._others = {word.line for word in words if word.kind != "line"}

    def behind(self, line: int) -> str:
        """What follows in the same line."""
        return self._texts.get(line, "")

    def above(self, line: int) -> str:
        """What stands alone in the line before."""
        text = self._texts.get(line - 1, "") if line - 1 not in self._others else ""
        return "" if not text.strip("-=*/# ") else text
