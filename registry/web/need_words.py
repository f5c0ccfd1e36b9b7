"""Needs in words and colours. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from registry.core.needs import NeedKind, NeedState
from registry.web.languages import noted
from registry.web.progress_words import Tone


@dataclass(frozen=True)
class Badge:
    words: str
    tone: Tone


KINDS: Mapping[NeedKind, str] = {
    NeedKind.WISH: noted("Wishes"),
    NeedKind.BUILD: noted("Does not build"),
    NeedKind.PRINT: noted("Does not print"),
    NeedKind.MACHINE: noted("No machine can"),
    NeedKind.PARAMETER: noted("Beyond its range"),
    NeedKind.PROPOSAL: noted("Change waits"),
    NeedKind.LICENCE: noted("Licence forbids"),
}
"""As filters, and on each need that the registry noticed."""
STATES: Mapping[NeedState, Badge] = {
    NeedState.FAINT: Badge(noted("Faint"), "plain"),
    NeedState.OPEN: Badge(noted("Open"), "accent"),
    NeedState.ANSWERED: Badge(noted("Answered"), "good"),
    NeedState.WITHDRAWN: Badge(noted("Withdrawn"), "plain"),
    NeedState.GONE: Badge(noted("Gone by itself"), "good"),
}


def demand_words(demand: float) -> str:
    """2.84 → `2.8`; 3.0 → `3`: how many voices that is by now."""
    return f"{demand:.1f}".removesuffix(".0") if demand < 10 else f"{demand:.0f}"


def link_address(kind: str, target: str) -> str:
    """The page of a linked design or proposal (`namespace/name#7`)."""
    design, _, number = target.partition("#")
    return f"/designs/{design}/proposals/{number}" if kind == "proposal" and number else f"/designs/{design}"
