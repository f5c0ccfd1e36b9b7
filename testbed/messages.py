"""`make messages`: gathers every text of the pages into the catalogues that translators fill.

What is translated stays; what is no longer used goes; what is new is empty. Nothing else changes in a file, so that
two runs leave the same bytes.
"""

from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from registry.web.languages import CATALOGUES, LANGUAGES, SOURCE

ROOT = Path(__file__).parent.parent
PAGES = ROOT / "registry" / "web"
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
KEYWORDS = {"_": None, "noted": None, "gettext": None, "ngettext": (1, 2)}
OPTIONS = {"**/templates/**.html": {"trimmed": "true"}}
_THEN = datetime(2026, 1, 1, tzinfo=UTC)
"""Written as the date of every file: when texts were gathered says nothing about them."""


def gathered() -> Catalog:
    """Every text that a page can show, with the files it is in."""
    found = Catalog(charset="utf-8", creation_date=_THEN, revision_date=_THEN)
    for name, _, text, comments, context in extract_from_dir(PAGES, METHODS, OPTIONS, KEYWORDS):
        found.add(text, None, [(Path(name).as_posix(), 0)], auto_comments=comments, context=context)
    return found


def updated(language: str, texts: Catalog) -> Catalog:
    """The catalogue of a language with exactly these texts, each with the translation that it has."""
    path = CATALOGUES / f"{language}.po"
    old = Catalog(locale=language)
    if path.exists():
        with path.open("rb") as file:
            old = read_po(file, locale=language)
    fresh = Catalog(
        locale=language, header_comment=f"# The texts of Cofab's pages in {LANGUAGES[language]}.", project="Cofab",
        version="1", msgid_bugs_address="", last_translator="Cofab", language_team=LANGUAGES[language],
        charset="utf-8", creation_date=_THEN, revision_date=_THEN, fuzzy=False,
    )  # fmt: skip
    for text in texts:
        if text.id:
            there = old.get(text.id, text.context)
            translated = there.string if isinstance(there, Message) else None
            fresh.add(text.id, translated, text.locations, context=text.context)
    return fresh


def as_bytes(catalogue: Catalog) -> bytes:
    """How a catalogue stands in its file."""
    written = BytesIO()
    write_po(written, catalogue, width=0, sort_output=True, include_lineno=False)
    return written.getvalue()


def main() -> None:
    """Write the catalogue of every language."""
    texts = gathered()
    CATALOGUES.mkdir(exist_ok=True)
    for language in LANGUAGES:
        if language != SOURCE:
            fresh = updated(language, texts)
            (CATALOGUES / f"{language}.po").write_bytes(as_bytes(fresh))
            missing = sum(1 for text in fresh if text.id and not is_translated(text))
            print(f"{language}: {len(fresh)} texts, {missing} without a translation")


def is_translated(text: Message) -> bool:
    """Whether there are words for it, for every number where it has one."""
    return all(text.string) if isinstance(text.string, tuple | list) else bool(text.string)


if __name__ == "__main__":
    main()
