"""What a licence asks to be passed on of a design's source, and what a recipient of the thing has to be told."""

from collections.abc import Sequence
from dataclasses import dataclass

from designs.licence_flow import terms_of
from designs.licence_rules import Reach
from designs.licences import BadLicence, parse_licence, weigh

_ORIGINALS = frozenset({"TAPR-OHL-1.0"})
"""Ask for the changed files as they were before, too (TAPR-OHL-1.0 §4.2(b))."""
_ALIKE = Reach.ADAPTATION


@dataclass(frozen=True)
class SourceDuty:
    """Of a licence expression. Where its licences differ, what any of them asks: to pass on more is never wrong."""

    source: bool
    """Who gets the thing, or a work that contains it, gets its source or is told where it is."""
    originals: bool
    """Who gets a changed work gets the files as they were before, too."""


def source_duty(licence: str) -> SourceDuty:
    """What is asked of designs under a licence; a licence that cannot be read asks for what any could."""
    try:
        return weigh(parse_licence(licence), _of, choice=_any, all_of=_any)
    except BadLicence:
        return SourceDuty(source=True, originals=False)


def _of(leaf: str) -> SourceDuty:
    terms = terms_of(leaf)
    asks = terms is None or terms.reach not in {Reach.NOTICES, _ALIKE}
    return SourceDuty(source=asks, originals=terms is not None and terms.id in _ORIGINALS)


def _any(each: Sequence[SourceDuty]) -> SourceDuty:
    return SourceDuty(any(duty.source for duty in each), any(duty.originals for duty in each))
