"""Whether a design's licence lets a facility make it for somebody: a decision of its own, apart from what fits."""

from dataclasses import dataclass

from designs.licence_terms import PEER_CLAUSE, Commerce, commerce
from designs.licences import BadLicence
from registry.core.capability import Capability
from registry.core.reasons import Code, Reason


@dataclass(frozen=True)
class Ruling:
    """`refusal` says why it must not be made there, `note` what whoever makes or orders it should know."""

    refusal: Reason | None = None
    note: Reason | None = None


def restricts(licence: str) -> bool:
    """Whether there is anything to decide: most licences let everybody make a thing, for money too."""
    return _commerce(licence) is not Commerce.ANYBODY


def may_make(licence: str, machine: Capability, member: str, *, commercial: bool) -> Ruling:
    """Judge a machine's facility for a member's order. `commercial`: the member wants it for a business.

    Those who run a facility take no money from themselves, whatever its prices.
    """
    paid = machine.rates is not None and machine.rates.asks_money and member not in machine.runners
    allowed = _commerce(licence)
    if allowed is Commerce.NOBODY:
        return _not_for_money(licence, machine, paid=paid, commercial=commercial)
    if allowed is Commerce.PEERS:
        return _peers(licence, machine, paid=paid, commercial=commercial)
    if allowed is Commerce.UNKNOWN:
        return Ruling(note=_reason(f"its licence {licence} is not known here: read whether it may be made for others"))
    return Ruling()


def _not_for_money(licence: str, machine: Capability, *, paid: bool, commercial: bool) -> Ruling:
    if paid:
        words = f"its licence {licence} forbids making it for money, and {machine.facility_name} asks {machine.rates}"
        return Ruling(_reason(words))
    if commercial:
        return Ruling(_reason(f"its licence {licence} forbids commercial use, for which it is ordered"))
    return Ruling()


def _peers(licence: str, machine: Capability, *, paid: bool, commercial: bool) -> Ruling:
    if paid and not machine.worker_owned:
        return Ruling(
            _reason(
                f"its licence {licence} lets only worker-owned makers who share all gains make it for money "
                f"({PEER_CLAUSE}); {machine.facility_name} asks {machine.rates} and does not say that it is one"
            )
        )
    if commercial:
        words = f"its licence {licence} allows commercial use to worker-owned businesses alone ({PEER_CLAUSE})"
        return Ruling(note=_reason(f"{words}: you must be one"))
    if paid:
        words = f"its licence {licence} lets {machine.facility_name} make it for money as a worker-owned maker"
        return Ruling(note=_reason(f"{words} ({PEER_CLAUSE})"))
    return Ruling()


def _commerce(licence: str) -> Commerce:
    try:
        return commerce(licence)
    except BadLicence:  # of a design that was published before licences were checked
        return Commerce.UNKNOWN


def _reason(words: str) -> Reason:
    return Reason(Code.LICENCE, words)
