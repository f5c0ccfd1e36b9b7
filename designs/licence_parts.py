"""What a design under one licence may contain unchanged of designs under others: the rules for components.

A part that is used as it is keeps its own licence. What has to be settled is whether its conditions reach the whole
that contains it, and whether the whole's own conditions let it in.
"""

from collections.abc import Callable
from dataclasses import replace

from designs.licence_rules import Reach, Terms
from designs.licence_verdict import Verdict

S2, OHL1, TAPR = "CERN-OHL-S-2.0", "CERN-OHL-1.2", "TAPR-OHL-1.0"
_JOINABLE = frozenset({"GPL-3.0-only", "GPL-3.0-or-later", "AGPL-3.0-only", "AGPL-3.0-or-later"})
_JOINED = "Works under version 3 of the GPL and of the Affero GPL may be joined, each part under its own licence."
_BESIDE = {
    Reach.NOTICES: "asks nothing of a work that contains it but its notices",
    Reach.FILES: "stays with its own files and asks nothing of the rest of a larger work",
    Reach.DESIGN: "stays with the part and asks nothing of what is joined to it at a documented interface",
    Reach.ADAPTATION: "lets it be used unchanged; whether joining it to others adapts it the text does not settle",
}
_BESIDE_CLAUSES = {
    "CERN-OHL-W-2.0": "§1.8, §3.3(d)",
    "MPL-2.0": "§3.3",
    "LGPL-2.1-only": "§5, §6",
    "LGPL-2.1-or-later": "§5, §6",
    "LGPL-3.0-only": "§4",
    "LGPL-3.0-or-later": "§4",
    "LicenseRef-PPL": "§1(b), §4(a)",
}


def contained(part: str, whole: str, row: Callable[[str], Terms | None], changed: Verdict) -> Verdict:
    """Whether a design under the licence `whole` may contain one under `part`; `row` finds a licence's terms.

    `changed` is the verdict on making the part into a work under `whole`: what that allows is allowed here too.
    """
    own, outer = row(part), row(whole)
    if changed.allowed:
        return replace(changed, duties=_duties(part, own))
    if own is None:
        words = f"{part} is not in the table of licences: only its text says whether it may be a part of others."
        return _open(words)
    if own.id in _JOINABLE and outer is not None and outer.id in _JOINABLE:
        return Verdict(
            allowed=True,
            certain=True,
            reasons=(_JOINED,),
            clauses=(f"{own.id} §13", f"{outer.id} §13"),
            duties=_duties(part, own),
        )
    if own.reach is Reach.WHOLE:
        return _reaches_whole(part, whole, own)
    if outer is not None and outer.reach is Reach.WHOLE:
        refused = _let_in(part, whole, own, outer)
        if refused is not None:
            return refused
    return _beside(part, own, outer)


def _reaches_whole(part: str, whole: str, own: Terms) -> Verdict:
    if own.id == S2:
        words = f"A work that contains a part under {part} must as a whole be under it, not under {whole}."
        return Verdict(allowed=False, certain=True, reasons=(words,), clauses=(f"{S2} §3.2", f"{S2} §3.3(d)"))
    words = f"{part} reaches works that are based on the part; whether a design that contains it is one, its text does "
    clauses = (f"{own.id} {own.otherwise.clause}",)
    return _open(f"{words}not settle for things.", clauses)


def _let_in(part: str, whole: str, own: Terms, outer: Terms) -> Verdict | None:
    """What the whole's licence has against the part."""
    if outer.id in {OHL1, TAPR} or (outer.id == S2 and own.commerce):
        return None
    if outer.id == S2:
        words = f"A part under {part} cannot be made by everybody who may make a work under {whole}: whether it is an "
        clauses = (f"{S2} §1.7(b)(i)",)
        return _open(f"{words}available component the texts do not settle.", clauses)
    words = f"{whole} asks that the whole work is under it; whether a part under {part} is a work of its own, "
    clauses = (f"{outer.id} {outer.otherwise.clause}",)
    return _open(f"{words}its text does not settle for things.", clauses)


def _beside(part: str, own: Terms, outer: Terms | None) -> Verdict:
    clauses = [f"{own.id} {_BESIDE_CLAUSES.get(own.id, _collection_clause(own))}".strip()]
    reasons, duties = [f"{part} {_BESIDE[own.reach]}."], list(_duties(part, own))
    if outer is not None and outer.id == S2:
        clauses += [f"{S2} §1.7(b)(i)", f"{S2} §3.3(d)"]
        reasons.append(f"As an available component of a work under {S2} it keeps its own licence.")
    if outer is not None and outer.id == TAPR:
        clauses.append(f"{TAPR} §1.4")
        duties.append(f"Say which files are not under {TAPR}.")
    settled = own.reach is not Reach.ADAPTATION
    return Verdict(allowed=True, certain=settled, reasons=tuple(reasons), clauses=tuple(clauses), duties=tuple(duties))


def _open(words: str, clauses: tuple[str, ...] = ()) -> Verdict:
    return Verdict(allowed=False, certain=False, reasons=(words,), clauses=clauses)


def _collection_clause(own: Terms) -> str:
    if own.reach is not Reach.ADAPTATION:
        return own.otherwise.clause
    return "§1(a)" if own.id.endswith("4.0") else "§1(b), §4(a)"


def _duties(part: str, own: Terms | None) -> tuple[str, ...]:
    kept = f"The part keeps its licence {part}, its notices and its source."
    if own is None or own.commerce:
        return (kept,)
    who = "only worker-owned makers may make it for money" if own.id == "LicenseRef-PPL" else "nobody may for money"
    return (kept, f"What contains it is bound by {part} too: {who}.")
