"""Findings as a page lists them: a name, a sentence, and the mark that shows where. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from designs.finding import Finding
from registry.web.places import Mark, mark_of

NAMES = {
    "not_watertight": "Open edges",
    "no_volume": "No volume",
    "tiny": "Very small",
    "does_not_fit": "Too large",
    "too_thin": "Thin walls",
    "overhangs": "Overhang",
    "island": "Begins in the air",
    "poor_hold": "Little hold on the bed",
    "bridges": "Bridge",
    "floating": "Stands in the air",
    "several_solids": "Separate pieces",
    "step_withheld": "No exact file",
    "invalid_geometry": "Exact geometry",
    "narrow_gap": "Narrow gap",
    "inside_out": "Inside out",
    "nested": "Surface inside the material",
    "overlapping": "Overlapping bodies",
    "cavity": "Closed hollow",
    "lay_otherwise": "Lies better otherwise",
    "sheet": "Cut from a sheet",
    "not_flat": "Not flat",
    "several_thicknesses": "Several thicknesses",
    "not_side_by_side": "Above each other",
    "other_thickness": "Another thickness",
}
"""By code; any other code speaks for itself."""
WEIGHTS = {"error": "Cannot be made", "warning": "Mind this", "info": "Good to know"}
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
    name = NAMES.get(code, code.replace("_", " ").capitalize())
    data = finding.get("data")
    mark = mark_of(data, name, severity) if isinstance(data, Mapping) else None
    message = str(finding.get("message", ""))
    message = message[:1].upper() + message[1:]
    return FindingWords(severity, name, WEIGHTS[severity], message, mark)


def _subject(finding: Mapping[str, object]) -> tuple[str, str]:
    data = finding.get("data")
    return str(finding.get("code")), str(data.get("body", "")) if isinstance(data, Mapping) else ""


def _objects(value: object) -> Sequence[Mapping[str, object]]:
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []
