"""Entries of the public log as sentences with a link. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from registry.actions.log import LogEntry
from registry.web.languages import _, noted
from registry.web.log_verbs import QUIET, VERBS
from registry.web.progress_words import Tone

KINDS = (
    ("", noted("Everything")),
    ("design", noted("Designs")),
    ("proposal", noted("Proposals")),
    ("need", noted("Needs")),
    ("order", noted("Orders")),
    ("attempt", noted("Making")),
    ("facility", noted("Facilities")),
    ("build", noted("Builds")),
    ("member", noted("People")),
    ("moderation", noted("Moderation")),
)
_ROOMS = {
    "version": "design",
    "node": "facility",
    "namespace": "member",
    "group": "member",
    "key": "member",
    "registry": "member",
}
"""Where kinds belong that have no room of their own name."""
KINDS_OF: dict[str, tuple[str, ...]] = {
    room: tuple(kind for kind in VERBS if _ROOMS.get(kind.partition(".")[0], kind.partition(".")[0]) == room)
    for room, _words in KINDS
    if room
}
OF_INTEREST = tuple(kind for room, kinds in KINDS_OF.items() if room != "build" for kind in kinds if kind not in QUIET)
"""What the home page tells: what people did, not what the registry did for them."""


_PAGES = {"member": "/members/", "key": "/members/", "group": "/groups/", "namespace": "/designs?namespace="}


@dataclass(frozen=True)
class Sentence:
    """What an entry says, as a feed shows it."""

    actor: str
    pattern: str
    """The sentence in the language of the request, with places for `actor`, `subject` and `kind`."""
    kind: str
    subject: str
    link: str | None
    more: str
    tone: Tone
    at: datetime
    sequence: int

    @property
    def plain(self) -> str:
        """All of it without a link."""
        said = self.pattern % {"actor": self.actor, "subject": self.subject, "kind": self.kind}
        return f"{said} {self.more}" if self.more else said


def sentences(entries: Iterable[LogEntry]) -> tuple[Sentence, ...]:
    """The entries in words, in their order."""
    return tuple(_sentence(entry) for entry in entries)


def version_link(name: str) -> str:
    """`ada/bin@1.2.0` → the page of that version; `ada/bin` → that of the design."""
    return "/designs/" + name.replace("@", "/versions/")


def _sentence(entry: LogEntry) -> Sentence:
    pattern, tone = VERBS.get(entry.kind, (noted("%(actor)s did “%(kind)s” to %(subject)s"), "plain"))
    facility = entry.data.get("facility")
    version = _version(entry)
    actor, more = entry.actor, ""
    if isinstance(facility, str):
        actor, more = (facility, "") if actor == "registry" else (actor, _("at %(place)s") % {"place": facility})
    origin = _origin(entry)
    return Sentence(
        actor=_("The registry") if actor == "registry" else actor,
        pattern=_(pattern),
        kind=entry.kind,
        subject=_title(entry) or version or entry.subject,
        link=_link(entry) or (version_link(version) if version else None),
        more=_("from %(origin)s") % {"origin": origin} if origin else more,
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


def _title(entry: LogEntry) -> str | None:
    """Of what is better known by its title than by its id."""
    title = entry.data.get("title")
    if entry.kind.partition(".")[0] not in {"need", "proposal"} or not isinstance(title, str):
        return None
    return f"“{title}”"


def _link(entry: LogEntry) -> str | None:
    """The page of its subject; None where that has none, as an order or a build, which others may not see."""
    room, subject = entry.kind.partition(".")[0], entry.subject
    if room == "need":
        return f"/needs/{subject}"
    if "/" in subject:
        design, _hash, number = subject.partition("#")
        return f"{version_link(design)}/proposals/{number}" if number else version_link(design)
    if room in _PAGES:
        return _PAGES[room] + subject
    if room == "facility" or (room == "node" and not subject.startswith("nod_")):
        return f"/facilities/{subject}"
    return None
