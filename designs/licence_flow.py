"""What may be derived from a licensed design, and what may be combined with what: verdicts that name their reasons.

A reading of the licences' own texts (`designs.licence_table`), for showing reasons; it is no legal advice. Where the
texts do not settle a question the verdict says so, and never guesses.
"""

from collections.abc import Sequence
from dataclasses import replace

from designs.licence_parts import contained
from designs.licence_rules import Answer, Reach, Rule, Terms
from designs.licence_table import TABLE
from designs.licence_verdict import Verdict, all_hold, best
from designs.licences import Licence, parse_licence, weigh

__all__ = ["Verdict", "combine", "derive", "terms_of"]


def derive(origin: str, result: str) -> Verdict:
    """Whether a work under the SPDX expression `result` may be made by changing one under `origin`.

    Of the origin's licences joined by OR the maker chooses, those joined by AND all hold. A result under A OR B must be
    possible under each; one under A AND B keeps an origin whose conditions do not reach the whole in one of them.
    Raises BadLicence.
    """
    old, new = parse_licence(origin), parse_licence(result)
    if old.expression == new.expression:
        return weigh(old, _kept, choice=best, all_of=all_hold)

    def become(leaf: str) -> Verdict:
        return weigh(new, lambda other: _change(leaf, other), choice=all_hold, all_of=lambda each: _beside(leaf, each))

    return weigh(old, become, choice=best, all_of=all_hold)


def combine(parts: Sequence[str], result: str | None) -> Verdict:
    """Whether a design under `result` may contain, unchanged, designs under the licences `parts`.

    Without a `result`: whether there is any licence under which it may, tried are those of the parts and CC0-1.0.
    Raises BadLicence.
    """
    if not parts:
        return Verdict(allowed=True, certain=True, reasons=("Nothing of others is in it.",))
    if result is None:
        return best([combine(parts, one) for one in dict.fromkeys((*parts, "CC0-1.0"))])
    whole = parse_licence(result)
    return all_hold([_contain(parse_licence(part), whole) for part in dict.fromkeys(parts)])


def terms_of(leaf: str) -> Terms | None:
    """The row of a licence, `GPL-2.0-only WITH …` by its licence; None for one that is not in the table."""
    licence_id = leaf.split(" WITH ", maxsplit=1)[0]
    return TABLE.get(licence_id.removesuffix("+"))


def _kept(leaf: str) -> Verdict:
    """A work that stays under the licence of its origin."""
    terms = terms_of(leaf)
    if terms is None:
        words = (
            f"{leaf} is not in the table of licences: whether it lets a changed work be passed on, read in its text."
        )
        return Verdict(allowed=True, certain=False, reasons=(words,))
    if not terms.changes:
        return _by_rule(leaf, terms, terms.otherwise)
    return Verdict(allowed=True, certain=True, reasons=(f"It stays under {leaf}.",), duties=terms.duties)


def _change(old: str, new: str) -> Verdict:
    """A work under the one licence `old`, each with its exception, made into one under `new`."""
    if old == new:
        return _kept(old)
    terms, other = terms_of(old), terms_of(new)
    if terms is None:
        words = f"{old} is not in the table of licences: only its text says whether changes of it may be under {new}."
        return Verdict(allowed=False, certain=False, reasons=(words,))
    if other is not None and terms is other:
        return _same_row(old, new, terms)
    chosen = new.split(" WITH ", maxsplit=1)[0].replace("-only+", "-or-later")
    target = chosen.removesuffix("+")
    if target == terms.id and " WITH " not in new:
        return _kept(old)
    named = next((rule for rule in terms.rules if target in rule.to), None)
    verdict = _by_rule(old, terms, named or _otherwise(terms, other))
    if verdict.allowed and (" WITH " in new or chosen != target) and terms.reach > Reach.NOTICES:
        words = f"{new} gives permissions beyond those of {target}; only the authors of the original can give them."
        return replace(verdict, allowed=False, certain=True, reasons=(words,), duties=())
    return verdict


def _same_row(old: str, new: str, terms: Terms) -> Verdict:
    """The same licence with and without an exception, or a later version."""
    gains = (" WITH " in new and " WITH " not in old) or ("+" in new and "+" not in old)
    if (gains or _exception(old) != _exception(new) != "") and terms.reach > Reach.NOTICES:
        words = f"{new} allows more than {old}: only the authors of the original can allow that."
        return Verdict(allowed=False, certain=True, reasons=(words,))
    return _kept(new)


def _exception(leaf: str) -> str:
    return leaf.partition(" WITH ")[2]


def _otherwise(terms: Terms, other: Terms | None) -> Rule:
    """A licence that bars commerce cannot tell whether an unknown one does."""
    if terms.otherwise.answer is Answer.NO and other is None and not terms.commerce and terms.changes:
        return replace(terms.otherwise, answer=Answer.OPEN, words="forbids commercial use; whether this licence does")
    return terms.otherwise


def _by_rule(leaf: str, terms: Terms, rule: Rule) -> Verdict:
    clause = f"{terms.id} {rule.clause}".strip()
    allowed = rule.answer is Answer.YES
    open_words = ": the texts do not settle it" if rule.answer is Answer.OPEN else ""
    return Verdict(
        allowed=allowed,
        certain=rule.answer is not Answer.OPEN,
        reasons=(f"{leaf} {rule.words}{open_words}.",),
        clauses=(clause,),
        duties=terms.duties if allowed else (),
    )


def _beside(leaf: str, each: Sequence[Verdict]) -> Verdict:
    """A result whose parts are under several licences: the origin's files may stay under one of them."""
    fitting = [verdict for verdict in each if verdict.allowed]
    if len(fitting) == len(each) or not fitting:
        return all_hold(each)
    terms = terms_of(leaf)
    if terms is not None and terms.reach < Reach.ADAPTATION:
        return all_hold(fitting)
    words = f"{leaf} reaches whatever adapts it: whether the rest of it is a work of its own the texts do not settle."
    clauses = () if terms is None else (f"{terms.id} {terms.otherwise.clause}",)
    return Verdict(allowed=False, certain=False, reasons=(words,), clauses=clauses)


def _contain(part: Licence, whole: Licence) -> Verdict:
    def within(leaf: str) -> Verdict:
        def one(outer: str) -> Verdict:
            changed = _kept(leaf) if leaf == outer else _change(leaf, outer)
            return contained(leaf, outer, terms_of, changed)

        if leaf in whole.expression.split(" AND "):
            return one(leaf)
        return weigh(whole, one, choice=all_hold, all_of=all_hold)

    return weigh(part, within, choice=best, all_of=all_hold)
