"""Whether a design's licence lets a facility make it for somebody: a decision of its own, apart from what fits."""

from dataclasses import dataclass

from designs.licence_terms import PEER_CLAUSE, WAGE_CLAUSE, Commerce, commerce
from designs.licences import BadLicence
from registry.core.capability import Capability
from registry.core.licence_standing import ENOUGH_GIFTS, Standing
from registry.core.reasons import Code, Reason


@dataclass(frozen=True)
class Ruling:
    """`refusal` says why it must not be made there, `note` what whoever makes or orders it should know."""

    refusal: Reason | None = None
    note: Reason | None = None


def restricts(licence: str) -> bool:
    """Whether there is anything to decide: most licences let everybody make a thing, for money too."""
    return _commerce(licence) is not Commerce.ANYBODY


def may_make(
    licence: str, machine: Capability, member: str, *, commercial: bool, standing: Standing | None = None
) -> Ruling:
    """Judge a machine's facility for a member's order. `commercial`: the member wants it for a business.

    Those who run a facility take no money from themselves, whatever its prices. Without a `standing` it is left to the
    member to know whether they may use it for a business.
    """
    paid = machine.rates is not None and machine.rates.asks_money and member not in machine.runners
    allowed = _commerce(licence)
    if allowed is Commerce.NOBODY:
        return _not_for_money(licence, machine, paid=paid, commercial=commercial)
    if allowed is Commerce.PEERS:
        ruling = _peers(licence, machine, paid=paid)
        return _business(licence, standing) if commercial and ruling.refusal is None else ruling
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


def _peers(licence: str, machine: Capability, *, paid: bool) -> Ruling:
    if not paid:
        return Ruling()
    if machine.worker_owned:
        words = f"its licence {licence} lets {machine.facility_name} make it for money as a worker-owned maker"
        return Ruling(note=_reason(f"{words} ({PEER_CLAUSE})"))
    words = f"its licence {licence} lets only worker-owned makers who share all gains make it for money ({PEER_CLAUSE})"
    return Ruling(_reason(f"{words}; {machine.facility_name} asks {machine.rates} and does not say that it is one"))


def _business(licence: str, standing: Standing | None) -> Ruling:
    """Ordered for a business: of a worker-owned one by the licence, of who gave to the commons by the commons' rule."""
    words = f"its licence {licence} allows commercial use to worker-owned businesses alone ({PEER_CLAUSE})"
    if standing is None:
        return Ruling(note=_reason(f"{words}: you must be one"))
    if standing.worker_owned is not None:
        return Ruling(note=_reason(f"{words}: your group {standing.worker_owned} says that it is one"))
    if standing.gave:
        gave = "a version of yours was" if standing.gifts == 1 else f"{standing.gifts} versions of yours were"
        rule = "by the rule of the commons, not by that text, you may too"
        return Ruling(note=_reason(f"{words}; {rule}: {gave} taken into designs of others (last {standing.gift})"))
    none = (
        f"none of yours ({', '.join(standing.groups)}) says that it is one" if standing.groups else "you belong to none"
    )
    refusal = f"{words} and to none that employs for wages ({WAGE_CLAUSE}), and {none}; the commons lets those use it"
    what_to_do = "order it for no business, or ask for another licence"
    return Ruling(_reason(f"{refusal} too of whom others merged at least {ENOUGH_GIFTS} version: {what_to_do}"))


def _commerce(licence: str) -> Commerce:
    try:
        return commerce(licence)
    except BadLicence:  # of a design that was published before licences were checked
        return Commerce.UNKNOWN


def _reason(words: str) -> Reason:
    return Reason(Code.LICENCE, words)
