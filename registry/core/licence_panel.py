"""What one may do with a design by its licence, in words: make it, sell it, change it, join it to others."""

from dataclasses import dataclass
from enum import StrEnum

from designs.licence_flow import combine, derive
from designs.licence_rules import SOURCE, Reach
from designs.licence_sources import source_duty
from designs.licence_table import TABLE
from designs.licence_terms import PEER_CLAUSE, Commerce, commerce
from designs.licence_verdict import Verdict
from designs.licences import COMMON, BadLicence, parse_licence

MADE = ("CERN-OHL-S-2.0", "MIT", "CC-BY-SA-4.0")
"""Licences of a whole by which it is told what a part may be joined to."""
MOST_NAMED = 12


class May(StrEnum):
    """How far one may do something."""

    YES = "yes"
    LIMITED = "limited"
    """Under conditions, or not everybody."""
    NO = "no"
    UNKNOWN = "unknown"
    """The licence is the author's own, or not known here: its text says it."""


@dataclass(frozen=True)
class Permission:
    """One thing to do, whether one may, and why."""

    what: str
    """make, sell, change or combine."""
    may: May
    reasons: tuple[str, ...]
    clauses: tuple[str, ...] = ()
    duties: tuple[str, ...] = ()


@dataclass(frozen=True)
class Panel:
    """All of it for one licence expression."""

    licence: str
    permissions: tuple[Permission, ...]
    changed_under: tuple[str, ...]
    """The first few licences that a changed work may carry; the same licence first, then those of hardware."""


def panel(licence: str) -> Panel:
    """Read a licence expression for people. An expression of old that is none is unknown in everything."""
    try:
        parse_licence(licence)
    except BadLicence:
        words = (f"{licence} is no licence that is known here: ask the authors.",)
        unknown = tuple(Permission(what, May.UNKNOWN, words) for what in ("make", "sell", "change", "combine"))
        return Panel(licence, unknown, ())
    candidates = dict.fromkeys((licence, *COMMON, *TABLE))
    under = [each for each in candidates if _surely(derive(licence, each))][:MOST_NAMED]
    return Panel(licence, (_make(licence), _sell(licence), _change(licence), _combine(licence)), tuple(under))


def _surely(verdict: Verdict) -> bool:
    return verdict.allowed and verdict.certain


def _make(licence: str) -> Permission:
    if not any(each in TABLE for each in parse_licence(licence).ids):
        return Permission("make", May.UNKNOWN, (f"{licence} is not in the table of licences: read its text.",))
    return Permission("make", May.YES, ("Everybody may make it for themselves and give it away.",))


def _sell(licence: str) -> Permission:
    allowed = commerce(licence)
    if allowed is Commerce.ANYBODY:
        duties = (SOURCE,) if source_duty(licence).source else ()
        return Permission("sell", May.YES, ("Everybody may make it for others and be paid for it.",), (), duties)
    if allowed is Commerce.PEERS:
        words = "Worker-owned makers who share all gains may make it for money, and nobody else."
        commons = "The commons adds that those may use it for a business who gave it a version that somebody merged."
        return Permission("sell", May.LIMITED, (words, commons), (PEER_CLAUSE,))
    if allowed is Commerce.NOBODY:
        return Permission("sell", May.NO, ("Nobody may make it for money.",))
    return Permission("sell", May.UNKNOWN, ("Whether it may be made for money is not known here: read its text.",))


def _change(licence: str) -> Permission:
    verdict = derive(licence, licence)
    if not verdict.allowed:
        return Permission("change", May.NO, verdict.reasons, verdict.clauses)
    if not verdict.certain:
        return Permission("change", May.UNKNOWN, verdict.reasons)
    free = all(_surely(derive(licence, other)) for other in MADE)
    words = "The changed design may carry another licence." if free else "The changed design keeps the licence."
    return Permission("change", May.YES if free else May.LIMITED, (words,), (), verdict.duties)


def _combine(licence: str) -> Permission:
    verdicts = [combine([licence], whole) for whole in MADE]
    if all(_surely(verdict) for verdict in verdicts):
        words = "Designs under any of the usual licences may contain it unchanged."
        return Permission("combine", May.YES, (words,), (), verdicts[1].duties)
    if all(not verdict.certain and not verdict.allowed for verdict in verdicts):
        return Permission("combine", May.UNKNOWN, verdicts[1].reasons, verdicts[1].clauses)
    reached = any(terms.reach is Reach.WHOLE for each in parse_licence(licence).ids if (terms := TABLE.get(each)))
    own = combine([licence], licence)
    told = verdicts[1] if not reached else own
    words = f"A design that contains it must itself be under {licence}." if reached else told.reasons[0]
    return Permission("combine", May.LIMITED, (words,), verdicts[1].clauses, told.duties)
