"""Entries of the public log as sentences with a link. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from registry.actions.log import LogEntry
from registry.web.progress_words import Tone

KINDS = (
    ("", "Everything"),
    ("design", "Designs"),
    ("order", "Orders"),
    ("attempt", "Making"),
    ("facility", "Facilities"),
    ("build", "Builds"),
    ("member", "Members"),
)
KINDS_OF: dict[str, tuple[str, ...]] = {
    "design": (
        "design.published",
        "design.forked",
        "version.published",
        "version.yanked",
        "version.recalled",
        "version.signed",
    ),
    "order": ("order.placed", "order.done", "order.cancelled", "order.failed"),
    "attempt": ("attempt.started", "attempt.good", "attempt.scrap", "attempt.failed", "attempt.uncertain"),
    "facility": ("facility.made", "facility.changed", "node.enrolled", "node.removed"),
    "build": ("build.done", "build.failed"),
    "member": ("member.joined", "namespace.made"),
}
OF_INTEREST = tuple(kind for room, kinds in KINDS_OF.items() if room != "build" for kind in kinds)
"""What the home page tells: what people did, not what the registry did for them."""

_VERBS: dict[str, tuple[str, Tone]] = {
    "member.joined": ("joined as", "info"),
    "namespace.made": ("took the namespace", "info"),
    "design.published": ("published", "accent"),
    "version.published": ("published", "accent"),
    "design.forked": ("forked", "accent"),
    "version.yanked": ("withdrew", "warn"),
    "version.recalled": ("recalled", "bad"),
    "version.signed": ("signed", "info"),
    "key.added": ("registered a key of", "plain"),
    "key.revoked": ("revoked a key of", "warn"),
    "registry.key_changed": ("changed the key of", "warn"),
    "build.done": ("built", "plain"),
    "build.failed": ("could not build", "warn"),
    "order.placed": ("ordered", "info"),
    "order.done": ("completed the order of", "good"),
    "order.cancelled": ("cancelled the order of", "plain"),
    "order.failed": ("could not make the order of", "bad"),
    "attempt.started": ("began to make", "accent"),
    "attempt.good": ("accepted a good copy of", "good"),
    "attempt.scrap": ("scrapped a copy of", "warn"),
    "attempt.failed": ("failed to make", "bad"),
    "attempt.uncertain": ("is not sure about", "warn"),
    "facility.made": ("opened the facility", "info"),
    "facility.changed": ("changed the facility", "plain"),
    "node.enrolled": ("connected an agent at", "info"),
    "node.removed": ("removed an agent of", "plain"),
}


@dataclass(frozen=True)
class Sentence:
    """`actor verb subject more`, as a feed shows it."""

    actor: str
    verb: str
    subject: str
    link: str | None
    more: str
    tone: Tone
    at: datetime
    sequence: int


def sentences(entries: Iterable[LogEntry]) -> tuple[Sentence, ...]:
    """The entries in words, in their order."""
    return tuple(_sentence(entry) for entry in entries)


def version_link(name: str) -> str:
    """`ada/bin@1.2.0` → the page of that version; `ada/bin` → that of the design."""
    return "/designs/" + name.replace("@", "/versions/")


def _sentence(entry: LogEntry) -> Sentence:
    verb, tone = _VERBS.get(entry.kind, (f"did “{entry.kind}” to", "plain"))
    facility = entry.data.get("facility")
    version = _version(entry)
    actor, more = entry.actor, ""
    if isinstance(facility, str):
        actor, more = (facility, "") if actor == "registry" else (actor, f"at {facility}")
    origin = _origin(entry)
    return Sentence(
        actor="The registry" if actor == "registry" else actor,
        verb=verb,
        subject=version or entry.subject,
        link=version_link(version) if version else _link(entry),
        more=f"from {origin}" if origin else more,
        tone=tone,
        at=entry.at,
        sequence=entry.sequence,
    )


def _version(entry: LogEntry) -> str | None:
    """The version that it is about, also where the subject is an order or a build of it."""
    if "@" in entry.subject:
        return entry.subject
    several = entry.data.get("versions")
    version = several[0] if isinstance(several, list) and several else entry.data.get("version")
    return version if isinstance(version, str) and "@" in version else None


def _origin(entry: LogEntry) -> str | None:
    """What a fork was forked from."""
    parents = entry.data.get("parents")
    if entry.kind != "design.forked" or not isinstance(parents, list):
        return None
    named = (parent for parent in parents if isinstance(parent, dict) and parent.get("kind") == "forks")
    return next((str(parent.get("version")) for parent in named), None)


def _link(entry: LogEntry) -> str | None:
    room = entry.kind.partition(".")[0]
    if "/" in entry.subject:
        return version_link(entry.subject)
    if room in {"member", "namespace"}:
        return f"/designs?namespace={entry.subject}"
    if room == "facility" or (room == "node" and not entry.subject.startswith("nod_")):
        return f"/facilities/{entry.subject}"
    return None
