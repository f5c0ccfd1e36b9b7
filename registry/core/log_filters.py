"""What an entry of the log is about, and which entries somebody wants to hear of. Pure.

What it is about has a key each: `design:ada/bin`, `member:ada`, `namespace:lab`, `facility:riverside`, `need:nee_…`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from registry.ids import NAME_PATTERN

MOST = 20
"""Kinds, or keys, that one filter names."""
_KIND = re.compile(r"[a-z_]{1,40}(\.[a-z_]{1,40})?")
_ABOUT = re.compile(
    rf"design:{NAME_PATTERN}/{NAME_PATTERN}|(member|namespace|facility):{NAME_PATTERN}|(need|order):[a-z]{{3}}_[0-9a-z]{{1,40}}"
)
_DESIGN = re.compile(rf"({NAME_PATTERN}/{NAME_PATTERN})([@#].*)?")
_NAMED = ("version", "versions", "design", "origin", "source", "target", "parents", "answer", "was")
"""Where in an entry's data designs and versions are named."""
_KEYS = {
    "member": "member",
    "contributor": "member",
    "proposer": "member",
    "need": "need",
    "facility": "facility",
}
"""Where in an entry's data other things are named, and what they are."""
_OF_PEOPLE = frozenset({"member", "namespace", "group"})
_NO_PERSON = frozenset({"registry", "", "node"})


def mentions(kind: str, subject: str, actor: str, data: Mapping[str, object]) -> frozenset[str]:
    """The keys of everything that an entry is about."""
    return frozenset(_mentions(kind, subject, actor, data))


def _mentions(kind: str, subject: str, actor: str, data: Mapping[str, object]) -> Iterator[str]:
    if actor not in _NO_PERSON and kind != "node.enrolled":  # there an agent names itself
        yield f"member:{actor}"
    for name in _texts([subject, *(data.get(key) for key in _NAMED)]):
        design = _DESIGN.fullmatch(name)
        if design is not None:
            yield f"design:{design[1]}"
            yield f"namespace:{design[1].partition('/')[0]}"
    for key, what in _KEYS.items():
        if isinstance(data.get(key), str):
            yield f"{what}:{data[key]}"
    yield from _of_subject(kind.partition(".")[0], subject)


def _of_subject(room: str, subject: str) -> Iterator[str]:
    if room in _OF_PEOPLE:
        yield f"namespace:{subject}"
    if room in {"member", "need"}:
        yield f"{room}:{subject}"
    if room == "order" or subject.startswith("ord_"):
        yield f"order:{subject}"
    if room == "facility" or (room == "node" and not subject.startswith("nod_")):
        yield f"facility:{subject}"


def _texts(values: Iterable[object]) -> Iterator[str]:
    """Names in data: alone, in lists, or as the `version` of an object in a list."""
    for value in values:
        if isinstance(value, str):
            yield value
        elif isinstance(value, list):
            yield from _texts(part.get("version") if isinstance(part, dict) else part for part in value)


@dataclass(frozen=True)
class LogFilter:
    """Entries of one of the kinds and about one of the keys; of everything where none is named."""

    kinds: tuple[str, ...] = ()
    """`design.published`, or `design` for every kind that begins so."""
    about: tuple[str, ...] = ()

    def lets_through(self, kind: str, subject: str, actor: str, data: Mapping[str, object]) -> bool:
        if self.kinds and not {kind, kind.partition(".")[0]} & set(self.kinds):
            return False
        return not self.about or not mentions(kind, subject, actor, data).isdisjoint(self.about)


EVERYTHING = LogFilter()


def filter_problem(kinds: Sequence[str], about: Sequence[str]) -> str | None:
    """What is wrong with the words of a filter; None: nothing."""
    if max(len(kinds), len(about)) > MOST:
        return f"a filter names at most {MOST} kinds and {MOST} subjects"
    for kind in kinds:
        if not _KIND.fullmatch(kind):
            return f"{kind[:80]!r} is no kind of entry: write one like design.published, or design for all of them"
    for key in about:
        if not _ABOUT.fullmatch(key):
            return (
                f"{key[:80]!r} names nothing that entries are about: write design:namespace/name, member:name, "
                f"namespace:name, facility:name or need:id"
            )
    return None
