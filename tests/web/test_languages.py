"""The languages of the pages: who gets which, and that the catalogues fit the texts."""

import re

import hypothesis.strategies as st
import pytest
from babel.messages.pofile import read_po
from hypothesis import given

from registry.web import languages
from registry.web.languages import CATALOGUES, LANGUAGES, SOURCE, language_for
from testbed import messages

OTHERS = [language for language in LANGUAGES if language != SOURCE]
PLACES = re.compile(r"%\(\w+\)[sd]|%%|\{\w*\}|<[^>]+>|[\"&]")
"""What stands in a text for something else, and markup, a straight quotation mark included, for a text may be that of
an attribute: a translation has the same."""


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        (None, "en"),
        ("", "en"),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("ja, es;q=0.5, fr;q=0.7", "fr"),
        ("de;q=0, fr;q=0.1", "fr"),
        ("de;q=much, es", "es"),
        ("*", "en"),
        ("DE", "de"),
    ],
)
def test_a_browser_gets_the_language_that_it_asks_for(accepted: str | None, language: str):
    assert language_for(None, accepted) == language


@given(st.none() | st.text(), st.none() | st.text())
def test_whatever_is_asked_for_there_is_an_answer(chosen: str | None, accepted: str | None):
    assert language_for(chosen, accepted) in LANGUAGES


@given(st.sampled_from(sorted(LANGUAGES)), st.text())
def test_what_somebody_chose_counts_more(chosen: str, accepted: str):
    assert language_for(chosen, accepted) == chosen


@pytest.mark.parametrize("language", OTHERS)
def test_a_catalogue_has_exactly_the_texts_of_the_pages(language: str):
    path = CATALOGUES / f"{language}.po"
    assert path.read_bytes() == messages.as_bytes(messages.updated(language, messages.gathered())), "run make messages"


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_keeps_what_stands_for_something_else(language: str):
    with (CATALOGUES / f"{language}.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    for text in catalogue:
        if not text.id or not messages.is_translated(text):
            continue
        ids = text.id if isinstance(text.id, tuple) else (text.id,)
        strings = text.string if isinstance(text.string, tuple) else (text.string,)
        for words in strings:
            assert sorted(PLACES.findall(words)) in [sorted(PLACES.findall(one)) for one in ids], words


def test_words_are_those_of_the_language_that_is_spoken():
    languages.speak("de")
    try:
        assert languages.spoken() == "de"
        assert languages._("no such text anywhere") == "no such text anywhere"
    finally:
        languages.speak(SOURCE)
