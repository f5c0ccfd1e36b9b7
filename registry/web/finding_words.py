"""Findings as a page lists them: a name, a sentence, and the mark that shows where. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from designs.finding import Finding
from registry.web.languages import _, noted
from registry.web.places import Mark, mark_of

NAMES = {
    "not_watertight": noted("Open edges"),
    "no_volume": noted("No volume"),
    "tiny": noted("Very small"),
    "does_not_fit": noted("Too large"),
    "too_thin": noted("Thin walls"),
    "overhangs": noted("Overhang"),
    "island": noted("Begins in the air"),
    "poor_hold": noted("Little hold on the bed"),
    "bridges": noted("Bridge"),
    "floating": noted("Stands in the air"),
    "several_solids": noted("Separate pieces"),
    "step_withheld": noted("No exact file"),
    "invalid_geometry": noted("Exact geometry"),
    "narrow_gap": noted("Narrow gap"),
    "inside_out": noted("Inside out"),
    "nested": noted("Surface inside the material"),
    "overlapping": noted("Overlapping bodies"),
    "cavity": noted("Closed hollow"),
    "lay_otherwise": noted("Lies better otherwise"),
    "sheet": noted("Cut from a sheet"),
    "not_flat": noted("Not flat"),
    "several_thicknesses": noted("Several thicknesses"),
    "not_side_by_side": noted("Above each other"),
    "other_thickness": noted("Another thickness"),
}
"""By code; any other code speaks for itself."""
WEIGHTS = {"error": noted("Cannot be made"), "warning": noted("Mind this"), "info": noted("Good to know")}
"""By severity, gravest first."""


@dataclass(frozen=True)
class FindingWords:
    severity: str
    """info, warning or error"""
    name: str
    weight: str
    """How grave it is, in words."""
    message: str
    mark: Mark | None
    """None: it is nowhere in particular."""


def finding_words(quick: object, thorough: Sequence[Finding] = ()) -> tuple[FindingWords, ...]:
    """The quick findings and those of an analysis, which take the place of quick ones with the same code about the same
    body; gravest first."""
    told, better = _objects(quick), [each.to_json() for each in thorough]
    replaced = {_subject(each) for each in better}
    kept = [each for each in told if _subject(each) not in replaced]
    order = list(WEIGHTS)
    words = [_words(each) for each in [*kept, *better]]
    return tuple(sorted(words, key=lambda each: order.index(each.severity)))


def _words(finding: Mapping[str, object]) -> FindingWords:
    severity, code = str(finding.get("severity")), str(finding.get("code", ""))
    if severity not in WEIGHTS:
        severity = "info"
    name = _(NAMES[code]) if code in NAMES else code.replace("_", " ").capitalize()
    data = finding.get("data")
    mark = mark_of(data, name, severity) if isinstance(data, Mapping) else None
    message = str(finding.get("message", ""))
    message = message[:1].upper() + message[1:]
    return FindingWords(severity, name, _(WEIGHTS[severity]), message, mark)


def _subject(finding: Mapping[str, object]) -> tuple[str, str]:
    data = finding.get("data")
    return str(finding.get("code")), str(data.get("body", "")) if isinstance(data, Mapping) else ""


def _objects(value: object) -> Sequence[Mapping[str, object]]:
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []
