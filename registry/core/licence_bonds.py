"""By which versions of others a version's licence is bound, and whether a licence fits them all.

Whoever publishes in a namespace answers for its own versions and may change their licence; what binds are the nearest
versions of others that it was made from or uses, through one's own versions in between.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from designs.licence_flow import Verdict, combine, derive
from designs.licence_table import TABLE
from designs.licences import COMMON, BadLicence
from designs.snapshot import ParentKind
from registry.ids import VersionId

MOST_OFFERED = 4


@dataclass(frozen=True, order=True)
class Bond:
    """A version of others by whose licence a version is bound."""

    version: VersionId
    used: bool
    """It is contained unchanged; else the version was made by changing it."""


@dataclass(frozen=True)
class BondParent:
    """A parent of a version that is to be published."""

    version: VersionId
    kind: ParentKind
    own: bool
    """It is of the same namespace, or of the same publisher."""
    bonds: frozenset[Bond]
    """By what it is bound itself."""


@dataclass(frozen=True)
class Bound:
    """A bond in words: the version's name and its licence."""

    name: str
    licence: str
    used: bool


@dataclass(frozen=True)
class Judged:
    """The verdict about one bond."""

    bound: Bound
    verdict: Verdict

    @property
    def words(self) -> str:
        """One paragraph: what, under which licence, why, and where that stands."""
        how = "uses" if self.bound.used else "comes from"
        clauses = f" ({'; '.join(self.verdict.clauses)})" if self.verdict.clauses else ""
        return f"it {how} {self.bound.name} under {self.bound.licence}. {' '.join(self.verdict.reasons)}{clauses}"


@dataclass(frozen=True)
class Judgement:
    """Whether a version may carry its licence."""

    licence: str
    each: tuple[Judged, ...]
    possible: tuple[str, ...] = ()
    """Where it may not: licences of the table that fit everything it comes from and uses."""

    @property
    def allowed(self) -> bool:
        return all(judged.verdict.allowed for judged in self.each)

    @property
    def certain(self) -> bool:
        return all(judged.verdict.certain for judged in self.each)

    @property
    def refusals(self) -> tuple[str, ...]:
        return tuple(judged.words for judged in self.each if not judged.verdict.allowed)

    @property
    def way_out(self) -> str:
        """What to do when it may not."""
        if self.possible:
            return f"publish it under {' or '.join(self.possible)}, or ask the authors for another licence"
        return "no licence that is known here fits: leave one out, or ask its authors for another licence"


def bonds_of(parents: Iterable[BondParent]) -> frozenset[Bond]:
    """What binds a version with these parents."""
    found: set[Bond] = set()
    for parent in parents:
        used = parent.kind is ParentKind.USES
        if not parent.own:
            found.add(Bond(parent.version, used))
        else:
            found |= {Bond(bond.version, used or bond.used) for bond in parent.bonds}
    changed = {bond.version for bond in found if not bond.used}
    return frozenset(bond for bond in found if not (bond.used and bond.version in changed))


def judge(licence: str, bounds: Iterable[Bound]) -> Judgement:
    """Whether a version may be published under `licence`."""
    kept = tuple(bounds)
    judged = tuple(Judged(bound, verdict_on(bound, licence)) for bound in kept)
    refused = any(not each.verdict.allowed for each in judged)
    return Judgement(licence, judged, fitting(kept) if refused else ())


def fitting(bounds: Iterable[Bound]) -> tuple[str, ...]:
    """The first few licences that fit all of these: their own before others, what hardware carries before the rest."""
    kept = tuple(bounds)
    candidates = dict.fromkeys((*(bound.licence for bound in kept), *COMMON, *TABLE))
    fit = (each for each in candidates if all(verdict_on(bound, each).allowed for bound in kept))
    return tuple(each for each, _ in zip(fit, range(MOST_OFFERED), strict=False))


def verdict_on(bound: Bound, licence: str) -> Verdict:
    """Whether something under `licence` may come from, or contain, this."""
    try:
        return combine([bound.licence], licence) if bound.used else derive(bound.licence, licence)
    except BadLicence as error:  # of a version that was published before licences were checked
        return Verdict(allowed=bound.licence == licence, certain=False, reasons=(f"{error}.".replace("..", "."),))
