"""`okh.toml`, the Open Know-How manifest of the LOSH line: read strictly, and written.

    okhv name repo version license licensor function             required
    organization readme image technology-readiness-level documentation-readiness-level bom manufacturing-instructions
    source export mass outer-dimensions{width, depth, height} tsdc fork-of documentation-language
    [[part]] name source export image tsdc mass outer-dimensions

`okhv` is "2.4" (or another 2.x), or "OKH-LOSHv1.0". Keys of the specification that Cofab has no use for are passed
over; any other is an error. https://github.com/OPEN-NEXT/OKH-LOSH/blob/master/OKH-LOSH.md
"""

import re
from collections.abc import Iterable
from decimal import Decimal

from designs.exact import number_text
from designs.okh import ODRL, OTRL, TSDC, Dimensions, OpenKnowHow, Part
from designs.toml_document import DocumentError, Table, read_toml

FILE_NAME = "okh.toml"
WRITTEN_AS = "OKH-LOSHv1.0"
_OKHV = re.compile(r"2(?:\.\d+)*|(?:OKH-)?LOSHv\d+(?:\.\d+)*")
_PASSED_OVER = (
    "release", "user-manual", "cpc-patent-class", "standard-compliance", "publication", "contribution-guide", "issues",
    "attestation", "technology-specific-documentation-criteria", "variant-of", "software", "upload-method", "contact",
    "timestamp", "data-source", "outer-dimensions-mm", "risk-assessment", "maintenance-instructions",
    "disposal-instructions", "operating-instructions", "tool-list", "keywords",
)  # fmt: skip
LONG = 4000
PATH = 1000


def read_okh(text: str, *, file: str = FILE_NAME) -> OpenKnowHow:
    """Read a manifest; raises DocumentError, whose `problems` are all that is wrong with it."""
    document = read_toml(text, file)
    root = Table.at_root(document)
    okhv = root.text("okhv", limit=40, required=True)
    if okhv and not _OKHV.fullmatch(okhv):
        root.problem("okhv", f'{okhv!r} is not read: "2.4" and "OKH-LOSHv1.0" are')
    found = OpenKnowHow(
        name=root.text("name", limit=100, required=True),
        repo=root.text("repo", limit=PATH, required=True),
        version=root.text("version", limit=100, required=True),
        licence=root.text("license", limit=200, required=True),
        licensor=_names(root, "licensor", required=True),
        function=root.text("function", limit=LONG, required=True, lines=True),
        organization=_names(root, "organization"),
        readme=root.text("readme", limit=PATH),
        image=_paths(root, "image"),
        technology_readiness=_one_of(root, "technology-readiness-level", OTRL),
        documentation_readiness=_one_of(root, "documentation-readiness-level", ODRL),
        bom=root.text("bom", limit=PATH),
        manufacturing_instructions=_paths(root, "manufacturing-instructions"),
        source=_paths(root, "source"),
        export=_paths(root, "export"),
        mass_g=_positive(root, "mass"),
        outer_dimensions=_dimensions(root),
        tsdc=_tsdc(root),
        fork_of=root.text("fork-of", limit=PATH),
        language=_language(root),
        parts=tuple(_part(table) for table in root.tables("part", most=500)),
    )
    root.read.update(_PASSED_OVER)
    root.finish()
    if document.problems:
        raise DocumentError(document.problems)
    return found


def _part(table: Table) -> Part:
    part = Part(
        name=table.text("name", limit=100, required=True),
        source=_paths(table, "source"),
        export=_paths(table, "export"),
        image=_paths(table, "image"),
        tsdc=_tsdc(table),
        mass_g=_positive(table, "mass"),
        outer_dimensions=_dimensions(table),
    )
    table.read.update({*_PASSED_OVER, "documentation-language", "material", "process", "manufacturing-instructions"})
    table.finish()
    return part


def _paths(table: Table, name: str) -> tuple[str, ...]:
    """One text, or a list of them."""
    if isinstance(table.values.get(name), str):
        one = table.text(name, limit=PATH)
        return (one,) if one else ()
    return table.texts(name, limit=PATH, most=500)


def _names(table: Table, name: str, *, required: bool = False) -> tuple[str, ...]:
    """Somebody, or several: each a text, or a table with a name and perhaps an email."""
    value = table.values.get(name)
    if isinstance(value, str):
        one = table.text(name, limit=200, required=required)
        return (one,) if one else ()
    people = [value] if isinstance(value, dict) else value
    if isinstance(people, list) and people and all(isinstance(each, dict) for each in people):
        table.read.add(name)
        return tuple(
            _person(Table(table.document, (*table.key, name, index), each)) for index, each in enumerate(people[:50])
        )
    return table.texts(name, limit=200, most=50, required=required)


