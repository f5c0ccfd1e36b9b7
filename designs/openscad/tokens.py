"""Words of OpenSCAD's language, with the lines they stand in. Pure; after the lexer of OpenSCAD 2021.01."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from designs.errors import DesignError

MAX_TOKENS = 500_000
_PATTERN = re.compile(
    r"""
    (?P<space>[ \t\r\n\f\v\ufeff]+)
  | (?P<line>//[^\n]*)
  | (?P<block>/\*.*?\*/)
  | (?P<file>\b(?:include|use)[ \t\r\n]*<[^>\n]*>)
  | (?P<string>"(?:\\.|[^"\\])*")
  | (?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?(?![A-Za-z0-9_.]))
  | (?P<name>\$?[A-Za-z0-9_]+)
  | (?P<mark><=|>=|==|!=|&&|\|\||/(?!\*)|[-+*%^!<>?:=.,;#(){}\[\]])
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:x([0-7][0-9A-Fa-f])|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{6})|(.))", re.DOTALL)
_PLAIN = {"n": "\n", "t": "\t", "r": "\r"}


class UnreadableScad(DesignError):
    """The file is no OpenSCAD. The message has its line."""


@dataclass(frozen=True)
class Token:
    """One word; comments are words here, white space is not."""

    kind: str
    """`line`, `block`, `file`, `string`, `number`, `name` or `mark`."""
    text: str
    line: int
    """From 1, where it begins."""


def tokens(source: str, file: str) -> Iterator[Token]:
    """Raises UnreadableScad where no word begins."""
    at, line = 0, 1
    for _ in range(MAX_TOKENS):
        if at == len(source):
            return
        found = _PATTERN.match(source, at)
        if found is None:
            raise UnreadableScad(f"{file} line {line}: {_complaint(source[at:])}")
        kind, text = str(found.lastgroup), found[0]
        if kind != "space":
            yield Token(kind, text, line)
        at, line = found.end(), line + text.count("\n")
    raise UnreadableScad(f"{file} line {line}: more than {MAX_TOKENS} words are not read")


def unquoted(text: str) -> str:
    """What a string in quotes stands for."""
    return _ESCAPE.sub(_escaped, text[1:-1])


def quoted(value: str) -> str:
    """The string that stands for this text: nothing in it ends the string early."""
    pieces = []
    for character in value:
        if character in '"\\':
            pieces.append("\\" + character)
        elif " " <= character <= "~":
            pieces.append(character)
        else:
            pieces.append(f"\\U{ord(character):06x}" if ord(character) > 0xFFFF else f"\\u{ord(character):04x}")
    return f'"{"".join(pieces)}"'


def _escaped(found: re.Match[str]) -> str:
    code = found[1] or found[2] or found[3]
    if code:
        number = int(code, 16)
        return chr(number) if number <= 0x10FFFF and not 0xD800 <= number <= 0xDFFF else ""
    return _PLAIN.get(found[4], found[4])


def _complaint(rest: str) -> str:
    if rest.startswith('"'):
        return "this string is not closed"
    if rest.startswith("/*"):
        return "this comment is not closed"
    return f"{rest[0]!r} does not belong here"
