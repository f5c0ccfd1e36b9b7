"""What may be derived from a licensed design, and what may be combined with what: verdicts that name their reasons.

A reading of the licences' own texts, for showing reasons; it is no legal advice. Where the texts do not settle a
question the verdict says so (`certain` is False) and does not allow.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from designs.licences import parse_licence


@dataclass(frozen=True)
class Verdict:
    """Whether something may be done under the licences concerned, and what follows from it."""

    allowed: bool
    certain: bool
    """False where the texts do not settle it: then it is not allowed, and the reasons say what is open."""
    reasons: tuple[str, ...]
    """Whole sentences for the person it concerns; never empty."""
    clauses: tuple[str, ...] = ()
    """Where it stands: `CERN-OHL-S-2.0 §1.2`."""
    duties: tuple[str, ...] = ()
    """What the result must carry or do, as whole sentences."""


_PERMISSIVE = frozenset(
    {"CC0-1.0", "CERN-OHL-P-2.0", "MIT", "MIT-0", "0BSD", "ISC", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0"}
    | {"CC-BY-4.0", "CC-BY-3.0"}
)


def derive(origin: str, result: str) -> Verdict:
    """Whether a work under the SPDX expression `result` may be made by changing one under `origin`.

    Raises BadLicence.
    """
    old, new = parse_licence(origin), parse_licence(result)
    if old.expression == new.expression:
        return Verdict(allowed=True, certain=True, reasons=(f"It keeps the licence {old.expression}.",))
    if set(old.ids) <= _PERMISSIVE:
        words = f"{old.expression} lets changed versions carry another licence."
        return Verdict(allowed=True, certain=True, reasons=(words,), duties=("Keep the notices of the original.",))
    words = (
        f"It is not settled here whether a work under {old.expression} may be changed into one under {new.expression}."
    )
    return Verdict(allowed=False, certain=False, reasons=(words,))


def combine(parts: Sequence[str], result: str | None) -> Verdict:
    """Whether designs under the licences `parts` may be used together in one product, whose design is under `result`
    (None: whether there is any way to pass the whole on). Raises BadLicence.
    """
    kept = tuple(dict.fromkeys(parse_licence(part).expression for part in parts))
    words = f"Each part keeps its own licence: {', '.join(kept)}." if kept else "Nothing of others is in it."
    return Verdict(allowed=True, certain=True, reasons=(words,))
