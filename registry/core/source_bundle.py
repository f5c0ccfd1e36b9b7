"""What goes into the complete source of a version: which versions as files, which by their address, and the notices."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from designs.licence_flow import terms_of
from designs.licence_sources import source_duty
from designs.licences import BadLicence, parse_licence
from designs.snapshot import ParentKind
from registry.ids import VersionId

MOST_INCLUDED = 100
"""Of versions beyond these the address is told (CERN-OHL-S-2.0 §4 asks for the source or its location)."""
BRIEF = 300
"""Characters of a change that a notice tells; the whole of it is at the version's address."""


@dataclass(frozen=True)
class Relative:
    """A version from which another comes, or which it uses, directly or not."""

    id: VersionId
    name: str
    """`namespace/name@version`"""
    title: str
    licence: str
    authors: tuple[str, ...]
    publisher: str
    published_at: datetime
    changelog: str
    parents: tuple[tuple[ParentKind, VersionId], ...]
    hidden: bool = False
    """Moderators hid its design: its files are not handed on, and its address says why."""


@dataclass(frozen=True)
class Included:
    """A version whose files go along, in a folder of their own."""

    version: Relative
    folder: str
    why: str


@dataclass(frozen=True)
class Bundle:
    """The plan of a complete source."""

    version: Relative
    included: tuple[Included, ...]
    """The version itself first."""
    located: tuple[Relative, ...]
    """Of these the address is enough."""
    changes: tuple[Relative, ...]
    """The version and what it was made from, the newest first: each gets a notice."""


def plan(version: Relative, relatives: Mapping[VersionId, Relative]) -> Bundle:
    """Sort what a version comes from and uses. `relatives` holds everything that is reached from it."""
    changed = _reached(version, relatives, uses=False)
    used = [each for each in _reached(version, relatives, uses=True) if each not in changed]
    included = [Included(version, "source", "the design itself")]
    located: list[Relative] = []
    for each in [*changed, *used]:
        duty = source_duty(each.licence)
        why = ""
        if each in used and duty.source:
            why = f"a part of it, and {each.licence} asks for its source"
        elif each in changed and duty.originals:
            why = f"it was made from this, and {each.licence} asks for the files before the change"
        if why and not each.hidden and len(included) < MOST_INCLUDED:
            included.append(Included(each, f"parts/{each.name.replace('@', '-')}", why))
        else:
            located.append(each)
    changes = sorted([version, *changed], key=lambda each: (each.published_at, each.name), reverse=True)
    return Bundle(version, tuple(included), tuple(located), tuple(changes))


def _reached(version: Relative, relatives: Mapping[VersionId, Relative], *, uses: bool) -> list[Relative]:
    """What is reached by edges of change alone, or by any, in a fixed order; not the version itself."""
    found: dict[VersionId, Relative] = {}
    waiting = [version]
    while waiting:
        for kind, parent in waiting.pop().parents:
            known = relatives.get(parent)
            if known is not None and parent not in found and (uses or kind is not ParentKind.USES):
                found[parent] = known
                waiting.append(known)
    return sorted(found.values(), key=lambda each: each.name)


def notice(bundle: Bundle, relatives: Mapping[VersionId, Relative], home: str) -> str:
    """NOTICE.md: who made it, under which licence, what was changed when, and where all of it is, from `home` on."""
    own = bundle.version
    lines = [f"# {_plain(own.title)}", "", f"{own.name}, by {_names(own)}, under {own.licence}.", ""]
    lines += [f"The complete source is in this archive, and at <{source_url(home, own.name)}>.", ""]
    lines += ["## Changes", ""]
    lines += [_change(each, relatives) for each in bundle.changes]
    parts = [each.version for each in bundle.included[1:]] + list(bundle.located)
    others = sorted(
        {each.name: each for each in parts if each not in bundle.changes}.values(), key=lambda each: each.name
    )
    if others:
        lines += ["", "## Parts", ""]
        lines += [
            f"- {each.name}, “{_plain(each.title)}”, by {_names(each)}, under {each.licence}: "
            f"<{source_url(home, each.name)}>"
            for each in others
        ]
    return "\n".join(lines) + "\n"


def licences_text(bundle: Bundle) -> str:
    """LICENCES.md: each licence with its name, where its text is, and what it asks of whoever passes this on."""
    versions = [*(each.version for each in bundle.included), *bundle.located]
    lines = ["# Licences", "", "A reading for orientation; the licences' own texts count.", ""]
    for expression in dict.fromkeys(version.licence for version in versions):
        names = sorted({version.name for version in versions if version.licence == expression})
        lines += [f"## {expression}", "", f"Of {', '.join(names)}.", ""]
        for licence_id in _ids(expression):
            terms = terms_of(licence_id)
            if terms is None:
                lines.append(f"- {licence_id}: its text is among the design's files, or with its authors.")
                continue
            lines.append(f"- {licence_id}, {terms.name}: <{terms.url}>")
            lines += [f"  - {duty}" for duty in terms.duties]
        lines.append("")
    return "\n".join(lines)


def source_url(home: str, name: str) -> str:
    """Where the complete source of `namespace/name@version` can be had."""
    design, _, version = name.partition("@")
    return f"{home.rstrip('/')}/api/v1/designs/{design}/versions/{version}/source.zip"


def _ids(expression: str) -> tuple[str, ...]:
    try:
        return parse_licence(expression).ids
    except BadLicence:
        return (expression,)


def _change(version: Relative, relatives: Mapping[VersionId, Relative]) -> str:
    """The dated notice of one modification (CERN-OHL-S-2.0 §3.3(b))."""
    words = {"revises": "changes", "forks": "begins a fork of", "merges": "takes in", "uses": "uses"}
    known = [(kind, relatives[parent].name) for kind, parent in version.parents if parent in relatives]
    from_ = [f"{words[kind]} {name}" for kind, name in sorted(known)]
    summary = brief(version.changelog) or "no description was given"
    came = f" It {', '.join(from_)}." if from_ else ""
    return f"- {version.published_at:%Y-%m-%d}, {version.publisher}: {version.name}.{came} {summary}"


def brief(text: str) -> str:
    """One line of a change's description."""
    line = _plain(text)
    return line if len(line) <= BRIEF else f"{line[: BRIEF - 1].rstrip()}…"


def _plain(text: str) -> str:
    """One line without what a reader of Markdown would take for signs."""
    return "".join(f"\\{letter}" if letter in "\\`*_[]<>#|" else letter for letter in " ".join(text.split()))


def _names(version: Relative) -> str:
    return ", ".join(map(_plain, version.authors)) or version.publisher
