"""Atom feeds (RFC 4287) out of log entries."""

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

from registry.actions.log import LogEntry
from registry.web.log_words import sentences

_ATOM = "http://www.w3.org/2005/Atom"
FEED_KINDS = ("design.published", "design.forked", "version.yanked", "version.recalled")
"""What the feed of the whole registry and that of a design tell of; builds and attempts would drown it."""


def feed_of(registry_url: str, own_path: str, page: str, title: str, entries: Sequence[LogEntry]) -> bytes:
    """A feed at `own_path` about what is shown at `page`, the newest entry first."""
    ET.register_namespace("", _ATOM)
    feed = ET.Element(f"{{{_ATOM}}}feed")
    _text(feed, "id", _tag(registry_url, own_path))
    _text(feed, "title", title)
    newest = entries[0].at if entries else datetime.fromtimestamp(0, UTC)
    _text(feed, "updated", newest.isoformat())
    _link(feed, registry_url + own_path, "self")
    _link(feed, registry_url + page, "alternate")
    for entry in entries:
        _entry(feed, registry_url, entry)
    return bytes(ET.tostring(feed, encoding="utf-8", xml_declaration=True))


def _entry(feed: ET.Element, registry_url: str, entry: LogEntry) -> None:
    item = ET.SubElement(feed, f"{{{_ATOM}}}entry")
    (words,) = sentences([entry])
    _text(item, "id", _tag(registry_url, f"/log/{entry.sequence}"))
    _text(item, "title", words.plain)
    _text(item, "updated", entry.at.isoformat())
    _text(ET.SubElement(item, f"{{{_ATOM}}}author"), "name", entry.actor)
    _link(item, registry_url + quote(words.link or "/activity", safe="/?=&@:"), "alternate")
    told = entry.data.get("reason") or entry.data.get("changelog") or entry.data.get("title")
    _text(item, "summary", str(told or words.subject))


def _text(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, f"{{{_ATOM}}}{name}").text = _printable(text)


def _link(parent: ET.Element, address: str, relation: str) -> None:
    ET.SubElement(parent, f"{{{_ATOM}}}link", {"href": address, "rel": relation})


def _tag(registry_url: str, path: str) -> str:
    """A name that stays the same for ever (RFC 4151)."""
    return f"tag:{urlsplit(registry_url).hostname},2026:{path}"


def _printable(text: str) -> str:
    """Without the characters that XML 1.0 cannot carry."""
    return "".join(sign for sign in text if sign in "\t\n\r" or (sign >= " " and sign not in "\ufffe\uffff"))
