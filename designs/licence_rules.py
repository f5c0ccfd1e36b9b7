"""What a row of the licence table is made of: rules of one licence about the licences of what is made from it."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import IntEnum, StrEnum

SPDX = "https://spdx.org/licenses/"
CC_COMPATIBLE = "https://creativecommons.org/share-your-work/licensing-considerations/compatible-licenses/"
CC_ADAPTERS = "https://wiki.creativecommons.org/wiki/License_Compatibility"
GNU_LIST = "https://www.gnu.org/licenses/license-list.html"
GNU_PAIRS = "https://www.gnu.org/licenses/gpl-faq.html#AllCompatibility"
PPL_TEXT = "https://wiki.p2pfoundation.net/Peer_Production_License"
PPL = "LicenseRef-PPL"

NOTICES = "Keep the copyright notices and the licence's text of the original."
CREDIT = "Name the original's authors, link to it and to its licence, and say that it was changed."
DATED = "Say in a notice that it was changed, when, and briefly how."
SOURCE = "Everybody who receives a product gets its complete source, or is told where it can be had."


class Answer(StrEnum):
    """Of one licence about another."""

    YES = "yes"
    NO = "no"
    OPEN = "open"
    """The texts do not settle it."""


class Reach(IntEnum):
    """How far a licence's conditions reach into what is made from it or contains it; the least far first."""

    NOTICES = 0
    """Nothing but its notices has to be kept."""
    FILES = 1
    """The files themselves, and changes in them."""
    DESIGN = 2
    """The design and what is changed in it; not what is joined to it at a documented interface."""
    ADAPTATION = 3
    """Whatever is an adaptation of it; a collection that holds it unchanged is none."""
    WHOLE = 4
    """The whole work that contains it."""


@dataclass(frozen=True)
class Rule:
    """The answer for some licences of the result."""

    to: frozenset[str]
    answer: Answer
    words: str
    """Why, as the end of a sentence that begins with the licence's name."""
    clause: str
    source: str = ""
    """Where it can be read; empty: in the origin's own text."""


@dataclass(frozen=True)
class Terms:
    """One licence of the table."""

    id: str
    name: str
    url: str
    reach: Reach
    otherwise: Rule
    rules: tuple[Rule, ...] = ()
    duties: tuple[str, ...] = ()
    """What a changed work must carry or do, as whole sentences."""
    commerce: bool = True
    """Everybody may make it for money."""
    changes: bool = True
    """It may be changed at all."""


def yes(words: str, clause: str, to: Collection[str] = (), source: str = "") -> Rule:
    """It may be."""
    return Rule(frozenset(to), Answer.YES, words, clause, source)


def no(words: str, clause: str, to: Collection[str] = (), source: str = "") -> Rule:
    """It must not be, by the licence's own words or those of its stewards."""
    return Rule(frozenset(to), Answer.NO, words, clause, source)


def not_settled(words: str, clause: str, to: Collection[str] = (), source: str = "") -> Rule:
    """Neither the text nor a declaration of its stewards says so or otherwise."""
    return Rule(frozenset(to), Answer.OPEN, words, clause, source)
