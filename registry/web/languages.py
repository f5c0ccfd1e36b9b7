"""The languages of the pages: gettext catalogues, and which of them somebody gets.

Words are written in English where they are used, as `_("…")` in Python and in templates, and looked up when the page
is written: the language is that of the request which is being answered. `make messages` gathers them.
"""

import gettext as standard
import io
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from functools import cache
from pathlib import Path

LANGUAGES: Mapping[str, str] = {"en": "English", "de": "Deutsch", "fr": "Français", "es": "Español"}
"""Each by its own name. The first is the one in which the words are written."""
SOURCE = "en"
CATALOGUES = Path(__file__).parent / "catalogues"
MOST_WISHES = 20

_spoken: ContextVar[str] = ContextVar("language", default=SOURCE)


def speak(language: str) -> None:
    """Answer this request in one of LANGUAGES."""
    _spoken.set(language)


def spoken() -> str:
    """In which language this request is answered."""
    return _spoken.get()


def _(text: str) -> str:
    """The text in the language of the request."""
    return catalogue(spoken()).gettext(text) if text else ""  # for the empty text gettext has its file's head


def ngettext(one: str, many: str, count: int) -> str:
    """The text for so many in the language of the request; `%(num)s` in it is for the number."""
    return catalogue(spoken()).ngettext(one, many, count)


def noted(text: str) -> str:
    """A text that is translated later, where it is shown: for constants. Gives it back as it is."""
    return text


@cache
def catalogue(language: str) -> standard.NullTranslations:
    """The translations into a language, made from its file of texts at the first use."""
    path = CATALOGUES / f"{language}.po"
    if language == SOURCE or not path.exists():
        return standard.NullTranslations()
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with path.open("rb") as file:
        texts = read_po(file, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, texts)
    compiled.seek(0)
    return standard.GNUTranslations(compiled)


def language_for(chosen: str | None, accepted: str | None) -> str:
    """What somebody has chosen, else the first of what their browser accepts that there is (RFC 9110, 12.5.4).

    >>> language_for(None, "fr-CH, fr;q=0.9, en;q=0.8, *;q=0.5")
    'fr'
    >>> language_for("de", "fr")
    'de'
    >>> language_for(None, "ja")
    'en'
    """
    if chosen is not None and chosen in LANGUAGES:
        return chosen
    return next((language for language in _wishes(accepted or "") if language in LANGUAGES), SOURCE)


def _wishes(accepted: str) -> Sequence[str]:
    """The primary languages of an Accept-Language header, the dearest first."""
    weighed = []
    for place, wish in enumerate(accepted.split(",")[:MOST_WISHES]):
        name, weight = (*wish.split(";q=", 1), "")[:2]
        try:
            dear = float(weight) if weight else 1.0
        except ValueError:
            continue
        if dear > 0:
            weighed.append((-dear, place, name.strip().split("-")[0].lower()))
    return [name for *_rank, name in sorted(weighed)]
