"""The reference page of licences, `docs/reference/licences.md`, written from `designs.licence_table`."""

from collections.abc import Callable, Iterator

from designs.licence_flow import Verdict, combine, derive
from designs.licence_rules import Answer, Rule, Terms
from designs.licence_table import TABLE

INTRODUCTION = """\
What Cofab says of licences when somebody publishes, forks, merges, proposes or composes designs, and where each answer
stands. It is a reading of the licences' own texts and of what their stewards declared, made for people who share
designs: it is no legal advice. Where the texts do not settle a question, Cofab says so and does not allow it; whoever
holds the rights can always allow more. [Living with licences](../how-to/licences.md) says what follows in practice."""
SIGNS = """\
`yes` it may be; `yes*` it may be, though the texts do not settle every case; `no` it must not be; `?` the texts do not
settle it, so it is not allowed here."""
DERIVED = """\
A changed work: the row is the licence of the origin, the column that of what is made from it."""
CONTAINED = """\
A work that contains another one unchanged: the row is the licence of the part, the column that of the whole."""
EXPRESSIONS = """\
Of licences joined by `OR` the recipient of the origin chooses; a result under `A OR B` must be possible under each. All
that are joined by `AND` hold; a result under `A AND B` may keep the origin's files under one of them, unless the
origin's licence reaches the whole work. An exception (`WITH`) of the origin may be dropped and never be added.
`-or-later` and `+` are a choice of versions. A licence that is not in the table may be kept, with the advice to read
its text; anything else with it is not settled."""
ANSWERS = {Answer.YES: "yes", Answer.NO: "no", Answer.OPEN: "not settled"}


def licences_page(written: str) -> str:
    """The whole page; `written` is the note that it is made from the code."""
    parts = ["# Licences", written, INTRODUCTION, "## Every pair", SIGNS, "### Derived", DERIVED]
    parts += [*_pairs(derive), "### Contained", CONTAINED]
    parts += [*_pairs(lambda part, whole: combine([part], whole)), "## Expressions", EXPRESSIONS, "## Each licence"]
    for terms in TABLE.values():
        parts += _licence(terms)
    return "\n\n".join(parts) + "\n"


def _pairs(judge: Callable[[str, str], Verdict]) -> Iterator[str]:
    """The answers as one line for each origin: for each kind of answer the licences that have it."""
    rows = ["| from | yes | yes* | ? |", "| --- | --- | --- | --- |"]
    for origin in TABLE:
        found: dict[str, list[str]] = {"yes": [], "yes*": [], "no": [], "?": []}
        for result in TABLE:
            found[_sign(judge(origin, result))].append(result)
        rows.append(f"| `{origin}` | " + " | ".join(_names(found[sign]) for sign in ("yes", "yes*", "?")) + " |")
    yield "\n".join(rows)
    yield "All other pairs of the table: `no`."


def _sign(verdict: Verdict) -> str:
    if verdict.allowed:
        return "yes" if verdict.certain else "yes*"
    return "no" if verdict.certain else "?"


def _names(licences: list[str]) -> str:
    if len(licences) == len(TABLE):
        return "every one"
    if len(licences) > len(TABLE) * 2 // 3:
        return "all but " + ", ".join(f"`{name}`" for name in TABLE if name not in licences)
    return ", ".join(f"`{name}`" for name in licences)


def _licence(terms: Terms) -> Iterator[str]:
    yield f"### `{terms.id}`"
    yield f"{terms.name} ([text]({terms.url}))."
    rows = ["| changed work under | answer | for it | clause | source |", "| --- | --- | --- | --- | --- |"]
    rows += [_rule(terms, rule, ", ".join(f"`{name}`" for name in sorted(rule.to))) for rule in terms.rules]
    rows.append(_rule(terms, terms.otherwise, "any other" if terms.rules else "any"))
    yield "\n".join(rows)
    if terms.duties:
        yield "\n".join(f"- {duty}" for duty in terms.duties)


def _rule(terms: Terms, rule: Rule, to: str) -> str:
    source = f"[read]({rule.source})" if rule.source else "its text"
    return f"| {to} | {ANSWERS[rule.answer]} | {terms.id} {rule.words} | {rule.clause} | {source} |"
