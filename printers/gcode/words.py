"""One line of G-code → a command with its words, by a grammar stricter than any firmware's.

What two readers could understand differently is refused: lower case, line numbers and checksums, parenthesised
comments, quotes and escapes, exponents (`1e5` is X1 E5 to a firmware), control characters (a lone carriage return ends
a line for some readers), more than one value for a letter, and commands longer than a firmware's line buffer.
"""

import re
from dataclasses import dataclass

MAX_LINE_BYTES = 64 * 1024
"""Slicers write their settings as comments of some thousand characters."""
MAX_COMMAND_BYTES = 96
"""Marlin's MAX_CMD_SIZE: what is longer is cut, and the rest may be read as another command."""

_NUMBER = rb"-?(?:\d{1,7}(?:\.\d{0,9})?|\.\d{1,9})"
_COMMAND = re.compile(rb"([GMT]\d{1,4}(?:\.\d{1,2})?)((?:[ \t]*[A-Z](?:%s)?)*)[ \t]*" % _NUMBER)
_WORD = re.compile(rb"([A-Z])(%s)?" % _NUMBER)
_CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f\xff]")
"""255 twice begins a packed command (MeatPack), even inside of a comment; no text holds it."""
_BINARY = b"GCDE"
"""Begins a file of Prusa's binary form (.bgcode)."""
_QUOTED = re.compile(rb'(M862\.[1-6]) ?P ?"[A-Za-z0-9 ._-]{1,30}"[ \t]*')
_CHECK = re.compile(rb"(M862\.[1-6]|M115)(?: ?[PU][A-Za-z0-9._+-]{1,20})?[ \t]*")
_TEXT = re.compile(rb"(M117)(?: [A-Za-z0-9 .,%+-]{0,60})?")

_MISTAKES = (
    (re.compile(rb"@"), "a command to the print server, not to the printer"),
    (re.compile(rb"N\d+|.*\*\d+$"), "a line number or checksum, which only the print server may add"),
    (re.compile(rb"M117"), "a message with other characters than letters, digits and . , % + -"),
    (re.compile(rb".*\("), "a comment in parentheses, which printers read differently; use ';'"),
    (re.compile(rb"[gmtn]\d|[GMT]\d+.*[a-z]"), "lower case, which printers read differently"),
    (
        re.compile(rb"[GMT] +\d|[GMT]\d+.*[A-Z] +-?\d"),
        "a space between a letter and its number, which printers read differently",
    ),
    (re.compile(rb"[A-Za-z_][A-Za-z0-9_]{2,}(?:\s|$)"), "not a G-code but the name of a macro (Klipper or other)"),
    (re.compile(rb".*[\x80-\xff]"), "characters that are not ASCII outside of a comment"),
)
"""What a line that is not of the grammar probably was meant to be."""


class NotUnderstood(Exception):
    """The line is not of the grammar; the message says which part and what to do."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command and its words; a letter without a number has the value None."""

    name: str
    words: dict[str, float | None]


def parse_line(raw: bytes) -> Command | None:
    """Read one line without its line feed. None for an empty line or a comment; NotUnderstood for anything doubtful."""
    if len(raw) > MAX_LINE_BYTES:
        raise NotUnderstood(f"a line of {len(raw)} bytes; at most {MAX_LINE_BYTES} are read")
    if raw.endswith(b"\r"):
        raw = raw[:-1]
    if raw.startswith(_BINARY):
        raise NotUnderstood("binary G-code, which nobody here can judge: export it as text")
    if _CONTROL.search(raw):
        raise NotUnderstood("a control character inside the line, which ends it for some printers")
    code = raw.partition(b";")[0].strip(b" \t")
    if not code:
        return None
    if len(code) > MAX_COMMAND_BYTES:
        raise NotUnderstood(f"a command of {len(code)} bytes; a printer's buffer holds {MAX_COMMAND_BYTES}")
    fixed = _QUOTED.fullmatch(code) or _CHECK.fullmatch(code) or _TEXT.fullmatch(code)
    if fixed:
        return Command(fixed[1].decode("ascii"), {})
    match = _COMMAND.fullmatch(code)
    if not match:
        raise NotUnderstood(_what_is_wrong(code))
    return Command(match[1].decode("ascii"), _words(match[2]))


def _words(text: bytes) -> dict[str, float | None]:
    words: dict[str, float | None] = {}
    for letter, number in _WORD.findall(text):
        key = letter.decode("ascii")
        if key in words:
            raise NotUnderstood(f"{key} is given twice")
        words[key] = float(number) if number else None
    return words


def _what_is_wrong(code: bytes) -> str:
    for pattern, message in _MISTAKES:
        if pattern.match(code):
            return message
    return "not a command of the form G1 X1.5 Y2"