def _person(table: Table) -> str:
    name = table.text("name", limit=100, required=True)
    email = table.text("email", limit=100)
    table.read.update(table.values)
    return f"{name} <{email}>" if email else name


def _one_of(table: Table, name: str, known: Iterable[str]) -> str:
    value = table.text(name, limit=40)
    if value and value not in known:
        table.problem(name, f"{value!r} is none: {', '.join(known)}")
        return ""
    return value


def _tsdc(table: Table) -> tuple[str, ...]:
    found = _paths(table, "tsdc")
    for value in found:
        if value not in TSDC:
            table.problem("tsdc", f"{value!r} is none: {', '.join(TSDC)}")
    return found


def _positive(table: Table, name: str) -> Decimal | None:
    number = table.number(name)
    if number is not None and number <= 0:
        table.problem(name, f"{number_text(number)} must be greater than 0")
        return None
    return number


def _dimensions(table: Table) -> Dimensions | None:
    if not table.has("outer-dimensions"):
        return None
    inner = table.table("outer-dimensions")
    sides = [_positive(inner, side) for side in ("width", "depth", "height")]
    for side, value in zip(("width", "depth", "height"), sides, strict=True):
        if value is None and not inner.has(side):
            inner.document.problem(inner.key, f"`{side}` is missing")
    inner.finish()
    width, depth, height = sides
    return None if width is None or depth is None or height is None else Dimensions(width, depth, height)


def _language(table: Table) -> str:
    return ", ".join(_paths(table, "documentation-language"))


def write_okh(okh: OpenKnowHow) -> str:
    """The text of `okh.toml`; `read_okh` gives the same back. Keywords, which it has no key for, are left out."""
    lines = [f"okhv = {quoted(WRITTEN_AS)}"]
    lines += [f"{key} = {quoted(value)}" for key, value in _texts(okh)]
    lines += [f"{key} = {_listed(values)}" for key, values in _lists(okh) if values]
    lines += _sizes(okh.mass_g, okh.outer_dimensions)
    for part in okh.parts:
        lines += ["", "[[part]]", f"name = {quoted(part.name)}"]
        given = (("source", part.source), ("export", part.export), ("image", part.image), ("tsdc", part.tsdc))
        lines += [f"{key} = {_listed(values)}" for key, values in given if values]
        lines += _sizes(part.mass_g, part.outer_dimensions)
    return "\n".join(lines) + "\n"


def _texts(okh: OpenKnowHow) -> list[tuple[str, str]]:
    required = [("name", okh.name), ("repo", okh.repo), ("version", okh.version), ("license", okh.licence)]
    optional = [
        ("readme", okh.readme),
        ("technology-readiness-level", okh.technology_readiness),
        ("documentation-readiness-level", okh.documentation_readiness),
        ("bom", okh.bom),
        ("fork-of", okh.fork_of),
        ("documentation-language", okh.language),
    ]
    return [*required, ("function", okh.function), *((key, value) for key, value in optional if value)]


def _lists(okh: OpenKnowHow) -> list[tuple[str, tuple[str, ...]]]:
    return [
        ("licensor", okh.licensor),
        ("organization", okh.organization),
        ("image", okh.image),
        ("manufacturing-instructions", okh.manufacturing_instructions),
        ("source", okh.source),
        ("export", okh.export),
        ("tsdc", okh.tsdc),
    ]


def _sizes(mass_g: Decimal | None, box: Dimensions | None) -> list[str]:
    lines = [] if mass_g is None else [f"mass = {number_text(mass_g)}"]
    if box is not None:
        sides = ", ".join(f"{side} = {number_text(value)}" for side, value in vars(box).items())
        lines.append(f"outer-dimensions = {{ {sides} }}")
    return lines


def _listed(values: tuple[str, ...]) -> str:
    """One value as text, several as a list."""
    return quoted(values[0]) if len(values) == 1 else f"[{', '.join(map(quoted, values))}]"


_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def quoted(text: str) -> str:
    """Text as a basic string of TOML."""
    escaped = "".join(
        _ESCAPES.get(letter, letter if letter.isprintable() else f"\\U{ord(letter):08X}") for letter in text
    )
    return f'"{escaped}"'
