"""Every kind of entry that the registry writes has words, and sentences lead to pages."""

import ast
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from registry.actions.log import LogEntry
from registry.web.log_verbs import QUIET, VERBS
from registry.web.log_words import KINDS, KINDS_OF, OF_INTEREST, sentences
from registry.web.pages import templates

REGISTRY = Path(__file__).parents[2] / "registry"
KIND = re.compile(
    r"(design|version|proposal|need|member|namespace|group|key|registry|moderation|node|facility)\.[a-z_]+"
)
NO_ENTRIES = {"design.toml", "member.json", "registry.sqlite", "registry.key"}
"""Texts that look like kinds, and are files."""


def written() -> set[str]:
    """The kinds in the code of the actions: every text that looks like one."""
    found: set[str] = set()
    for file in (REGISTRY / "actions").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and KIND.fullmatch(node.value):
                found.add(node.value)
    return found - NO_ENTRIES


def test_every_kind_that_is_written_has_words():
    assert written() - set(VERBS) == set()


def test_every_kind_stands_in_one_room_of_the_activity_page():
    assert sorted(kind for kinds in KINDS_OF.values() for kind in kinds) == sorted(VERBS)
    assert set(KINDS_OF) == {room for room, _ in KINDS if room}
    assert all(KINDS_OF.values())
    assert QUIET.isdisjoint(OF_INTEREST)
    assert "build.failed" not in OF_INTEREST


@pytest.mark.parametrize(
    ("kind", "subject", "data", "words", "link"),
    [
        ("need.opened", "nee_1", {"title": "A hook"}, "“A hook”", "/needs/nee_1"),
        ("proposal.opened", "ada/bin#7", {"title": "Wider"}, "“Wider”", "/designs/ada/bin/proposals/7"),
        ("version.recalled", "ada/bin@1.0.0", {}, "ada/bin@1.0.0", "/designs/ada/bin/versions/1.0.0"),
        ("attempt.good", "ord_1", {"version": "ada/bin@1.0.0"}, "ada/bin@1.0.0", "/designs/ada/bin/versions/1.0.0"),
        ("facility.made", "lab", {}, "lab", "/facilities/lab"),
        ("member.joined", "ada", {}, "ada", "/members/ada"),
        ("group.made", "lab", {}, "lab", "/groups/lab"),
        ("namespace.made", "lab", {}, "lab", "/designs?namespace=lab"),
    ],
)
def test_sentences_lead_to_pages(kind: str, subject: str, data: dict[str, object], words: str, link: str):
    entry = LogEntry(1, kind, subject, "ada", data, datetime(2026, 5, 4, tzinfo=UTC))  # type: ignore[arg-type]
    (sentence,) = sentences([entry])
    assert (sentence.subject, sentence.link) == (words, link)


def test_every_sentence_has_a_place_for_who_did_it_and_to_what():
    for pattern, _ in VERBS.values():
        assert pattern % {"actor": "ada", "subject": "bin"} != pattern
        assert (pattern.count("%(actor)s"), pattern.count("%(subject)s")) == (1, 1)


@pytest.mark.parametrize(
    ("kind", "actor", "data", "words"),
    [
        ("need.supported", "ada", {"title": "A 5 % hook"}, "ada needs too: “A 5 % hook”"),
        ("attempt.good", "registry", {"facility": "lab"}, "lab accepted a good copy of nee_1"),
        ("attempt.good", "ada", {"facility": "lab"}, "ada accepted a good copy of nee_1 at lab"),
        ("build.done", "registry", {}, "The registry built nee_1"),
        ("something.odd", "ada", {}, "ada did “something.odd” to nee_1"),
    ],
)
def test_sentences_are_whole(kind: str, actor: str, data: dict[str, object], words: str):
    entry = LogEntry(1, kind, "nee_1", actor, data, datetime(2026, 5, 4, tzinfo=UTC))  # type: ignore[arg-type]
    (sentence,) = sentences([entry])
    assert sentence.plain == words


def test_a_page_escapes_what_people_wrote_and_links_it():
    entry = LogEntry(1, "need.opened", "nee_1", "ada", {"title": "<b> %s"}, datetime(2026, 5, 4, tzinfo=UTC))
    page = templates().from_string(
        '{% import "parts/words.html" as words %}{{ words.told(one) }}|{{ words.said(one, "") }}'
    )
    told = 'opened the need <a href="/needs/nee_1">“&lt;b&gt; %s”</a>'
    assert page.render(one=sentences([entry])[0]) == f"ada {told}|{told.capitalize()}"
